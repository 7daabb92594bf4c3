"""The files of a converted program: where they may be written, and whether they still are what the source gives."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.split import MAIN
from cloudwright.errors import ProgramError
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.program import Converted


def program_file(out: str, *, overwrite: bool) -> Path:
    """The file of a program.

    Args:
        out: What the user names.
        overwrite: Whether it may exist.

    Raises:
        ProgramError: It is no Python file in a folder that exists, or it exists.
    """
    path = Path(out)
    if path.suffix != ".py":
        hint = f"name one: -o {path.with_suffix('.py')}; a folder is named for cdk.out, or with --split"
        raise ProgramError(f"{path} can't be written: a program is a .py file", hint=hint)
    if not path.parent.is_dir():
        what = f"{path} can't be written: a program is a .py file in a folder that exists"
        raise ProgramError(what, hint=f"mkdir {quote(str(path.parent))}")
    if path.is_dir():
        raise ProgramError(f"{path} is a folder", hint=f"name a file in it: {path / 'infra.py'}")
    if path.exists() and not overwrite:
        raise ProgramError(f"{path} exists already", hint="name another file, or overwrite it with --force")
    return path


def program_folder(out: str, *, overwrite: bool) -> Path:
    """The main file of a program that has a folder of its own; nothing is written.

    Args:
        out: The folder that the user names.
        overwrite: Whether it may hold files.

    Raises:
        ProgramError: It is a file, or holds files other than hidden ones, such as a state.
        CloudwrightError: It can't be read.
    """
    folder = Path(out)
    if folder.suffix == ".py" or folder.is_file():
        raise ProgramError(
            f"{folder} is not a folder, and --split writes several files", hint="name a folder: -o infra"
        )
    try:
        filled = folder.is_dir() and any(not one.name.startswith(".") for one in folder.iterdir())
    except OSError as error:
        raise machine_error(error, f"{folder} can't be read", path=folder) from error
    if filled and not overwrite:
        raise ProgramError(
            f"the folder {folder} is not empty", hint="name another folder, or overwrite its files with --force"
        )
    return folder / MAIN


def write_converted(path: Path, found: Converted) -> None:
    """Write all files of a program.

    Args:
        path: The main one.
        found: The program.

    Raises:
        CloudwrightError: One can't be written.
    """
    from cloudwright.cli.output_files import write_text

    if found.parts:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise machine_error(error, f"{path.parent} can't be made", path=path.parent) from error
    for name, text in found.parts.items():
        write_text(str(path.parent / name), text)
    write_text(str(path), found.source)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise machine_error(error, f"{path} can't be read", path=path) from error


def difference(path: Path, found: Converted) -> str:
    """How the files of a program differ from what its source converts to; empty if they don't.

    Args:
        path: The main one.
        found: What the source converts to.
    """
    texts = {path: found.source, **{path.parent / name: text for name, text in found.parts.items()}}
    for one, text in texts.items():
        if not one.is_file():
            return f"{one} does not exist"
        if _read(one) != text.encode():
            return f"{one} differs from what the source converts to"
    return ""
