"""Which tests reach which function, and how long each takes."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wrong_code import Place, differing, import_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType, FrameType

    import pytest

LIMIT = 8.0
"""Processor seconds of tests for one mutant: what only slower tests notice is listed, too."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mutant with its code.

    Attributes:
        name: What results and reasons call it.
        file: The module's path.
        sound: The code of the module.
        code: The code of the mutant.
    """

    name: str
    file: str
    sound: CodeType
    code: CodeType

    @property
    def places(self) -> set[Place]:
        """The functions that are other than they should be; none if the compiler makes the same of both."""
        return differing(self.sound, self.code)

    @property
    def needs_import(self) -> bool:
        """Whether what it changes runs while the module is imported."""
        return not self.places.isdisjoint(import_time(self.sound))


@dataclass(frozen=True, slots=True)
class Survey:
    """What each test reaches and how long it takes.

    Attributes:
        reached: By the test's number, the modules and functions that it calls.
        seconds: By the test's number, how long it took.
    """

    reached: Sequence[set[tuple[str, Place]]]
    seconds: Sequence[float]

    def tests(self, wrong: Wrong) -> list[int]:
        """The numbers of the tests that reach a mutant, the quickest first, and no more than fast tests are.

        Args:
            wrong: The mutant.
        """
        places = {(wrong.file, place) for place in wrong.places}
        module = {wrong.file} if wrong.needs_import else set()
        return self._quickest(
            at
            for at, reached in enumerate(self.reached)
            if not places.isdisjoint(reached) or not module.isdisjoint(file for file, _ in reached)
        )

    def time(self, tests: Iterable[int]) -> float:
        """How long some tests take.

        Args:
            tests: Their numbers.
        """
        return sum(self.seconds[at] for at in tests)

    def _quickest(self, tests: Iterable[int]) -> list[int]:
        chosen = sorted(tests, key=self.seconds.__getitem__)
        while self.time(chosen) > LIMIT:
            chosen.pop()
        return chosen


@dataclass(slots=True)
class Watch:
    """Watches which functions of some modules are called."""

    files: frozenset[str]
    called: set[tuple[str, Place]] = field(default_factory=set)

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> None:
        """Note a call, as a trace function.

        Args:
            frame: The frame of the function that was called.
        """
        code = frame.f_code
        if code.co_filename in self.files:
            self.called.add((code.co_filename, (code.co_qualname, code.co_firstlineno)))


def surveyed(session: pytest.Session, files: frozenset[str]) -> list[Any]:
    """For each test how long it takes and what it reaches, as JSON holds it; nothing for one that fails.

    Args:
        session: The session, whose items are collected.
        files: The modules that count.
    """
    found: list[Any] = []
    watch = Watch(files)
    threading.settrace(watch)
    sys.settrace(watch)
    failed = 0
    for seconds in run(session.items):
        reached = [(file, *place) for file, place in watch.called]
        found.append([seconds, reached] if session.testsfailed == failed else [])
        failed = session.testsfailed
        watch.called.clear()
    return found


def survey_of(found: list[Any]) -> Survey:
    """The survey, from what `surveyed` made of it.

    Args:
        found: For each test how long it takes and what it reaches.
    """
    each = [test or (0.0, []) for test in found]
    reached = [{(file, (name, line)) for file, name, line in calls} for _, calls in each]
    return Survey(reached, [seconds for seconds, _ in each])


def run(items: Sequence[pytest.Item]) -> Iterator[float]:
    """Run tests, and give the processor time that each took.

    Args:
        items: The tests.
    """
    for item, following in zip(items, [*items[1:], None], strict=True):
        began = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield time.process_time() - began
