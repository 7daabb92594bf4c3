"""The sources of a conversion: what each one converts to, what its resources are called, and how it releases them."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.app.convert import convert_template, convert_text, convert_tree
from cloudwright.app.handover import retained, stack_steps, tool_steps
from cloudwright.app.source_files import read_source
from cloudwright.convert.alchemy.state import alchemy_template, read_resource
from cloudwright.convert.problem import SourceError
from cloudwright.convert.terraform.program import terraform_template
from cloudwright.convert.terraform.state import is_terraform, read_state
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.claims import Claim
from cloudwright.plan.physical_ids import PhysicalId
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudwright.app.convert import ConvertRequest
    from cloudwright.app.runtime import RunSettings
    from cloudwright.app.stack_source import StackSource
    from cloudwright.convert.alchemy.state import AlchemyResource
    from cloudwright.convert.cloudformation.program import Converted

    Convert = Callable[[Mapping[str, str], frozenset[str]], Converted]
    Steps = Callable[[Sequence[str], str], tuple[str, ...]]

_TERRAFORM = "terraform show -json > state.json, and name state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionSource:
    """What is converted.

    Attributes:
        convert: The program, in which the resources of these physical ids are bound to their declarations, without
            the resources of these logical ids.
        ids: Logical id -> what the source calls the resource.
        claims: Logical id -> which tool manages it.
        steps: How the tool releases the resources of these logical ids, for a program's file.
        region: The Region of the resources; empty for that of the environment.
    """

    convert: Convert
    ids: Mapping[str, PhysicalId]
    claims: Mapping[str, str]
    steps: Steps
    region: str = ""

    def program(self, ids: Mapping[str, str]) -> Converted:
        """The whole program.

        Args:
            ids: Logical id -> physical id of the resources that are bound to their declarations.
        """
        return self.convert(ids, frozenset())

    @property
    def bound(self) -> dict[str, str]:
        """Logical id -> physical id."""
        return {name: one.text for name, one in self.ids.items()}


def template_source(request: ConvertRequest) -> ConversionSource:
    """A template in a file, with the ids that the user gave."""
    return ConversionSource(
        convert=lambda ids, without: convert_template(replace(request, ids=ids, without=without)),
        ids={name: PhysicalId(text, request.types.get(name, "")) for name, text in request.ids.items()},
        claims=dict.fromkeys(request.ids, str(Claim("unknown"))),
        steps=lambda _, program: tool_steps(
            ["release them from their tool; for a stack, set DeletionPolicy: Retain and delete the stack"],
            "",
            program,
        ),
    )


async def live_source(
    request: ConvertRequest, settings: RunSettings, origin: str, *, original: bool
) -> ConversionSource:
    """A live stack.

    Args:
        request: What the user gave.
        settings: Which cloud.
        origin: `stack:NAME[@REGION]`.
        original: Take the template as it was written, even if only CloudFormation's macros make resources of it.

    Raises:
        CloudwrightError: There is no such stack, or CloudFormation is working on it.
    """
    from cloudwright.app.import_ import open_cloud
    from cloudwright.app.stack_source import read_stack, stack_address, stack_request

    address = stack_address(origin)
    async with open_cloud(settings) as runtime:
        source = await read_stack(runtime, address, original=original)
    found = replace(stack_request(source, request), region=address.region)
    return ConversionSource(
        convert=lambda ids, without: convert_text(source.text, replace(found, ids=ids, without=without)),
        ids={name: PhysicalId(text, source.types.get(name, "")) for name, text in found.ids.items()},
        claims={name: str(Claim("stack", source.stack.id, name)) for name in found.ids},
        steps=lambda keys, program: _stack_steps(source, keys, program),
        region=address.region,
    )


def _stack_steps(source: StackSource, keys: Sequence[str], program: str) -> tuple[str, ...]:
    kept = retained(source.text)
    lacking = [name for name in source.ids if name in keys and name not in kept]
    return stack_steps(source.stack.name, source.target.region, lacking, program)


def file_source(request: ConvertRequest) -> ConversionSource:
    """What a file holds: a template, or what `terraform show -json` prints; or a state folder of Alchemy's.

    Raises:
        SourceError: It can't be read.
        CloudwrightError: There is no such file.
    """
    if request.source.is_dir():
        return alchemy_source(request)
    if request.source.suffix.lower() not in {".json", ".tfstate"}:
        return template_source(request)
    text = read_source(request.source)
    return terraform_source(request, text) if is_terraform(text) else template_source(request)


def terraform_source(request: ConvertRequest, text: str) -> ConversionSource:
    """A state or plan of Terraform's.

    Args:
        request: What the user gave.
        text: What `terraform show -json` prints.

    Raises:
        SourceError: It is something else.
        ProgramError: Its resources are in several Regions.
    """
    try:
        made = terraform_template(read_state(text), Catalog.bundled())
    except SourceError as error:
        raise error.in_file(str(request.source)) from None
    if not made.addresses:
        hint = "run `terraform show -json` where the state is, after `terraform apply`"
        raise ProgramError(f"{request.source} holds no managed resources", hint=hint)
    region = _only_region(request, made.regions)
    found = replace(request, remarks=(*request.remarks, *made.remarks), region=region)
    ids = {**made.ids, **request.ids}
    return ConversionSource(
        convert=lambda ids, without: convert_tree(made.root, replace(found, ids=ids, without=without)),
        ids={key: PhysicalId(text) for key, text in ids.items()},
        claims={key: str(Claim("terraform", made.addresses.get(key, key))) for key in ids},
        steps=lambda keys, program: tool_steps(
            [f"terraform state rm {quote(made.addresses[key])}" for key in made.addresses if key in keys]
            + ["terraform show -json > state.json"],
            " --terraform state.json",
            program,
        ),
        region=region,
    )


def _only_region(request: ConvertRequest, regions: frozenset[str]) -> str:
    if len(regions) > 1:
        raise ProgramError(
            f"{request.source} holds resources in {', '.join(sorted(regions))}",
            hint="convert the resources of each Region from a state of their own",
        )
    return next(iter(regions), "")


def alchemy_source(request: ConvertRequest) -> ConversionSource:
    """A state folder of Alchemy's: `.alchemy`, or in it the folder of an app or of a stage.

    Raises:
        SourceError: A file in it is none of Alchemy's.
        ProgramError: It holds no resources, or several stages.
    """
    folder = _stage_folder(request.source)
    read = [_alchemy_resource(folder, file) for file in sorted(folder.rglob("*.json"))]
    made = alchemy_template([one for one in read if one is not None], Catalog.bundled())
    if not made.paths:
        raise ProgramError(f"{folder} contains no AWS resources", hint="name the folder .alchemy/APP/STAGE")
    region = _only_region(request, made.regions)
    app = _alchemy_app(folder) if request.app == request.source.stem else request.app
    found = replace(request, app=app or request.app, remarks=(*request.remarks, *made.remarks), region=region)
    ids = {**made.ids, **request.ids}
    files_of = {key: (folder / path).as_posix() for key, path in made.paths.items()}
    return ConversionSource(
        convert=lambda ids, without: convert_tree(made.root, replace(found, ids=ids, without=without)),
        ids={key: PhysicalId(text) for key, text in ids.items()},
        claims={key: str(Claim("alchemy", files_of.get(key, key))) for key in ids},
        steps=lambda keys, program: tool_steps(
            [f"rm {quote(file)}" for key, file in files_of.items() if key in keys], "", program
        ),
        region=region,
    )


def _alchemy_resource(folder: Path, file: Path) -> AlchemyResource | None:
    try:
        return read_resource(file.relative_to(folder).as_posix(), read_source(file))
    except SourceError as error:
        raise error.in_file(str(file)) from None


def _alchemy_app(folder: Path) -> str:
    """The app's name, which is a folder of `.alchemy`; empty for a folder elsewhere."""
    parts = folder.resolve().parts
    return parts[parts.index(".alchemy") + 1] if ".alchemy" in parts[:-1] else ""


