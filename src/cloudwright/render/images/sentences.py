"""Sentences with commands in them, broken into lines between words and never inside a command."""

from __future__ import annotations

import re

from cloudwright.render.terminal.escaping import wrapped

_COMMAND = re.compile(r"`[^`]*`")
_BLANK = "\u2420"
"""Replaces a space inside a command while lines are wrapped; no text of cloudwright or AWS contains it."""


def sentence(text: str, indent: str, width: int, first: str | None = None) -> list[str]:
    """Break a text into lines; a command in backticks stays on one line, so that it can be copied.

    Args:
        text: Any text; made printable.
        indent: Written before every line.
        width: Columns, the indent included.
        first: Replaces the indent of the first line; printable.
    """
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", _BLANK), text)
    return [line.replace(_BLANK, " ") for line in wrapped(kept, indent, width, first)]
