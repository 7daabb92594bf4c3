"""`cloudwright convert`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from cloudwright.cli.options import common
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.app.conversion import ConversionSource
    from cloudwright.app.convert import ConvertRequest
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.cli.written_files import ObsoleteFiles
    from cloudwright.convert.cloudformation.program import Converted

_EPILOG = """\b
Examples:
  cloudwright convert template.yaml -o infra.py
  cloudwright convert template.json -o infra.py --parameter VpcId=vpc-0a1b2c3d
  cloudwright convert template.yaml -o infra.py --parameters prod.json --tag team=web
  cloudwright convert template.yaml -o infra.py --ids resources.json --stack-name web
  cloudwright convert template.yaml -o infra.py --check
  cloudwright convert stack:web@eu-west-1 -o infra.py
  cloudwright convert stack:web -o infra.py --adopt --allow-stack-tags
  cloudwright convert state.json -o infra.py --adopt
  cloudwright convert .alchemy/images/prod -o infra.py --adopt
  cloudwright convert cdk.out -o infra
  cloudwright convert cdk.out --split -o infra
  cloudwright convert template.yaml --split -o infra
"""

_SINGLE = ("pairs", "given", "ids", "stack_name", "name")
"""The options that belong to one template."""


@click.command("convert", epilog=_EPILOG)
@click.argument("origin", metavar="SOURCE")
@click.option(
    "-o",
    "--output",
    "out",
    metavar="OUT",
    required=True,
    help="The program; for a CDK assembly or with --split, the folder.",
)
@click.option(
    "--parameter", "pairs", metavar="NAME=VALUE", multiple=True, help="Write a parameter's value into the program."
)
@click.option("--parameters", "given", metavar="FILE", help="Parameters in JSON, as for the AWS CLI.")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag for all resources. Repeatable.")
@click.option("--ids", metavar="FILE", help="Adopt the resources of a stack: a JSON file with their physical ids.")
@click.option("--stack-name", metavar="NAME", help="The value of AWS::StackName. Default: the app's name and stage.")
@click.option("--app", "name", metavar="NAME", help="Name of the app. Default: the source's name.")
@click.option("--original", is_flag=True, help="For a live stack with SAM or macros: convert the template as written.")
@click.option("--literal", is_flag=True, help="Write a declaration for each resource: no loops.")
@click.option("--split", is_flag=True, help="Write a file for each family of resources into the folder OUT.")
@click.option("--adopt", is_flag=True, help="Also adopt the resources into the state, and show what differs.")
@click.option(
    "--allow-stack-tags",
    is_flag=True,
    help="With --adopt: adopt resources that carry the tags of a CloudFormation stack.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 2 if SOURCE would convert to another OUT.")
@click.option("--force", is_flag=True, help="Overwrite OUT.PY.")
@common
def command(
    call: CommandOptions,
    *,
    origin: str,
    out: str,
    check: bool,
    force: bool,
    original: bool,
    adopt: bool,
    allow_stack_tags: bool,
    **given: Any,
) -> int:
    """Convert a template or another tool's state into a program.

    SOURCE is a CloudFormation template (YAML or JSON), stack:NAME[@REGION], what `terraform show -json` prints, or a
    state folder of Alchemy's (.alchemy/APP/STAGE). Each stack of CDK's cloud assembly (cdk.out) becomes a program in
    the folder OUT. With --split, each becomes a program in several files: network.py, iam.py, storage.py and so on, and
    infra.py, which calls them.
    """
    from cloudwright.app.cdk_assembly import is_assembly
    from cloudwright.cli.run_command import run_command

    goal = _Goal(check=check, force=force, original=original, adopt=adopt, allow_stack_tags=allow_stack_tags)
    _refuse_combinations(origin, goal)
    given = {**given, "pairs": _pairs("--parameter", given["pairs"]), "tags": _tags(given["tags"])}
    if is_assembly(Path(origin)):
        if adopt or any(given[name] for name in _SINGLE):
            raise click.UsageError("for an assembly, only --tag, --literal, --split, --check and --force are valid")
        assembly = partial(_assembly, call, Path(origin), Path(out), given, check=check, force=force)
        return run_command(call, "convert", assembly)
    return run_command(call, "convert", partial(_single, call, origin, out, goal, given))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """What is done with the program; the options of the same names."""

    check: bool
    force: bool
    original: bool
    adopt: bool
    allow_stack_tags: bool


def _refuse_combinations(origin: str, goal: _Goal) -> None:
    from cloudwright.app.stack_source import PREFIX

    if goal.original and not origin.startswith(PREFIX):
        raise click.UsageError(f"--original is valid only with {PREFIX}NAME")
    if goal.allow_stack_tags and not goal.adopt:
        raise click.UsageError("--allow-stack-tags is valid only with --adopt")
    if goal.check and goal.adopt:
        raise click.UsageError("--check writes nothing, and --adopt writes the state: give one of them")


async def _single(call: CommandOptions, origin: str, out: str, goal: _Goal, given: dict[str, Any], view: View) -> int:
    """Convert one template, stack or state."""
    from cloudwright.app.conversion import refuse_other_kinds
    from cloudwright.app.stack_source import PREFIX
    from cloudwright.cli.converted_files import program_file, program_folder
    from cloudwright.cli.takeover import adopt_converted

    if not origin.startswith(PREFIX):
        refuse_other_kinds(origin)
    split = given["split"]
    path = (program_folder if split else program_file)(out, overwrite=goal.force or goal.check, again=goal.adopt)
    source = await _source(call, _home(Path(out), split=split), origin, original=goal.original, **given)
    if goal.adopt and not source.ids:
        raise ProgramError("the source names no resources to adopt", hint="--ids FILE gives their physical ids")
    found = source.program(source.bound)
    if goal.check:
        return _compared(view, path, found)
    _written(call, view, path, found, noted=goal.adopt or split, more=not goal.adopt)
    return await adopt_converted(call, view, path, source, consent=goal.allow_stack_tags) if goal.adopt else 0


async def _assembly(
    call: CommandOptions, origin: Path, out: Path, given: dict[str, Any], view: View, *, check: bool, force: bool
) -> int:
    from cloudwright.cli.assembly import converted_stacks, refuse_existing, write_programs

    programs = dict(converted_stacks(origin, out, tags=given["tags"], literal=given["literal"], split=given["split"]))
    if check:
        return max(_compared(view, path, found) for path, found in programs.items())
    if not force:
        refuse_existing(out, programs)
    leftovers = write_programs(out, programs)
    for path, found in programs.items():
        _announce(view, path, found)
    _report_leftovers(view, leftovers)
    view.message(f"next: cloudwright plan {quote(str(out))}{' --local' if call.local else ''}")
    return 0


async def _source(call: CommandOptions, folder: Path, origin: str, *, original: bool, **given: Any) -> ConversionSource:
    from cloudwright.app.conversion import file_source, live_source
    from cloudwright.app.runtime import RunSettings
    from cloudwright.app.stack_source import PREFIX, stack_address

    if not origin.startswith(PREFIX):
        return file_source(replace(_request(Path(origin), **given), base=_base(Path(origin), folder)))
    address = stack_address(origin)
    request = _request(Path(str(address)), **{**given, "name": given["name"] or address.name})
    settings = RunSettings(request.app, call.stage or "convert", folder, None, call.local)
    return await live_source(request, settings, origin, original=original)


def _home(out: Path, *, split: bool) -> Path:
    """The folder of the program."""
    return out.resolve() if split else out.resolve().parent


def _base(origin: Path, folder: Path) -> str:
    """The template's folder, from the program's; empty for the same one."""
    base = Path(os.path.relpath(origin.resolve().parent, folder)).as_posix()
    return "" if base == "." else base


def _request(
    source: Path,
    *,
    pairs: Mapping[str, str],
    given: str | None,
    tags: Mapping[str, str],
    ids: str | None,
    stack_name: str | None,
    name: str | None,
    literal: bool,
    split: bool,
) -> ConvertRequest:
    from cloudwright.app.convert import ConvertRequest
    from cloudwright.app.source_files import ids_from, values_from
    from cloudwright.app.state_names import check_app_name

    check_app_name(name or source.stem)
    named, types = ids_from(Path(ids)) if ids else ({}, {})
    return ConvertRequest(
        source=source,
        app=name or source.stem,
        values={**(values_from(Path(given)) if given else {}), **pairs},
        tags=tags,
        ids=named,
        types=types,
        stack_name=stack_name or "",
        literal=literal,
        split=split,
    )


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    for one in given:
        if "=" not in one[1:]:
            raise click.UsageError(f"{option} takes NAME=VALUE, not {one!r}")
    return {name: value for name, _, value in (one.partition("=") for one in given)}


def _tags(given: tuple[str, ...]) -> dict[str, str]:
    found = _pairs("--tag", given)
    for name in found:
        if name.lower().startswith("aws:"):
            raise click.UsageError(f"--tag {name}: AWS reserves names that begin with aws:")
    return found


def _written(call: CommandOptions, view: View, path: Path, found: Converted, *, noted: bool, more: bool) -> None:
    from cloudwright.cli.converted_files import write_converted, write_file

    leftovers = (write_converted if noted else write_file)(path, found)
    _announce(view, path, found)
    _report_leftovers(view, leftovers)
    if more:
        view.message(f"next: cloudwright plan {quote(str(path))}{' --local' if call.local else ''}")


def _announce(view: View, path: Path, found: Converted) -> None:
    count = f"{found.resources} resource{'s' if found.resources != 1 else ''}"
    count += f" in {len(found.parts) + 1} files" if found.parts else ""
    view.message(f"written: {path} ({count})", _line(path, found))
    for remark in found.remarks:
        view.message(f"{'undecided' if remark.blocks else 'note'}: {visible(str(remark))}")
    if not found.whole:
        view.message("the program can't be planned until each `undecided(...)` in it is replaced")


def _report_leftovers(view: View, leftovers: ObsoleteFiles) -> None:
    for path in leftovers.removed:
        view.message(f"removed: {path}: an earlier conversion wrote it, and this one does not")
    for path in leftovers.kept:
        view.message(
            f"kept: {path}: an earlier conversion wrote it, and it was changed since; remove it if it is not needed"
        )


def _compared(view: View, path: Path, found: Converted) -> int:
    from cloudwright.cli.converted_files import differences

    what = differences(path, found)
    first, *rest = what or [f"{path} is what the source converts to"]
    view.message(_shown(first), _line(path, found, what))
    for text in rest:
        view.message(_shown(text))
    return 2 if what else 0


def _shown(text: str) -> str:
    return "\n".join(map(visible, text.splitlines()))


def _line(path: Path, found: Converted, differences: Sequence[str] = ()) -> dict[str, object]:
    from cloudwright.render.contract.answers import ConvertedLine, RemarkPart

    remarks = [
        RemarkPart(
            line=one.position.line, column=one.position.column, subject=one.subject, text=one.text, blocks=one.blocks
        )
        for one in found.remarks
    ]
    line = ConvertedLine(
        path=str(path), resources=found.resources, whole=found.whole, remarks=remarks, differences=differences
    )
    return line.as_object()
