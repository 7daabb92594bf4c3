"""Commands and options that the prose of a page names exist; those in blocks are run or parsed by `test_blocks`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import click
import pytest

from cloudwright.cli.root import root
from pages_kit import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]

_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


@cache
def commands() -> dict[tuple[str, ...], set[str]]:
    """The options of each command and subcommand; those of a group include its plain form's."""
    found: dict[tuple[str, ...], set[str]] = {}
    waiting: list[tuple[tuple[str, ...], click.Command]] = [((), root)]
    while waiting:
        words, here = waiting.pop()
        context = click.Context(here)
        found[words] = {name for parameter in here.get_params(context) for name in parameter.opts} | {"--help"}
        if isinstance(here, click.Group):
            names = here.list_commands(context)
            waiting += [((*words, name), one) for name in names if (one := here.get_command(context, name))]
    found["images",] |= found["images", "show"]
    return found


def wrong(code: str) -> Iterator[str]:
    """What a piece of code in the prose names, and no command has."""
    words = code.removeprefix("cloudwright ").split()
    named = max((path for path in commands() if words[: len(path)] == list(path)), key=len)
    if code.startswith("cloudwright ") and not named and words[0].isalpha() and words[0].islower():
        yield words[0]
    if named or words[0].startswith("--"):
        known = commands()[named] if named else set().union(*commands().values())
        yield from set(_OPTION.findall(code)) - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_in_the_prose_exists(page: Path) -> None:
    text = _FENCED.sub("", page.read_text("utf-8"))

    assert [(code, name) for code in _CODE.findall(text) for name in wrong(code)] == []


@pytest.mark.parametrize("code", ["plan --refrsh", "cloudwright depoly", "--no-such-option", "state mv --force"])
def test_a_name_that_does_not_exist_is_found(code: str) -> None:
    assert list(wrong(code))
