"""Loads the program file: compiles and runs it, and finds its app."""

from __future__ import annotations

import importlib.util
import sys
from contextvars import ContextVar
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import TYPE_CHECKING

from cloudwright.errors import NoProgram, ProgramError
from cloudwright.program.cli_overrides import asking

if TYPE_CHECKING:
    from pathlib import Path
    from types import CodeType, ModuleType

    from cloudwright.app.app import App

_EXAMPLE = 'app = App("name"), and below it: @app.program / async def main(): ...'


def load(path: Path, *, stage: str | None = None, local: bool | None = None) -> App:
    """Run a file and find the one app with a program among its globals.

    Args:
        path: The file; its folder is put on `sys.path`, as for a script.
        stage: The stage of its app, set before the program runs; `None` leaves it to the program.
        local: Whether it uses the embedded cloud; `None` leaves it to the program.

    Raises:
        NoProgram: The file is missing or holds no app with a program.
        ProgramError: It holds two.
    """
    from cloudwright.app.app import App

    if not path.is_file():
        raise NoProgram(
            f"there is no file {path}",
            hint="name the program: cloudwright COMMAND FILE (default infra.py); `cloudwright init` writes a first one",
        )
    with asking(stage=stage, local=local):
        names = {name: value for name, value in vars(_run(path)).items() if isinstance(value, App)}
    apps = {id(app): (name, app) for name, app in reversed(names.items()) if app.has_program}
    if len(apps) == 1:
        return next(iter(apps.values()))[1]
    if apps:
        raise ProgramError(
            _several(path, [*apps.values()]), hint="keep one in this file and move the other to its own file"
        )
    raise NoProgram(_none(path, names), hint=f"write {_EXAMPLE}")


def _run(path: Path) -> ModuleType:
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.path_importer_cache[folder] = _finder(folder)
    name = _module_name(path)
    if path.suffix != ".py":
        raise NoProgram(f"{path} is no Python file", hint="its name must end in .py")
    loader = _Source(name, str(path.resolve()))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=loader.path))
    module.__file__ = loader.path
    sys.modules[name] = module
    token = LOADING.set(str(path))
    try:
        loader.exec_module(module)
    except SystemExit as error:
        raise ProgramError(f"{path} called sys.exit({error.code!r}) while it was being loaded") from error
    finally:
        LOADING.reset(token)
    return module


def _finder(folder: str) -> FileFinder:
    """Finds the modules in the program's folder, which are also compiled each time; packages are left to Python."""
    compiled = (ExtensionFileLoader, EXTENSION_SUFFIXES), (SourcelessFileLoader, BYTECODE_SUFFIXES)
    return FileFinder(folder, (_Source, SOURCE_SUFFIXES), *compiled)


class _Source(SourceFileLoader):
    """Compiles the file each time: Python compares bytecode by size and second, and an edit may change neither."""

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _module_name(path: Path) -> str:
    """The file's own name, so that its helpers may import it, unless that name is taken."""
    taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names
    return path.stem if path.stem.isidentifier() and not taken else "cloudwright_program"


def _several(path: Path, apps: list[tuple[str, App]]) -> str:
    listed = " and ".join(f"{name} (App({app.name!r}))" for name, app in reversed(apps))
    return f"{path} contains {len(apps)} apps with a program: {listed}"


def _none(path: Path, names: dict[str, App]) -> str:
    if not names:
        return f"{path} contains no App"
    listed = ", ".join(f"{name} (App({app.name!r}))" for name, app in names.items())
    return f"{path} contains {listed}, but no function is decorated with @{next(iter(names))}.program"


LOADING: ContextVar[str] = ContextVar("cloudwright_loading", default="")
"""Marks the program file that is being loaded, to find the app in it."""
