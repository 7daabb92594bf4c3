"""The programs of a group: the files that the user names, and those of a folder."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cloudwright.app.group.model import Member
from cloudwright.app.loading import load
from cloudwright.app.user_modules import forget, look_first_in
from cloudwright.errors import NoProgram, ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


def program_files(paths: Iterable[Path]) -> list[Path]:
    """The files that were named, and in the place of a folder its programs.

    Args:
        paths: Files and folders.

    Raises:
        NoProgram: A folder holds no program.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        files = sorted(_programs_below(path)) if path.is_dir() else [path]
        if not files:
            raise NoProgram(
                f"no file in {path} is a program", hint="a program is a Python file with a function below @app.program"
            )
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def load_members(files: Iterable[Path], *, stage: str | None, local: bool | None) -> list[Member]:
    """Load the programs. Those of one folder share its modules; those of another folder get modules of their own.

    Args:
        files: The programs.
        stage: As in `load`.
        local: As in `load`.

    Raises:
        ProgramError: One can't be loaded, or two define the same app.
    """
    members: list[Member] = []
    last: Path | None = None
    for file in files:
        folder = file.resolve().parent
        if last is not None and folder != last:
            forget(last)
        look_first_in(folder)
        members.append(load_member(file, stage=stage, local=local))
        last = folder
    refuse_doubles(members)
    return members


def load_member(file: Path, *, stage: str | None, local: bool | None) -> Member:
    """Load one program.

    Args:
        file: The program.
        stage: As in `load`.
        local: As in `load`.

    Raises:
        ProgramError: It can't be loaded.
    """
    return Member(app=load(file, stage=stage, local=local).configure(stage=stage, local=local), file=str(file))


def refuse_doubles(members: Sequence[Member]) -> None:
    """Each app and stage may occur once in a group.

    Raises:
        ProgramError: Two files define the same app.
    """
    files: dict[str, str] = {}
    for member in members:
        if member.name in files:
            raise ProgramError(
                f"{files[member.name]} and {member.file} both define {member.name}",
                hint="give one of the apps another name",
            )
        files[member.name] = member.file


def _programs_below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if path.is_dir():
            yield from () if (path / "pyvenv.cfg").exists() else _programs_below(path)
        elif path.suffix == ".py" and not path.name.startswith("test_") and _is_program(path):
            yield path


def _is_program(file: Path) -> bool:
    """Whether a function in it is decorated with `@... .program`. A file that can't be parsed may be one."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return True
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(
        isinstance(decorator, ast.Attribute) and decorator.attr == "program"
        for function in functions
        for decorator in function.decorator_list
    )
