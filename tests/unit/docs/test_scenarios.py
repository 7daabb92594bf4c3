"""The catalogue of scenarios and its tests belong together."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NUMBERS = {f"s{number}" for number in range(1, 35)}


def numbers_of_tests() -> set[str]:
    texts = (file.read_text("utf-8") for file in (ROOT / "tests" / "scenarios").glob("test_*.py"))
    names = re.findall(r"def (test_s\d+_\w+)", "\n".join(texts))
    return {number for name in names for number in re.findall(r"(?<=_)s\d+(?=_)", name)}


def described() -> list[str]:
    page = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    return [number.lower() for number in re.findall(r"^\| (S\d+) \|", page, flags=re.MULTILINE)]


def test_every_scenario_has_a_test() -> None:
    assert NUMBERS == numbers_of_tests()


def test_every_scenario_is_described_once() -> None:
    assert sorted(NUMBERS) == sorted(described())
