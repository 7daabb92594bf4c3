"""Escapes text from a program or from AWS for terminals and for markup."""

from __future__ import annotations

import html

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """A text in printable ASCII: everything else is escaped, so that no control sequence reaches a terminal."""
    return "".join(char if " " <= char <= "~" else char.encode("unicode_escape").decode() for char in text)


def markup(text: str) -> str:
    """A text for XML and HTML, in elements and in quoted attributes; characters that XML forbids are replaced."""
    clean = "".join(char if char.isprintable() or char in "\n\t" else _REPLACEMENT for char in text)
    return html.escape(clean, quote=True)
