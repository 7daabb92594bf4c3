"""The tests of a part: collected once, then run in a forked process for each mutant that they reach."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from children import in_child
from survey import Survey, Wrong, run, survey_of, surveyed
from wrong_code import import_wrong, loaded_functions, put

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 4.0
"""How many times as long as unchanged a test run may take before it counts as noticed."""

HOUR = 3600.0

SAME = "same code"
"""The compiler makes the same of a mutant as of the module."""

OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--capture=sys", "--timeout=20")
"""pytest's options: no random order, and a quick end to what hangs."""


Say = Callable[[str, str | None], None]


class Trial:
    """A pytest plugin that tries mutants instead of running the collected tests."""

    def __init__(self, wrongs: Sequence[Wrong], ends: float, say: Say) -> None:
        """Remember what is to be tried.

        Args:
            wrongs: The mutants.
            ends: When to stop, on the monotonic clock.
            say: Takes the name of a mutant and the id of the test that noticed it: empty if none did, None if the
                process died or took too long, `SAME` if there is nothing to notice.
        """
        self._wrongs, self._ends, self._say = wrongs, ends, say
        self.failed: list[str] = ["all"]
        self.later: list[tuple[str, list[str], float]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each mutant, instead of the loop over the tests.

        Args:
            session: The session, whose items are collected.
        """
        files = frozenset(wrong.file for wrong in self._wrongs)
        found = in_child(partial(surveyed, session, files), HOUR)
        if found is None:
            return True
        self.failed = [item.nodeid for item, test in zip(session.items, found, strict=True) if not test]
        survey = survey_of(found)
        for wrong in self._wrongs:
            if time.monotonic() < self._ends:
                self._try(session, survey, wrong)
        return True

    def _try(self, session: pytest.Session, survey: Survey, wrong: Wrong) -> None:
        tests = survey.tests(wrong) if wrong.places else []
        late = wrong.needs_import or not tests  # a function that no test calls may run at import
        if late:
            tests = [*tests, *(at for at in _mirrors(session, wrong) if at not in tests)]
        items = [session.items[at] for at in tests]
        allowed = 5 + PATIENCE * survey.time(tests)
        if late and items:
            self.later.append((wrong.name, [item.nodeid for item in items], allowed + 10))
            return
        work = partial(_first_failure, session, items, loaded_functions(wrong.file), wrong.code)
        if not wrong.places:
            self._say(wrong.name, SAME)
        else:
            self._say(wrong.name, in_child(work, allowed) if items else "")


def _mirrors(session: pytest.Session, wrong: Wrong) -> list[int]:
    """The tests in a file that is named like the module: what a class body holds is reached without a call."""
    name = f"test_{Path(wrong.file).stem}"
    return [at for at, item in enumerate(session.items) if item.path.stem == name]


def _first_failure(session: pytest.Session, items: list[pytest.Item], *change: Any) -> str:
    """The first test that fails with a change, without its parameters, or nothing."""
    put(*change)
    for item, _ in zip(items, run(items), strict=True):
        if session.testsfailed:
            return _name(item.nodeid)
    return ""


def try_part(trial: Trial, tests: Sequence[str]) -> tuple[list[tuple[str, list[str], float]], list[str]]:
    """Try what can be put into modules that are loaded. The process is of no other use after it.

    Args:
        trial: What is tried.
        tests: Files and folders.

    Returns:
        What has to be there when the module is imported: names, tests and seconds. And the tests that fail without
        any change, some because they are watched: they notice nothing.
    """
    _silence()
    pytest.main([*OPTIONS, *tests], plugins=[trial])
    return trial.later, trial.failed


class _FirstFailure:
    """A pytest plugin that keeps the name of the first test that fails."""

    name: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure.

        Args:
            report: What pytest says of a test.
        """
        if report.failed:
            self.name = self.name or _name(report.nodeid)


def _name(test: str) -> str:
    """A test without its parameters."""
    return test.partition("[")[0]


def noticed_at_import(wrong: Wrong, tests: Sequence[str]) -> str | None:
    """The test that fails with a mutant that is there from the first import. The process is of no other use after it.

    Args:
        wrong: The mutant.
        tests: The ids of the tests.

    Returns:
        As `Say` takes it: empty if none fails, None if they can't even be collected.
    """
    import_wrong(wrong.file, wrong.code)
    _silence()
    first = _FirstFailure()
    # pytest would load modules whose assertions it rewrites in its own way: all of a package that has a plugin.
    passed = pytest.main([*OPTIONS, "--assert=plain", "-x", *tests], plugins=[first]) == 0
    return "" if passed else first.name


def _silence() -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
