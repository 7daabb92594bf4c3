"""`make mutants`: change the engine in one small wrong way at a time, and see whether a fast test notices.

A copy of the tree is changed (`build/mutants`), never the tree itself. What was found is kept beside the copy, so that
a run that was cut off goes on where it was; a result counts as long as the module and its tests are the same. Mutants
that no test notices are printed; those in `reasons.json` have been looked at and do no harm.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutations import Mutant, changed, mutants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"
RESULTS = WORK / "results.jsonl"
REASONS = Path(__file__).with_name("reasons.json")
PACKAGE = "src/cloudwright"

TESTS: Mapping[str, tuple[str, ...]] = {
    "engine/recovery.py": ("tests/unit/engine/test_recovery.py", "tests/scenarios/test_interrupted_sequences.py"),
    "engine/lifecycle.py": ("tests/unit/engine/test_lifecycle.py", "tests/scenarios/test_outcome_sequences.py"),
    "engine/unclaimed.py": ("tests/unit/engine/test_unclaimed.py", "tests/scenarios/test_outcome_sequences.py"),
    "engine/operations.py": ("tests/unit/engine/test_operations.py", "tests/scenarios/test_outcome_sequences.py"),
    "engine/ownership.py": ("tests/unit/engine/test_ownership.py",),
    "engine": ("tests/unit/engine", "tests/scenarios"),
    "plan/duplicates.py": ("tests/unit/plan/test_duplicates.py",),
    "plan/identity.py": (
        "tests/unit/plan/test_identity.py",
        "tests/unit/engine/test_ownership.py",
        "tests/unit/plan/test_duplicates.py",
    ),
    "plan": ("tests/unit/plan", "tests/scenarios"),
    "diff/arrays.py": (
        "tests/unit/diff/test_arrays.py",
        "tests/unit/diff/test_ownership.py",
        "tests/unit/diff/test_compare.py",
        "tests/unit/diff/test_tags.py",
    ),
    "diff/equality.py": ("tests/unit/diff/test_compare.py", "tests/unit/diff/test_known_facts.py"),
    "diff/ownership.py": ("tests/unit/diff/test_ownership.py", "tests/unit/diff/test_patch.py"),
    "diff": ("tests/unit/diff", "tests/property/test_compare_documents.py", "tests/property/test_patch_documents.py"),
    "control/verdict.py": ("tests/unit/control/test_verdict.py",),
    "state/leases": ("tests/unit/state/test_renewal.py", "tests/unit/state/sql"),
    "state": ("tests/unit/state",),
}
"""What is changed, and the fast tests that ought to notice; the first entry that a module is within counts."""

PATIENCE = 3.0
"""How many times as long as unchanged a test run may take before it counts as noticed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One mutant of one module.

    Attributes:
        name: Module and mutant, the same from run to run.
        stamp: Digest of the module and of its tests.
    """

    path: str
    mutant: Mutant
    tests: tuple[str, ...]
    stamp: str

    @property
    def name(self) -> str:
        """What results and reasons call it."""
        return f"{self.path} {self.mutant.key}"


def tasks(chosen: list[str]) -> Iterator[Task]:
    """All mutants of the chosen parts of the package, or of all parts."""
    seen: set[Path] = set()
    for part, tests in TESTS.items():
        for path in _modules(part):
            named = str(path.relative_to(ROOT / PACKAGE))
            if path not in seen and (not chosen or any(named.startswith(one) for one in chosen)):
                source = path.read_text("utf-8")
                stamp = _digest(source, *_test_texts(tests))
                yield from (Task(named, mutant, tests, stamp) for mutant in mutants(source))
            seen.add(path)


def _modules(part: str) -> list[Path]:
    """The files of a part, which is a package or a single module."""
    path = ROOT / PACKAGE / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _test_texts(tests: tuple[str, ...]) -> list[str]:
    files = [file for test in tests for file in sorted((ROOT / test).rglob("*.py")) or [ROOT / test]]
    return [file.read_text("utf-8") for file in files]


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


class Copy:
    """A copy of the tree in which one module at a time is wrong."""

    def __init__(self) -> None:
        """Make the copy anew; links would let a change through to the tree."""
        self._tree = WORK / "tree"
        shutil.rmtree(self._tree, ignore_errors=True)
        skipped = shutil.ignore_patterns("__pycache__", "*.pyi", ".hypothesis")
        for name in ("src", "tests", "tools", "examples", "docs"):
            shutil.copytree(ROOT / name, self._tree / name, ignore=skipped)
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, self._tree / name)
        self._usual: dict[tuple[str, ...], float] = {}

    def noticed(self, task: Task) -> bool:
        """Whether a test fails, or hangs, on the changed module."""
        allowed = PATIENCE * self._time(task.tests) + 10
        module = self._tree / PACKAGE / task.path
        sound = module.read_text("utf-8")
        module.write_text(changed(sound, task.mutant), "utf-8")
        try:
            return not self._passes(task.tests, allowed)
        finally:
            module.write_text(sound, "utf-8")

    def _time(self, tests: tuple[str, ...]) -> float:
        """Seconds that the tests take without a change, in which they have to pass."""
        if tests not in self._usual:
            began = time.monotonic()
            if not self._passes(tests, 3600.0):
                sys.exit(f"{' '.join(tests)} fail without any change")
            self._usual[tests] = time.monotonic() - began
        return self._usual[tests]

    def _passes(self, tests: tuple[str, ...], allowed: float) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", *tests]
        # stale bytecode would hide a change within the same second
        environment = {**os.environ, "PYTHONPATH": str(self._tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=self._tree, env=environment, capture_output=True, timeout=allowed, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def known() -> dict[str, tuple[str, bool]]:
    """What earlier runs found: by name, the stamp and whether a test noticed."""
    if not RESULTS.exists():
        return {}
    lines = map(json.loads, RESULTS.read_text("utf-8").splitlines())
    return {line["name"]: (line["stamp"], line["noticed"]) for line in lines}


def explore(todo: list[Task], ends: float) -> None:
    """Try mutants until the time is over, and write down each result at once."""
    WORK.mkdir(parents=True, exist_ok=True)
    found, tree = known(), Copy()
    for task in todo:
        if time.monotonic() > ends:
            return
        if found.get(task.name, ("",))[0] == task.stamp:
            continue
        result = {"name": task.name, "stamp": task.stamp, "noticed": tree.noticed(task)}
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")


def report(todo: list[Task]) -> int:
    """Print what nobody noticed; 1 if some of that has no reason."""
    found, reasons = known(), json.loads(REASONS.read_text("utf-8"))
    tried = [task for task in todo if found.get(task.name, ("",))[0] == task.stamp]
    survivors = [task for task in tried if not found[task.name][1]]
    open_ones = [task for task in survivors if task.name not in reasons]
    for task in open_ones:
        print(f"{PACKAGE}/{task.path}:{task.mutant.line}: {task.mutant.key}")
    print(f"{len(tried)} of {len(todo)} mutants tried: {len(tried) - len(survivors)} noticed,", end=" ")
    print(f"{len(survivors) - len(open_ones)} harmless, {len(open_ones)} to look at")
    return 1 if open_ones else 0


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
    explore(todo, time.monotonic() + 60 * asked.minutes)
    return report(todo)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
