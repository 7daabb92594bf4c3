"""`cloudwright convert cdk.out`: a program for each stack of a cloud assembly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.app.cdk_assembly import read_assembly
from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.convert.writer.names import snake
from cloudwright.errors import ProgramError
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.app.cdk_assembly import AssemblyStack
    from cloudwright.convert.cloudformation.program import Converted


def converted_stacks(
    assembly: Path, out: Path, *, tags: Mapping[str, str], literal: bool
) -> Iterator[tuple[Path, Converted]]:
    """The programs of an assembly, each with the file it belongs into.

    Args:
        assembly: Such as `cdk.out`.
        out: A folder; of an assembly with one stack also the program's file.
        tags: Tags for all resources.
        literal: Write each resource out, without loops.

    Raises:
        ProgramError: The assembly has several stacks and `out` is a file, or two stacks would have one file.
        SourceError: A template can't be converted.
        CloudwrightError: A file can't be read.
    """
    for path, stack in _files(read_assembly(assembly), out).items():
        request = ConvertRequest(
            source=stack.template,
            app=stack.name,
            values={},
            tags=tags,
            stack_name=stack.name,
            region=stack.region,
            literal=literal,
            files={key: _relative(file, path.parent) for key, file in stack.files.items()},
        )
        yield path, convert_template(request)


def make_folder(out: Path) -> None:
    """Make the folder of the programs, unless it is there or a file is meant.

    Args:
        out: Where the programs are written.

    Raises:
        CloudwrightError: It can't be made.
    """
    if out.suffix == ".py":
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, f"{out} can't be made", path=out) from error


def _files(stacks: list[AssemblyStack], out: Path) -> dict[Path, AssemblyStack]:
    if out.suffix == ".py":
        if len(stacks) > 1:
            names = ", ".join(stack.name for stack in stacks)
            raise ProgramError(
                f"the assembly has {len(stacks)} stacks: {names}", hint="name a folder for their programs: -o infra"
            )
        return {out: stacks[0]}
    found = {out / f"{snake(stack.name)}.py": stack for stack in stacks}
    if len(found) < len(stacks):
        raise ProgramError("two stacks of the assembly have the same name", hint="convert their templates one by one")
    return found


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
