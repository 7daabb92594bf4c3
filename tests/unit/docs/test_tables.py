"""Tables inside of pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.conformance import Rule, rules
from pages.store_cases import cases
from pages.tables import TABLES, renewed

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_as_its_command_would_write_it(name: str) -> None:
    place, make = TABLES[name]
    page = (ROOT / place).read_text("utf-8")

    assert page == renewed(page, name, make()), "run `make tables`"


def test_a_page_without_the_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 places for faults"):
        renewed("# Page", "faults", "")


def test_a_rule_is_identified_by_its_tests_name_and_docstring() -> None:
    first = '# Wire\n\nasync def test_a_b():\n    """1.3, recorded: first."""\n'
    second = '\n# Lists\n\nasync def test_c():\n    """2."""\n'

    assert list(rules(first + second)) == [
        Rule("Wire", "A b.", "recorded answer of AWS: first"),
        Rule("Lists", "C.", "documentation"),
    ]


def test_a_store_is_held_to_what_it_inherits_and_to_its_own_cases() -> None:
    suite = "class StateConformance:\n    async def test_all(self): ...\n    def helper(self): ...\n"
    heir = "class TestA(StateConformance):\n    async def test_own(self): ...\n\nasync def test_apart(): ...\n"

    assert cases(suite, {"heir": heir, "other": "def test_apart(): ...\n"}) == {
        "test_all": ["heir"],
        "test_own": ["heir"],
        "test_apart": ["heir", "other"],
    }
