"""The wrong changes that `make mutants` makes."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from mutants.meaning import meaning
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
        ("x = zip(a, b, strict=True)", []),
        ("@dataclass(slots=True)\nclass A:\n    x = 1", ["@dataclass(slots=True)\nclass A:\n    x = 2"]),
        ("if TYPE_CHECKING:\n    x = 1", []),
    ],
)
def test_one_thing_is_changed_at_a_time(source: str, wrong: list[str]) -> None:
    assert [ast.unparse(changed(source, mutant)) for mutant in mutants(source)] == wrong


def test_a_key_stays_when_lines_move_and_is_given_once() -> None:
    source = "def f(a):\n    if a == 1:\n        return True\n    return a == 1"
    keys = [mutant.key for mutant in mutants(source)]

    assert len(keys) == len(set(keys))
    assert keys == [mutant.key for mutant in mutants(f"# a comment\n\n{source}")]
    assert "f: a == 1 => a != 1 #2" in keys


def test_comments_docstrings_and_imports_have_no_meaning() -> None:
    plain = "def f():\n    return 1"
    dressed = '"""Text."""\nimport a\nif TYPE_CHECKING:\n    import d\ndef f():\n    """Text."""\n    return 1  # one'

    assert meaning(plain) == meaning(dressed)
    assert meaning(plain) != meaning("def f():\n    return 2")


def test_what_a_test_means_does_not_depend_on_other_tests() -> None:
    shared, one, other = "LIMIT = 1", "def test_one():\n    assert LIMIT", "def test_other():\n    pass"

    assert meaning(f"{shared}\n{one}\n{other}", "test_one") == meaning(f"{shared}\n{one}", "test_one")
    assert meaning(f"LIMIT = 2\n{one}", "test_one") != meaning(f"{shared}\n{one}", "test_one")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module behind `make mutants`, which imports its neighbour as a script does."""
    folder = Path(__file__).parents[3] / "tools" / "mutants"
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module("run")


def test_a_module_with_tests_of_its_own_is_changed_once(command: Any) -> None:
    tasks = list(command.tasks(["engine/recovery.py"]))

    assert tasks
    assert {task.path for task in tasks} == {"engine/recovery.py"}
    assert len({task.name for task in tasks}) == len(tasks)


def test_every_part_names_modules_and_tests_that_exist(command: Any) -> None:
    places = [command.ROOT / command.PACKAGE / part for part in command.TESTS]
    places += [command.ROOT / test for tests in command.TESTS.values() for test in tests]

    assert [place for place in places if not place.exists()] == []


SOUND = """
def limit():
    return 5

LIMIT = limit()

class Settings:
    retries = 3

def over(count):
    return count > LIMIT

def twice(values):
    return [value if value == 1 else value + value for value in values]

def waits(count):
    while count < 3:
        count = count + 1
    return count

def unused(count):
    return count == 1
"""

ITS_TESTS = """
from part import Settings, over, twice

def test_settings():
    assert Settings.retries == 3

def test_over():
    assert [over(5), over(6)] == [False, True]

def test_twice():
    assert twice([1, 4]) == [1, 8]
"""

OTHER_TESTS = """
from part import waits

def test_waits():
    assert waits(5) == 5
"""


def test_each_mutant_meets_the_tests_that_reach_it_and_results_are_kept_until_something_changes(tmp_path: Path) -> None:
    """Of a module and tests of our own, in a process of its own: what no test notices is printed, each time."""
    part = tmp_path / "src" / "cloudwright" / "part.py"
    its_tests = tmp_path / "tests" / "unit" / "test_part.py"
    other_tests = tmp_path / "tests" / "test_other.py"
    for file, text in (
        (part, SOUND),
        (its_tests, f"import sys\nsys.path.insert(0, {str(part.parent)!r})\n{ITS_TESTS}"),
        (other_tests, OTHER_TESTS),
        # pytest rewrites the assertions of a package that has a plugin, and loads its modules in its own way.
        (other_tests.with_name("conftest.py"), "import pytest\npytest.register_assert_rewrite('part')"),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    script = dedent(f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[3] / "tools" / "mutants")!r})
        import run
        from pathlib import Path
        run.ROOT, run.WORK = Path({str(tmp_path)!r}), Path({str(tmp_path)!r})
        run.RESULTS, run.TESTS = run.WORK / "results.jsonl", {{"": ("tests/unit", "tests/test_other.py")}}
        sys.exit(run.main(sys.argv[1:]))
    """)

    def reported(*words: str) -> list[str]:
        command = [sys.executable, "-c", script, *words]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
        assert ended.stdout, ended.stderr
        assert ended.returncode == (", 0 to look at" not in ended.stdout.splitlines()[-1])
        return ended.stdout.splitlines()

    first = reported()

    survivors = [line.partition(": ")[2] for line in first if line.startswith("src/cloudwright/part.py:")]
    assert sorted(survivors) == [
        "unused: 1 => 2 #1",
        "unused: count == 1 => count != 1 #1",
        "waits: 1 => 2 #1",
        "waits: 3 => 4 #1",
        "waits: count < 3 => count <= 3 #1",
    ]
    assert first[-1] == "in all: 5 noticed, 0 harmless, 5 to look at, 0 not tried"
    assert reported("--minutes", "0") == first
    part.write_text(f'"""A comment."""\n{SOUND}', "utf-8")
    its_tests.write_text(f"{its_tests.read_text('utf-8')}\n# a comment\n", "utf-8")
    assert reported("--minutes", "0")[-1] == first[-1]
    its_tests.write_text(f"{its_tests.read_text('utf-8')}\ndef test_more():\n    pass\n", "utf-8")
    assert reported("--minutes", "0")[-1] == "in all: 5 noticed, 0 harmless, 0 to look at, 5 not tried"
    its_tests.write_text(its_tests.read_text("utf-8").replace("twice([1, 4])", "twice([1, 2 + 2])"), "utf-8")
    assert reported("--minutes", "0")[-1] == "in all: 3 noticed, 0 harmless, 0 to look at, 7 not tried"
