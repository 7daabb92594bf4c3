"""`cloudwright import`."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from cloudwright.cli.options import common
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.terminal.escaping import visible
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cloudwright.app.import_ import Generated
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright import infra.py network/vpc vpc-0a1b2c3d
  cloudwright import infra.py stage 'a1b2c3|prod'
  cloudwright import infra.py stage '{"RestApiId": "a1b2c3", "StageName": "prod"}'
  cloudwright import --type AWS::SQS::Queue --type AWS::SNS::Topic --generate infra.py
  cloudwright import --type AWS::ApiGateway::Stage --parent RestApiId=a1b2c3 --generate api.py
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What a generated program contains.

    Attributes:
        types: Resource types.
        out: The file to write.
        parents: Properties that list handlers require.
        place: Where to look; what it leaves open is left to the environment.
        name: The app's name; `None` for the file's.
        force: Overwrite the file.
    """

    types: tuple[str, ...]
    out: str
    parents: Mapping[str, str]
    place: DeclaredTarget
    name: str | None = None
    force: bool = False


@click.command("import", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[FILE] KEY IDENTIFIER")
@click.option("--type", "types", metavar="TYPE", multiple=True, help="List all resources of TYPE. Repeatable.")
@click.option("--generate", "out", metavar="OUT.PY", help="Write a program that declares the listed resources.")
@click.option(
    "--parent", "parents", metavar="NAME=VALUE", multiple=True, help="Property that listing TYPE requires. Repeatable."
)
@click.option("--region", metavar="REGION", help="Region to list.")
@click.option("--account", metavar="ID", help="Required account; on the local cloud, the account to list.")
@click.option("--profile", metavar="NAME", help="AWS profile with the credentials to use.")
@click.option("--app", "name", metavar="NAME", help="Name of the generated app. Default: the file's name.")
@click.option("--force", is_flag=True, help="Import despite tags of a stack or another owner; overwrite OUT.PY.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common
def command(
    call: CommandOptions,
    *,
    words: tuple[str, ...],
    types: tuple[str, ...],
    out: str | None,
    force: bool,
    yes: bool,
    **looking: Any,
) -> int:
    """Adopt existing resources, or write a program for them."""
    from cloudwright.cli.run_command import run_command

    if types or out:
        if words:
            raise click.UsageError("--type and --generate write a new program; they take no KEY and IDENTIFIER")
        if not (types and out):
            raise click.UsageError("--type and --generate must be given together")
        request = _request(types, out, force=force, **looking)
        return run_command(call, "import", lambda view: _generate(call, view, request))
    if any(looking.values()):
        raise click.UsageError(
            "--parent, --region, --account, --profile and --app are valid only with --type ... --generate"
        )
    key, identifier, call = _binding(call, words)
    return run_command(call, "import", lambda view: _bind(call, view, key, identifier, force=force, yes=yes))


def _request(
    types: tuple[str, ...], out: str, *, force: bool, parents: tuple[str, ...], name: str | None, **place: str | None
) -> ImportRequest:
    return ImportRequest(
        types=types, out=out, parents=_pairs(parents), place=DeclaredTarget(**place), name=name, force=force
    )


def _pairs(parents: tuple[str, ...]) -> dict[str, str]:
    pairs = [parent.partition("=") for parent in parents]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise click.UsageError(f"--parent takes NAME=VALUE, not {name + equals + value!r}")
    return {name: value for name, _, value in pairs}


def _binding(call: CommandOptions, words: tuple[str, ...]) -> tuple[str, str, CommandOptions]:
    from dataclasses import replace

    if len(words) == 2:
        return words[0], words[1], call
    if len(words) == 3 and call.context.app is None:
        return words[1], words[2], replace(call, file=words[0])
    raise click.UsageError("import takes KEY IDENTIFIER after the program's file, or --type TYPE --generate OUT.PY")


async def _bind(call: CommandOptions, view: View, key: str, identifier: str, *, force: bool, yes: bool) -> int:
    from cloudwright.cli.apply import apply
    from cloudwright.cli.program import app_for

    app = app_for(call)
    return await apply(
        app,
        view,
        lambda approve: app.import_(key, identifier, force=force, observer=view.event, approve=approve),
        yes=yes,
        allow_findings=True,
        resume=call.again("deploy"),
    )


async def _generate(call: CommandOptions, view: View, request: ImportRequest) -> int:
    from cloudwright.app.import_ import generate_program, open_cloud
    from cloudwright.app.runtime import RunSettings
    from cloudwright.cli.output_files import write_text

    path, folder = _place(request)
    name = request.name or path.stem
    settings = RunSettings(name, call.stage or "import", folder, None, call.local)
    async with open_cloud(settings) as runtime:
        found = await generate_program(runtime, name, request.types, request.place, request.parents)
    if not found.resources:
        listed = ", ".join(request.types)
        view.message(f"no resources of {listed} were found in {found.target}; no file was written", _line(None, found))
        _report_notes(view, found)
        return 0
    write_text(str(path), found.source)
    count = len(found.resources)
    view.message(f"written: {path} ({count} resource{'s' if count != 1 else ''} of {found.target})", _line(path, found))
    _report_notes(view, found)
    view.message(f"next: cloudwright plan {quote(str(path))}{' --local' if call.local else ''}")
    return 0


def _place(request: ImportRequest) -> tuple[Path, Path]:
    """The file to write, and the folder whose local cloud is meant."""
    from pathlib import Path

    from cloudwright.errors import ProgramError

    path = Path(request.out)
    if path.suffix != ".py" or not path.parent.is_dir():
        raise ProgramError(f"{path} can't be written: a program is a .py file in a folder that exists")
    if path.exists() and not request.force:
        raise ProgramError(f"{path} already exists", hint="name another file, or overwrite it with --force")
    return path, path.resolve().parent


def _report_notes(view: View, found: Generated) -> None:
    for note in found.notes:
        view.message(f"note: {visible(note)}")


def _line(path: Path | None, found: Generated) -> dict[str, object]:
    from cloudwright.render.contract.answers import GeneratedLine, GeneratedPart

    resources = [GeneratedPart(resource=name, identifier=identifier) for name, identifier in found.resources]
    return GeneratedLine(path=str(path) if path else None, resources=resources, notes=found.notes).as_object()
