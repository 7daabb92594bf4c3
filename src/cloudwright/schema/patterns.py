r"""ECMA-262 regular expressions, as resource schemas write them, on Python's engines.

`re` compiles most of them after a small translation. The rest (`\p{L}` and the like) is compiled by the `regex`
package, which is imported only then. What neither compiles, and what is too long to be matched safely, is not checked:
a pattern must never fail a plan by itself (CC102).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_INPUT = 16_384
"""Characters; a longer text is not matched, since backtracking grows with it."""

_SYMBOL = re.compile(r"\\u\{[0-9A-Fa-f]+\}|\\.|.", re.DOTALL)
_OUTSIDE = {
    "$": r"\Z",
    r"\z": r"\Z",
    r"\d": "[0-9]",
    r"\D": "[^0-9]",
    r"\w": "[A-Za-z0-9_]",
    r"\W": "[^A-Za-z0-9_]",
}
_INSIDE = {r"\d": "0-9", r"\w": "A-Za-z0-9_", "[": r"\[", "&": r"\&", "~": r"\~", "|": r"\|"}
_START = "start of a class"
_BEFORE_A_HYPHEN = frozenset({_START, "-", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"})
"""After these a hyphen is literal: the start of a class, a range's own hyphen, a class in the class."""


def matches(pattern: str, text: str) -> bool | None:
    """Whether a pattern is found in a text, by ECMA-262's rules (unanchored).

    Args:
        pattern: As in the schema.
        text: Any string.

    Returns:
        `None` if it can't be checked: no engine compiles the pattern, or the text is longer than `LONGEST_INPUT`.
    """
    search = compiled(pattern)
    if search is None or len(text) > LONGEST_INPUT:
        return None
    return search(text) is not None


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> Callable[[str], object] | None:
    """The search function of a pattern.

    Args:
        pattern: As in the schema.

    Returns:
        A function that returns `None` if the pattern is not found; `None` itself if no engine compiles it.
    """
    translated = translate(pattern)
    try:
        return re.compile(translated).search
    except (re.error, OverflowError, RecursionError):
        return _with_regex(translated)


def _with_regex(translated: str) -> Callable[[str], object] | None:
    import regex

    try:
        return regex.compile(translated, regex.VERSION0).search
    except (regex.error, OverflowError, RecursionError, ValueError, KeyError):
        return None


def translate(pattern: str) -> str:
    r"""A pattern with ECMA-262's meaning, in Python's spelling.

    `$` means the very end (Python's also matches before a final newline), `\d` and `\w` mean ASCII, and characters that
    Python gives a meaning inside a class (`[`, `&`, `~`, `|`, a hyphen after `\w`) are taken literally.

    Args:
        pattern: As in the schema.
    """
    return "".join(_translated(pattern))


def _translated(pattern: str) -> Iterator[str]:
    before = ""
    for symbol in _SYMBOL.findall(pattern):
        if not before:
            before = _START if symbol == "[" else ""
            yield _OUTSIDE.get(symbol, symbol)
        elif symbol == "]":
            before = ""
            yield symbol
        else:
            literal = symbol == "-" and before in _BEFORE_A_HYPHEN
            written = r"\-" if literal else _INSIDE.get(symbol, symbol)
            yield written
            before = before if symbol == "^" else symbol if symbol in _BEFORE_A_HYPHEN and not literal else written
