"""The wrong changes that `make mutants` makes."""

from __future__ import annotations

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
