"""The user's program as a run records it: each of its source files, by path and SHA-256."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.app.user_modules import loaded, own
from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def files_of(program: Path) -> dict[str, str]:
    """The program's file and every module of the user's own below its folder: relative path -> SHA-256.

    Includes the modules that are loaded and those that their import statements name, since a function may import one
    later.

    Args:
        program: The file, loaded already.
    """
    folder = program.parent
    waiting, found = {program, *loaded(folder).values()}, set[Path]()
    while waiting:
        found.add(file := waiting.pop())
        waiting |= {one for one in _named(file, folder) if own(one, folder)} - found
    return {file.relative_to(folder).as_posix(): digest_of(file) for file in sorted(found)}


def check_files(program: Path, files: Mapping[str, str], run: str) -> None:
    """Check that a program is the one that a run was created from.

    Args:
        program: The file on this worker.
        files: The result of `files_of` when the run was created.
        run: The run's id, for the hint.

    Raises:
        ProgramError: A file is missing or differs; names it.
    """
    for name, digest in files.items():
        file = program.parent / name
        if not file.is_file():
            raise ProgramError(
                f"{program.name} needs {name}, but there is no {file} on this worker",
                hint=f"copy the folder here as it was when the run was created, then: cloudwright fleet retry {run}",
            )
        if digest_of(file) != digest:
            raise ProgramError(
                f"{file} changed since this run was created",
                hint=f"cloudwright fleet cancel {run}, and begin a new run",
            )


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _named(file: Path, folder: Path) -> Iterator[Path]:
    """Files that the import statements of a file may refer to, at any nesting level."""
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _candidates(folder, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = file.parents[node.level - 1] if node.level else folder
            module = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _candidates(base, [*module, alias.name])


def _tree(file: Path) -> ast.AST:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        # Python reports the syntax error when the file is imported.
        return ast.Module(body=[], type_ignores=[])


def _candidates(base: Path, parts: list[str]) -> Iterator[Path]:
    for length in range(len(parts) + 1):
        place = base.joinpath(*parts[:length])
        for file in (place.with_suffix(".py") if length else None, place / "__init__.py"):
            if file is not None and file.is_file():
                yield file
