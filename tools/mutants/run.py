"""`make mutants`: change the engine in one small wrong way at a time, and see whether a fast test notices.

No file is changed: the tests of a part are collected once, and a forked process for each mutant puts the changed code
into the functions that it has loaded, then runs the tests that reach it. What was found is kept in `build/mutants`, so
that a run that was cut off goes on where it was; a result counts as long as the code of the module and of its tests
is the same. Mutants that no test notices are printed; those in `reasons.json` have been looked at and do no harm.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from children import in_child
from meaning import meaning
from mutations import Mutant, changed, mutants
from survey import Wrong
from trial import HOUR, SAME, Trial, noticed_at_import, try_part
from wrong_code import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Add = Callable[["Task", str | None], None]
"""Takes a mutant, and what `Trial` reports of it."""

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"
RESULTS = WORK / "results.jsonl"
REASONS = Path(__file__).with_name("reasons.json")
PACKAGE = "src/cloudwright"

_WHOLE = (
    "tests/scenarios",
    "tests/catalogue",
    "tests/integration/actions",
    "tests/integration/adoption",
    "tests/integration/drift",
)
"""Tests that run whole deploys on virtual time."""

_STORES = tuple(f"tests/conformance/test_state_{kind}.py" for kind in ("memory", "sqlite", "objects"))
"""Tests of the stores that need no server."""

TESTS: Mapping[str, tuple[str, ...]] = {
    "engine": ("tests/unit/engine", *_WHOLE),
    "plan": ("tests/unit/plan", "tests/unit/engine/test_ownership.py", *_WHOLE),
    "diff": (
        "tests/unit/diff",
        "tests/unit/plan",
        "tests/unit/engine",
        "tests/property/test_compare_documents.py",
        "tests/property/test_patch_documents.py",
        "tests/integration/drift",
    ),
    "control": ("tests/unit/control",),
    "state": ("tests/unit/state", *_STORES),
}
"""What is changed, and the fast tests that ought to notice."""


@dataclass(frozen=True, slots=True)
class Task:
    """One mutant of one module.

    Attributes:
        path: The module, within the package.
        mutant: The change.
        tests: What is collected.
        module: Digest of what the module does.
    """

    path: str
    mutant: Mutant
    tests: tuple[str, ...]
    module: str

    @property
    def own_tests(self) -> tuple[str, ...]:
        """The unit tests that are named like the module or import it: few, quick, and enough for most mutants."""
        own, imported = f"test_{Path(self.path).stem}", f"{self.path.removesuffix('.py').replace('/', '.')} import "
        files = (file for test in self.tests if test.startswith("tests/unit") for file in _files(test))
        mine = (file for file in files if file.stem.startswith(own) or f"cloudwright.{imported}" in _text(file))
        return tuple(str(file.relative_to(ROOT)) for file in mine)

    @property
    def name(self) -> str:
        """What results and reasons call it."""
        return f"{self.path} {self.mutant.key}"

    def wrong(self) -> Wrong:
        """The code of the module, and of the mutant."""
        file = ROOT / PACKAGE / self.path
        source = file.read_text("utf-8")
        sound = compiled(ast.parse(source), str(file))
        return Wrong(self.name, str(file), sound, compiled(changed(source, self.mutant), str(file)))


def tasks(chosen: list[str]) -> Iterator[Task]:
    """All mutants of the chosen parts of the package, or of all parts."""
    for part, tests in TESTS.items():
        for path in sorted((ROOT / PACKAGE / part).rglob("*.py")):
            named = str(path.relative_to(ROOT / PACKAGE))
            if not chosen or any(named.startswith(one) for one in chosen):
                source = path.read_text("utf-8")
                yield from (Task(named, mutant, tests, _digest(meaning(source))) for mutant in mutants(source))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@cache
def _files(test: str) -> list[Path]:
    """The files of a test, or of a folder of tests."""
    path = ROOT / test
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


@cache
def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


class Results:
    """What earlier runs found, as long as it still holds.

    What a test noticed holds while the code of the module and of that test is the same. What no test noticed holds
    until any of the tests changes, or as long as the module is the same if there is a reason why it is harmless.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        """Read the results.

        Args:
            reasons: Why mutants are harmless, by their names.
        """
        lines = map(json.loads, RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else [])
        self._lines = {line["name"]: line for line in lines if "module" in line}
        self._reasons = reasons

    def noticed(self, task: Task) -> bool | None:
        """Whether a test noticed a mutant; None if that isn't known, or no longer."""
        line = self._lines.get(task.name)
        if line is None or line["module"] != task.module:
            return None
        looked_at = not line["by"] and task.name in self._reasons
        return bool(line["by"]) if looked_at or line["tests"] == _tests_digest(task, tuple(line["by"])) else None

    def add_noticed(self, task: Task, by: str | None) -> None:
        """Write down a result, unless no test noticed the mutant: others may."""
        if by != "":
            self.add(task, by)

    def add(self, task: Task, by: str | None) -> None:
        """Write down a result at once, with the test that noticed it, as `Trial` reports it."""
        tests = () if by == "" else (by,) if by and by != SAME else task.tests
        line = {"name": task.name, "by": tests, "module": task.module, "tests": _tests_digest(task, tests)}
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _tests_digest(task: Task, by: tuple[str, ...]) -> str:
    return _digest_of(by or task.tests)


