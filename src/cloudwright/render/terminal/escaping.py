"""Makes text from outside (values, AWS's messages, names) harmless for a terminal, and measures it in cells."""

from __future__ import annotations

import re
import textwrap
import unicodedata

ELLIPSIS = "..."

_CODE = re.compile(r"(\x1b\[[0-9;]*m)")
"""What `TerminalStyle.paint` writes around a text."""


def visible(text: str) -> str:
    r"""Write unprintable characters as escapes, so that no text can control a terminal.

    Args:
        text: Any text, lone surrogates and line breaks included (a line break becomes `\n`).
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def visible_lines(text: str) -> list[str]:
    """The same for a message of several lines; its line breaks are kept."""
    return [visible(line.expandtabs(4)) for line in text.splitlines()] or [""]


def cells(text: str) -> int:
    """Number of terminal columns that a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(_cell(c) for c in text)


def _cell(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1


def clip(text: str, width: int) -> str:
    """Cut a printable text to a number of columns, with dots in place of the rest.

    Args:
        text: One line.
        width: Columns; at least 4 are used.
    """
    width = max(width, len(ELLIPSIS) + 1)
    if cells(text) <= width:
        return text
    space, kept = width - len(ELLIPSIS), 0
    for position, c in enumerate(text):
        kept += _cell(c)
        if kept > space:
            return text[:position] + ELLIPSIS
    return text


def crop(row: str, columns: int) -> str:
    """Cut a painted row to a number of columns; its colours take none, and end as they would.

    Args:
        row: One line, as `TerminalStyle.paint` makes it.
        columns: How many it may take.
    """
    left, parts = columns, []
    for number, part in enumerate(_CODE.split(row)):
        is_code = number % 2 == 1
        kept = part if is_code else _beginning(part, left)
        left -= 0 if is_code else cells(kept)
        # No narrower character may slip in behind a wide one that did not fit.
        left = left if len(kept) == len(part) else 0
        parts.append(kept)
    return "".join(parts)


def _beginning(text: str, columns: int) -> str:
    """The longest beginning of a printable text that fits."""
    if cells(text) <= columns:
        return text
    kept = 0
    for position, c in enumerate(text):
        kept += _cell(c)
        if kept > columns:
            return text[:position]
    return text


def wrapped(text: str, indent: str, width: int, first: str | None = None) -> list[str]:
    """Break a text into lines between words.

    Args:
        text: Any text; made printable.
        indent: Written before every line.
        width: Columns, the indent included; a longer word gets its own line.
        first: Replaces the indent of the first line; printable.
    """
    start = indent if first is None else first
    lines = textwrap.wrap(
        visible(text),
        max(width, len(indent) + 20, len(start) + 20),
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [start.rstrip() if first else indent]


def pad(text: str, width: int) -> str:
    """Fill a printable text with blanks up to a number of columns."""
    return text + " " * max(0, width - cells(text))
