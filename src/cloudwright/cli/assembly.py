"""`cloudwright convert cdk.out`: a program for each stack of a cloud assembly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.app.cdk_assembly import read_assembly
from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.cli.converted_files import program_file, program_folder, write_file
from cloudwright.cli.written_files import WrittenFiles, make_folder
from cloudwright.convert.writer.names import snake
from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.app.cdk_assembly import AssemblyStack
    from cloudwright.cli.written_files import ObsoleteFiles
    from cloudwright.convert.cloudformation.program import Converted


def converted_stacks(
    assembly: Path, out: Path, *, tags: Mapping[str, str], literal: bool, split: bool
) -> Iterator[tuple[Path, Converted]]:
    """The programs of an assembly, each with the file it belongs into.

    Args:
        assembly: Such as `cdk.out`.
        out: A folder; of an assembly with one stack also the program's file.
        tags: Tags for all resources.
        literal: Write each resource out, without loops.
        split: Write a package beside each program, with a file for each family of its resources.

    Raises:
        ProgramError: The assembly has several stacks and `out` is a file, or two stacks would have one file.
        SourceError: A template can't be converted.
        CloudwrightError: A file can't be read.
    """
    for path, stack in _files(read_assembly(assembly), out, split=split).items():
        place = path.parent / _package(path) if split else path.parent
        request = ConvertRequest(
            source=stack.template,
            app=stack.name,
            values={},
            tags=tags,
            stack_name=stack.name,
            region=stack.region,
            literal=literal,
            split=split,
            package=_package(path) if split else "",
            files={key: _relative(file, place) for key, file in stack.files.items()},
        )
        yield path, convert_template(request)


def refuse_existing(out: Path, programs: Mapping[Path, Converted]) -> None:
    """Refuse to write over files that exist.

    Args:
        out: What the user named.
        programs: Main file -> program.

    Raises:
        ProgramError: A file exists.
    """
    for path, found in programs.items():
        if path == out or path.parent.is_dir():
            program_file(str(path), overwrite=False)
        for name in found.parts:
            if (path.parent / name).exists():
                program_file(str(path.parent / name), overwrite=False)


def write_programs(out: Path, programs: Mapping[Path, Converted]) -> ObsoleteFiles:
    """Write the programs of an assembly, each one's main file after its others.

    Args:
        out: The folder; of an assembly with one stack also the program's file.
        programs: Main file -> program.

    Returns:
        What an earlier conversion wrote and this one does not.

    Raises:
        CloudwrightError: A file can't be written.
    """
    if out in programs:
        return write_file(out, programs[out])
    texts: dict[str, str] = {}
    for path, found in programs.items():
        folder = path.parent.relative_to(out)
        texts |= {(folder / name).as_posix(): text for name, text in found.parts.items()}
        texts[path.relative_to(out).as_posix()] = found.source
    make_folder(out)
    return WrittenFiles(out, ".").write(texts)


def _files(stacks: list[AssemblyStack], out: Path, *, split: bool) -> dict[Path, AssemblyStack]:
    if split:
        program_folder(str(out), overwrite=True)
    if out.suffix == ".py":
        if len(stacks) > 1:
            names = ", ".join(stack.name for stack in stacks)
            raise ProgramError(
                f"the assembly has {len(stacks)} stacks: {names}", hint="name a folder for their programs: -o infra"
            )
        return {out: stacks[0]}
    return _distinct(stacks, {out / f"{snake(stack.name)}.py": stack for stack in stacks})


def _package(program: Path) -> str:
    """The package of a program's other files. A module of the program's own name would hide it."""
    return f"{program.stem}_files"


def _distinct(stacks: list[AssemblyStack], found: dict[Path, AssemblyStack]) -> dict[Path, AssemblyStack]:
    packages = {path.parent / f"{_package(path)}.py" for path in found}
    if len(found) < len(stacks) or packages & found.keys():
        raise ProgramError("two stacks of the assembly have the same name", hint="convert their templates one by one")
    return found


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
