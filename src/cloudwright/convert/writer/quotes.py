"""Texts as Python literals."""

from __future__ import annotations


def literal(value: str, quote: str = "") -> str:
    """A text as a Python literal.

    Args:
        value: Any text; characters that are not printable are escaped.
        quote: The quotes to use; empty for those that need the fewest escapes, as formatters choose them.
    """
    chosen = quote or fewest_escapes(value)
    return f"{chosen}{body(value, chosen)}{chosen}"


def fewest_escapes(value: str) -> str:
    """The quotes in which a text needs the fewest escapes; `"` if it does not matter."""
    return "'" if value.count('"') > value.count("'") else '"'


def body(value: str, quote: str) -> str:
    """A text between quotes, without them."""
    return "".join(f"\\{letter}" if letter == quote else _letter(letter) for letter in value)


def _letter(letter: str) -> str:
    if letter == "\\":
        return "\\\\"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
