"""The catalogue of pitfalls and its tests belong together."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NUMBERS = set(range(1, 107))


def rows() -> dict[int, str]:
    page = (ROOT / "docs" / "pitfalls.md").read_text("utf-8")
    found = re.findall(r"^\| CC(\d+) \|.+\| ([^|]+) \|$", page, flags=re.MULTILINE)
    assert len({number for number, _ in found}) == len(found), "a number stands twice"
    return {int(number): status for number, status in found}


def numbers_of_tests() -> set[int]:
    names = set(re.findall(r"def test_(\w+)", sources("tests")))
    cases = set(re.findall(r"\"(cc\d+)\"[:,\]]", sources("tests/catalogue"), flags=re.IGNORECASE))
    return {int(number) for name in names | cases for number in re.findall(r"(?<![a-z])cc(\d+)", name.lower())}


def sources(folder: str) -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted((ROOT / folder).rglob("test_*.py")))


def test_every_pitfall_has_one_row() -> None:
    assert set(rows()) == NUMBERS


def test_every_pitfall_that_is_said_to_be_tested_is() -> None:
    assert {number for number, status in rows().items() if "tested" in status} <= numbers_of_tests()