def _stage_folder(folder: Path) -> Path:
    """The folder of the only stage; of a nested scope's folder it is the folder itself."""
    while not any(folder.glob("*.json")):
        inner = sorted(one for one in folder.iterdir() if one.is_dir())
        if len(inner) != 1:
            names = ", ".join(one.name for one in inner) or "nothing"
            raise ProgramError(
                f"{folder} contains {names}; name the folder of one app and stage",
                hint="name the folder .alchemy/APP/STAGE, or CDK's cdk.out",
            )
        folder = inner[0]
    return folder


def refuse_other_kinds(origin: str) -> None:
    """Refuse what another step has to come before.

    Args:
        origin: A file or folder, which may not exist.

    Raises:
        ProgramError: It is an address, a configuration of Terraform's, a CDK app, or a part of a cloud assembly.
    """
    source = Path(origin)
    if source.is_dir():
        _refuse_folder(source)
    elif "://" in origin:
        raise ProgramError(f"{origin} is an address, not a file", hint="download the template, and name its file")
    elif source.suffix == ".tf":
        raise ProgramError(f"{source} is Terraform's configuration, not its state", hint=_TERRAFORM)
    elif source.name == "manifest.json" and source.is_file():
        raise ProgramError(f"{source} is a part of a cloud assembly", hint=f"name its folder: {source.parent}")


def _refuse_folder(folder: Path) -> None:
    if any(folder.glob("*.tf")):
        raise ProgramError(f"{folder} contains Terraform's configuration, not its state", hint=_TERRAFORM)
    if (folder / "cdk.json").is_file():
        hint = "run `cdk synth` in it, and name its folder cdk.out"
        raise ProgramError(f"{folder} is a CDK app, not what it synthesizes", hint=hint)
    if any((folder / name).exists() for name in ("tree.json", "cdk.out")) or any(folder.glob("*.template.json")):
        raise ProgramError(f"{folder} is a cloud assembly without manifest.json", hint="run `cdk synth` again")
