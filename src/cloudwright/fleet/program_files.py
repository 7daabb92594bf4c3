"""The user's program as a run records it: each of its source files, by path and SHA-256."""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import cloudwright
from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_INSTALLED = frozenset({"site-packages", "dist-packages"})


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
        waiting |= {one for one in _named(file, folder) if _own(one, folder)} - found
    return {file.relative_to(folder).as_posix(): digest_of(file) for file in sorted(found)}


def check_files(program: Path, files: Mapping[str, str], run: str) -> None:
    """Check that a program is the one that a run was made from.

    Args:
        program: The file on this worker.
        files: The result of `files_of` where the run was made.
        run: The run's id, for the hint.

    Raises:
        ProgramError: A file is missing or differs; names it.
    """
    for name, digest in files.items():
        file = program.parent / name
        if not file.is_file():
            raise ProgramError(
                f"{program.name} needs {name}, and there is no {file} on this worker",
                hint=f"copy the folder here as it was when the run was made; then: cloudwright fleet retry {run}",
            )
        if digest_of(file) != digest:
            raise ProgramError(
                f"{file} changed since this run was made", hint=f"cloudwright fleet cancel {run}, and begin a new run"
            )


def forget(folder: Path) -> None:
    """Make the next import of each of the user's own modules read its file again.

    Args:
        folder: The program's, resolved.
    """
    for name in loaded(folder):
        if name != "__main__":
            del sys.modules[name]
    importlib.invalidate_caches()


def loaded(folder: Path) -> dict[str, Path]:
    """Module's name -> its file, for modules of the user's own.

    Args:
        folder: The program's, resolved.
    """
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    return {name: Path(file) for name, file in files.items() if file and _own(Path(file), folder)}


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _own(file: Path, folder: Path) -> bool:
    """Whether a file is source below the folder, and neither an installed package nor part of Python or cloudwright."""
    if file.suffix != ".py" or not file.is_relative_to(folder) or _INSTALLED.intersection(file.parts):
        return False
    return not any(file.is_relative_to(other) for other in _others() if other.is_relative_to(folder))


def _others() -> Iterator[Path]:
    yield Path(cloudwright.__file__).parent
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _named(file: Path, folder: Path) -> Iterator[Path]:
    """Files that the import statements of a file may mean, at any level of it."""
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
