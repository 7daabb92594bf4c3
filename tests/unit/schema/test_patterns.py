from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.schema import patterns

REVERSED_SURROGATES = r"^[ -퟿-�\uD800\uDC00-\uDBFF\uDFFF\t]*$".replace(" ", r"\u0020").replace("퟿", r"\uD7FF")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        (r"^a\$$", "a$", True),
        ("^[$]$", "$", True),
        ("^(a$|b$)", "b\n", False),
        (r"^\d+$", "123", True),
        (r"^\d+$", "٣", False),
        (r"^\w+$", "é", False),
        (r"^[\w-.]+$", "a-b.c", True),
        (r"^[\s-_]+$", "_ -", True),
        (r"^[a[b]+$", "a[b", True),
        (r"^[a&&b|~]+$", "a&|~b", True),
        (r"^\p{L}+$", "Größe", True),
        (r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", "Ünïcode tag", True),
        (r"^[\P{C}]*$", "a\u0000", False),
        (r"^(?s).+$", "a\nb", True),
        (r"^\u0041$", "A", True),
        (r"^arn:aws\/x$", "arn:aws/x", True),
        ("b", "abc", True),
        ("", "anything", True),
    ],
)
def test_a_pattern_means_what_ecma_262_says(pattern: str, text: str, *, expected: bool) -> None:
    assert expected is patterns.matches(pattern, text)


def test_a_pattern_that_no_engine_compiles_is_not_checked() -> None:
    assert patterns.compiled(REVERSED_SURROGATES) is None
    assert patterns.matches(REVERSED_SURROGATES, "text") is None


def test_a_very_long_text_is_not_matched() -> None:
    assert patterns.matches("^a*$", "a" * patterns.LONGEST_INPUT) is True
    assert patterns.matches("^a*$", "a" * (patterns.LONGEST_INPUT + 1)) is None


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("^[--/]$", "-./", ",0"),
        ("^[+--]$", "+,-", "*."),
        ("^[^-a]$", "b", "-a"),
        ("^[a^-z]$", "^_z", "-]"),
        ("^[[-z]$", "[a", "-A"),
        (r"^[\w-]$", "a-", "."),
        (r"^[\w--]$", "a-", "."),
    ],
)
def test_hyphens_in_a_class_keep_their_meaning(pattern: str, inside: str, outside: str) -> None:
    assert all(patterns.matches(pattern, character) for character in inside)
    assert not any(patterns.matches(pattern, character) for character in outside)


def test_all_but_two_patterns_of_the_bundled_schemas_compile() -> None:
    found: set[str] = set()
    for name in CATALOG.names():
        collect(CATALOG.get(name).schema, found)

    assert len(found) > 2500
    assert len([text for text in found if patterns.compiled(text) is None]) <= 2


def collect(node: Any, found: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            collect(item, found)
    elif isinstance(node, dict):
        found.update(node.get("patternProperties", ()))
        if isinstance(node.get("pattern"), str):
            found.add(node["pattern"])
        for child in node.values():
            collect(child, found)


def test_the_regex_package_is_imported_only_for_patterns_that_need_it() -> None:
    program = (
        "import sys; from cloudwright.schema import patterns; patterns.matches('^a$', 'a'); "
        "assert 'regex' not in sys.modules; patterns.matches(r'^\\p{L}$', 'a'); assert 'regex' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
