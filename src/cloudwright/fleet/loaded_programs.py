"""The programs that one worker runs, and which of them is in `sys.modules` at the moment.

Two programs may have modules with the same name, and so may one program for two stages, since a helper may import its
app. Python keeps one module for each name. So a step of one program waits until no step of another program runs; steps
of the same program run concurrently. A program of one file has no such modules, and never waits.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.app.loading import load
from cloudwright.app.user_modules import forget, loaded, look_first_in
from cloudwright.fleet.program_files import check_files
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from cloudwright.app.app import App


@dataclass(frozen=True, slots=True)
class ProgramKey:
    """A program in one version for one stage.

    Attributes:
        path: As recorded in the run.
        files: Relative path and SHA-256 of each of its files.
        stage: Without account and Region.
        local: Whether it runs against the local cloud.
    """

    path: str
    files: tuple[tuple[str, str], ...]
    stage: str
    local: bool


@dataclass(slots=True)
class _Loaded:
    app: App
    path: Path
    modules: dict[str, ModuleType] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seen = self.files()

    @property
    def folder(self) -> Path:
        return self.path.parent

    def files(self) -> set[str]:
        """Files of the modules below the folder that are loaded now."""
        return {file.relative_to(self.folder).as_posix() for file in loaded(self.folder).values()}


class LoadedPrograms:
    """Loads each program once, and provides it to its steps."""

    def __init__(self) -> None:
        """Start with no program loaded."""
        self._known: dict[ProgramKey, _Loaded] = {}
        self._current: ProgramKey | None = None
        self._users = 0
        self._turn = threading.Condition()

    @contextlib.contextmanager
    def using(self, key: ProgramKey, find: Callable[[], Path]) -> Iterator[App]:
        """The program's app; while the block runs, imports find this program's modules.

        Args:
            key: The program.
            find: Returns its verified file on this worker; called once.
        """
        if len(key.files) == 1:
            yield self._alone(key, find)
            return
        with self._turn:
            self._turn.wait_for(lambda: not self._users or self._current == key)
            app = self._entered(key, find)
            self._users += 1
        try:
            yield app
        finally:
            with self._turn:
                self._users -= 1
                self._turn.notify_all()

    def imported_late(self, key: ProgramKey, run: str) -> list[str]:
        """Files that the program imported after it was loaded, and that its run does not list.

        Only a module whose name is computed at run time is missing from the list, since no import statement names it.

        Args:
            key: A program that is in use.
            run: The run's id, for the hint.

        Raises:
            ProgramError: A listed file changed before it was imported.
        """
        program, known = self._known[key], dict(key.files)
        late = program.files() - program.seen
        check_files(program.path, {name: known[name] for name in late & known.keys()}, run)
        program.seen |= late & known.keys()
        return sorted(late - {name for other in self._known for name, _ in other.files})

    def _alone(self, key: ProgramKey, find: Callable[[], Path]) -> App:
        with self._turn:
            if key not in self._known:
                path = find()
                self._known[key] = _Loaded(_load(path, key), path)
            return self._known[key].app

    def _entered(self, key: ProgramKey, find: Callable[[], Path]) -> App:
        if self._current != key:
            self._leave()
            if key in self._known:
                self._reload(self._known[key])
            else:
                self._load(key, find)
            self._current = key
        return self._known[key].app

    def _leave(self) -> None:
        """Remove the current program's modules from `sys.modules`, including those imported late."""
        if self._current is not None:
            program = self._known[self._current]
            program.modules = {name: sys.modules[name] for name in loaded(program.folder) if name != "__main__"}
            forget(program.folder)
        self._current = None

    def _load(self, key: ProgramKey, find: Callable[[], Path]) -> None:
        path = find()
        _activate(path.parent)
        try:
            self._known[key] = _Loaded(_load(path, key), path)
        except BaseException:
            forget(path.parent)
            raise

    def _reload(self, program: _Loaded) -> None:
        _activate(program.folder)
        sys.modules.update(program.modules)


def _load(path: Path, key: ProgramKey) -> App:
    return load(path, stage=key.stage, local=key.local or None)


def _activate(folder: Path) -> None:
    """Put a program's own modules into `sys.modules`."""
    forget(folder)
    look_first_in(folder)
