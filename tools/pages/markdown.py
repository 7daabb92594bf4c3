"""Markdown that is made by programs: cells, tables, code."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NOTE = "<!-- Made by tools/pages/build.py from the code: don't edit it. -->"
"""The first line of every made page."""


def plain(text: str) -> str:
    """A text that Markdown shows as it is, in a table too.

    Args:
        text: Any text; blanks of every kind become one.
    """
    shown = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"&#{ord(char)};" if char in "|*_`[]{}\\~" else char for char in shown)


def code(text: str) -> str:
    """A text as code, in a table too.

    Args:
        text: Any text.
    """
    return f"<code>{plain(text)}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, or nothing where it would be empty.

    Args:
        head: The columns' names.
        rows: Cells that are Markdown already.
    """
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from lines
        yield ""


def fenced(text: str, language: str) -> Iterator[str]:
    """A block of code.

    Args:
        text: What stands in it.
        language: For the colours.
    """
    yield from (f"```{language}", text.rstrip("\n"), "```", "")


def page(title: str, lines: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: Its heading.
        lines: What follows.
    """
    return "\n".join([NOTE, "", f"# {title}", "", *lines]).rstrip("\n") + "\n"
