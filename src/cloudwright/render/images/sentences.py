"""Sentences with commands in them, broken into lines between words and never inside of a command."""

from __future__ import annotations

import re

from cloudwright.render.terminal.escaping import wrapped

_COMMAND = re.compile(r"`[^`]*`")
_BLANK = "\u2420"
"""Replaces a space inside a command while lines are wrapped; no text of cloudwright or AWS contains it."""


def sentence(text: str, indent: str, width: int, first: str | None = None) -> list[str]:
    """Break a text into lines; a command in backticks stays in one, so that it can be copied and completed.

    Args:
        text: Any text; made printable.
        indent: Written before every line.
        width: Columns, the indent included.
        first: What begins the first line in place of the indent; printable.
    """
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", _BLANK), text)
    return [line.replace(_BLANK, " ") for line in wrapped(kept, indent, width, first)]
