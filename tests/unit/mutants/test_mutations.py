"""The wrong changes that `make mutants` makes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from mutants.mutations import changed, mutants


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("x = a == b", ["x = a != b"]),
        ("x = a < b <= c", ["x = a <= b <= c", "x = a < b < c"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a and b", ["x = a or b"]),
        ("x = True", ["x = False"]),
        ("x = 5", ["x = 6"]),
        ("if not a:\n    b()", ["if a:\n    b()"]),
        ("if a:\n    b()", ["if not a:\n    b()"]),
        ("x = 'text'", []),
        ("@dataclass(slots=True)\nclass A:\n    x = 1", ["@dataclass(slots=True)\nclass A:\n    x = 2"]),
        ("if TYPE_CHECKING:\n    x = 1", []),
    ],
)
def test_one_thing_is_changed_at_a_time(source: str, wrong: list[str]) -> None:
    assert [changed(source, mutant).rstrip() for mutant in mutants(source)] == wrong


def test_a_key_stays_when_lines_move_and_is_given_once() -> None:
    source = "def f(a):\n    if a == 1:\n        return True\n    return a == 1"
    keys = [mutant.key for mutant in mutants(source)]

    assert len(keys) == len(set(keys))
    assert keys == [mutant.key for mutant in mutants(f"# a comment\n\n{source}")]
    assert "f: a == 1 => a != 1 #2" in keys


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module behind `make mutants`, which imports its neighbour as a script does."""
    folder = Path(__file__).parents[3] / "tools" / "mutants"
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module("run")


def test_a_module_with_tests_of_its_own_is_changed_once(command: Any) -> None:
    tasks = [task for task in command.tasks(["engine"]) if task.path == "engine/recovery.py"]

    assert tasks
    assert len({task.name for task in tasks}) == len(tasks)
    assert {task.tests for task in tasks} == {command.TESTS["engine/recovery.py"]}


def test_every_part_names_modules_and_tests_that_exist(command: Any) -> None:
    places = [command.ROOT / command.PACKAGE / part for part in command.TESTS]
    places += [command.ROOT / test for tests in command.TESTS.values() for test in tests]

    assert [place for place in places if not place.exists()] == []
