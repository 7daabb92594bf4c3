"""The files of a converted program: where they may be written, and whether they still are what the source gives."""

from __future__ import annotations

import difflib
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.app.user_modules import forget
from cloudwright.cli.written_files import ObsoleteFiles, WrittenFiles, make_folder
from cloudwright.convert.cloudformation.split import MAIN
from cloudwright.errors import ProgramError
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.convert.cloudformation.program import Converted

_CACHE = "__pycache__"
_MOST = 100
"""Lines of a file's difference that are shown."""


def program_file(out: str, *, overwrite: bool, again: bool = False) -> Path:
    """The file of a program.

    Args:
        out: What the user names.
        overwrite: Whether it may exist.
        again: Whether it may exist if it is as a conversion wrote it.

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
    if path.exists() and not overwrite and not (again and _files_of(path).are_all([path])):
        raise ProgramError(f"{path} already exists", hint="name another file, or overwrite it with --force")
    return path


def program_folder(out: str, *, overwrite: bool, again: bool = False) -> Path:
    """The main file of a program that has a folder of its own; nothing is written.

    Args:
        out: The folder that the user names.
        overwrite: Whether it may hold files.
        again: Whether it may hold those that are as a conversion wrote them.

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
        held = list(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise machine_error(error, f"{folder} can't be read", path=folder) from error
    held = [one for one in held if not one.name.startswith(".") and not (again and one.name == _CACHE)]
    if held and not overwrite and not (again and _files_of(folder / MAIN).are_all(held)):
        raise ProgramError(
            f"the folder {folder} is not empty", hint="name another folder, or overwrite its files with --force"
        )
    return folder / MAIN


def _files_of(path: Path) -> WrittenFiles:
    return WrittenFiles(path.parent, path.name)


def write_converted(path: Path, found: Converted) -> ObsoleteFiles:
    """Write all files of a program, the main one last, and note that they are a conversion's.

    Args:
        path: The main one.
        found: The program.

    Returns:
        What an earlier conversion wrote and this one does not.

    Raises:
        CloudwrightError: One can't be written.
    """
    return _files_of(path).write(_texts(path, found))


def write_file(path: Path, found: Converted) -> ObsoleteFiles:
    """Write a program in one file.

    Args:
        path: The file.
        found: The program.

    Raises:
        CloudwrightError: It can't be written.
    """
    from cloudwright.cli.output_files import write_text

    write_text(str(path), found.source)
    return ObsoleteFiles()


def _texts(path: Path, found: Converted) -> dict[str, str]:
    return {**found.parts, path.name: found.source}


@contextmanager
def trial(path: Path, found: Converted) -> Iterator[tuple[Path, Path]]:
    """A program beside the one that the user named, to be loaded and then removed: no one else sees a part of one.

    Paths in it mean what they mean in the program.

    Args:
        path: The program's main file.
        found: What is loaded.

    Yields:
        Its main file, and the folder of the program's state.

    Raises:
        CloudwrightError: It can't be written.
    """
    from cloudwright.cli.output_files import write_text

    own = path.resolve()
    if not found.parts:
        place = own.parent / f".{own.stem}.adopting.py"
        write_text(str(place), found.source)
        try:
            yield place, own.parent
        finally:
            place.unlink(missing_ok=True)
        return
    folder = own.parent.parent / f".{own.parent.name}.adopting"
    make_folder(folder)
    for name, text in _texts(path, found).items():
        write_text(str(folder / name), text)
    try:
        yield folder / own.name, own.parent
    finally:
        forget(folder)
        sys.path[:] = [one for one in sys.path if one != str(folder)]
        shutil.rmtree(folder, ignore_errors=True)


def differences(path: Path, found: Converted) -> list[str]:
    """How the files of a program differ from what its source converts to; empty if they don't.

    Args:
        path: The main one.
        found: What the source converts to.

    Returns:
        For each file one text of several lines: what is in the file (`-`), and what the source converts to (`+`).

    Raises:
        CloudwrightError: A file can't be read.
    """
    texts: Mapping[Path, str] = {path.parent / name: text for name, text in _texts(path, found).items()}
    changed = [what for one, text in texts.items() if (what := _difference(one, text))]
    stale = [one for one in _files_of(path).others(_texts(path, found)) if one.is_file()]
    return [*changed, *(f"{one} is left of an earlier conversion" for one in stale)]


def _difference(path: Path, text: str) -> str:
    if not path.is_file():
        return f"{path} does not exist"
    try:
        held = path.read_bytes()
    except OSError as error:
        raise machine_error(error, f"{path} can't be read", path=path) from error
    if held == text.encode():
        return ""
    before = held.decode("utf-8", "replace").splitlines()
    rows = list(difflib.unified_diff(before, text.splitlines(), lineterm="", n=1))[2:]
    more = [f"... {len(rows) - _MOST} lines more"] if len(rows) > _MOST else []
    return "\n  ".join([f"{path} differs from what the source converts to", *rows[:_MOST], *more])