@cache
def _digest_of(tests: tuple[str, ...]) -> str:
    """Digest of what tests do: files, folders, or single tests of a file."""
    named = (test.split("::") for test in tests)
    return _digest(*(meaning(_text(file), "".join(name[:1])) for test, *name in named for file in _files(test)))


def explore(todo: list[Task], reasons: Mapping[str, str], ends: float) -> None:
    """Try mutants until the time is over: with the tests of their own module first, and then with all."""
    WORK.mkdir(parents=True, exist_ok=True)
    first = Results(reasons)
    _explore_with(lambda task: task.own_tests, _untried(todo, first), ends, first.add_noticed)
    then = Results(reasons)
    _explore_with(lambda task: task.tests, _untried(todo, then), ends, then.add)


def _untried(todo: list[Task], results: Results) -> list[Task]:
    return [task for task in todo if results.noticed(task) is None]


def _explore_with(
    tests_of: Callable[[Task], tuple[str, ...]],
    left: list[Task],
    ends: float,
    add: Add,
) -> None:
    """Try mutants with those tests that a function names for each."""
    for tests, part in groupby(sorted(left, key=tests_of), key=tests_of):
        if tests and time.monotonic() < ends:
            _explore_part(tests, {task.name: task for task in part}, ends, add)


def _explore_part(tests: tuple[str, ...], part: dict[str, Task], ends: float, add: Add) -> None:
    """Try the mutants that share their tests."""
    wrongs = {name: task.wrong() for name, task in part.items()}
    trial = Trial(list(wrongs.values()), ends, lambda name, by: add(part[name], by))
    later, failed = in_child(partial(try_part, trial, tests), 60 * HOUR) or ([], ["all"])
    if failed:
        print(f"left out, since they fail without any change while they are watched: {' '.join(failed)}")
    for name, chosen, allowed in later:
        if time.monotonic() < ends:
            add(part[name], in_child(partial(noticed_at_import, wrongs[name], chosen), allowed))


def report(todo: list[Task], reasons: Mapping[str, str]) -> int:
    """Print what nobody noticed, and the counts of each module; 1 if something has no reason."""
    results = Results(reasons)
    found = [(task, results.noticed(task)) for task in todo]
    for task, noticed in found:
        if noticed is False and task.name not in reasons:
            print(f"{PACKAGE}/{task.path}:{task.mutant.line}: {task.mutant.key}")
    kinds = {task.name: _kind(task, noticed, reasons) for task, noticed in found}
    for path in sorted({task.path for task in todo}):
        print(f"{path}: {_counts([kinds[task.name] for task in todo if task.path == path])}")
    print(f"in all: {_counts(list(kinds.values()))}")
    return 1 if "to look at" in kinds.values() else 0


def _kind(task: Task, noticed: bool | None, reasons: Mapping[str, str]) -> str:  # noqa: FBT001 - of three values
    if noticed is None:
        return "not tried"
    return "noticed" if noticed else "harmless" if task.name in reasons else "to look at"


def _counts(kinds: list[str]) -> str:
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("noticed", "harmless", "to look at", "not tried"))


def main(words: list[str]) -> int:
    """Try and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="such as engine or plan/decide.py; all if none are named")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to try; the next run goes on")
    parser.add_argument("--sample", type=int, help="how many mutants, the same ones each time")
    asked = parser.parse_args(words)
    todo = list(tasks(asked.parts))
    random.Random(0).shuffle(todo)  # noqa: S311 - so that a short run has looked everywhere
    todo = todo[: asked.sample]
    reasons = json.loads(REASONS.read_text("utf-8"))
    explore(todo, reasons, time.monotonic() + 60 * asked.minutes)
    return report(todo, reasons)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
