"""Strings that match a regular expression, for read-only values whose schema has only a pattern."""

from __future__ import annotations

import contextlib
import re
import string
import warnings
from typing import TYPE_CHECKING, Any

from cloudwright.local.model.validation import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

_ATTEMPTS = 24
_PLAIN = string.ascii_lowercase + string.digits
_ALL = [chr(code) for code in range(32, 127)]
_ROOMY = 8
"""The most characters of an open-ended repetition."""


def generate(pattern: str, random: Random, *, shortest: int = 0, longest: int = 1024, roomy: int = 0) -> str | None:
    """A string that matches a pattern.

    Args:
        pattern: An ECMA-262 expression.
        random: Makes the choices.
        shortest: The minimum length.
        longest: The maximum length.
        roomy: Number of characters of each open-ended repetition, if pattern and length allow it: the last part of
            an ARN distinguishes two of them, and a single character would soon repeat.

    Returns:
        A verified string, or `None` if none was found.
    """
    tree = _parse(pattern)
    if tree is None:
        return None
    for generosity in (*range(roomy, 0, -1), *_growing(shortest)):
        text = _PatternSampler(random, generosity, varied=roomy > 0).sequence(tree)
        if shortest <= len(text) <= longest and matches(pattern, text):
            return text
    return None


def _growing(shortest: int) -> Iterator[int]:
    step = max(1, shortest // _ATTEMPTS + 1)
    return (attempt * step % max(_ROOMY, shortest + 1) for attempt in range(_ATTEMPTS))


def _parse(pattern: str) -> Any:
    parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001 - no other parser of this syntax
    with contextlib.suppress(re.error, OverflowError, RecursionError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parser.parse(pattern)
    return None


class _PatternSampler:
    """Walks a parsed expression and writes a string."""

    def __init__(self, random: Random, generosity: int, *, varied: bool) -> None:
        self._random = random
        self._varied = varied
        self._generosity = generosity
        self._groups: dict[int, str] = {}

    def sequence(self, tree: Any) -> str:
        return "".join(self._part(str(kind), argument) for kind, argument in tree)

    def _part(self, kind: str, argument: Any) -> str:
        make = self._makers().get(kind)
        return make(argument) if make else ""

    def _makers(self) -> dict[str, Callable[[Any], str]]:
        return {
            "LITERAL": chr,
            "NOT_LITERAL": lambda code: self._choose([char for char in _ALL if ord(char) != code]),
            "ANY": lambda _: self._choose(list(_PLAIN)),
            "IN": self._class,
            "BRANCH": self._branch,
            "SUBPATTERN": self._group,
            "ATOMIC_GROUP": self.sequence,
            "MAX_REPEAT": self._repeat,
            "MIN_REPEAT": self._repeat,
            "POSSESSIVE_REPEAT": self._repeat,
            "GROUPREF": lambda number: self._groups.get(number, ""),
        }

    def _branch(self, argument: Any) -> str:
        branches = list(argument[1])
        open_ones = [one for one in branches if any(str(kind) != "LITERAL" for kind, _ in one)]
        return self.sequence(self._random.choice(open_ones if self._varied and open_ones else branches))

    def _group(self, argument: Any) -> str:
        number, *_, tree = argument
        text = self.sequence(tree)
        if number is not None:
            self._groups[number] = text
        return text

    def _repeat(self, argument: Any) -> str:
        least, most, tree = argument
        # Real values are not empty, even if the pattern allows it.
        count = min(int(most), max(int(least), 1, self._generosity))
        return "".join(self.sequence(tree) for _ in range(count))

    def _class(self, members: Any) -> str:
        negated = bool(members) and str(members[0][0]) == "NEGATE"
        fitting = [char for char in _ALL if any(_holds(member, char) for member in members) is not negated]
        return self._choose(fitting or [chr(_first(members))])

    def _choose(self, characters: list[str]) -> str:
        plain = [char for char in characters if char in _PLAIN]
        return self._random.choice(plain or characters)


def _holds(member: Any, char: str) -> bool:
    kind, argument = str(member[0]), member[1]
    if kind == "LITERAL":
        return bool(ord(char) == argument)
    if kind == "RANGE":
        return bool(argument[0] <= ord(char) <= argument[1])
    if kind == "CATEGORY":
        return _in_category(str(argument), char)
    return False


def _in_category(category: str, char: str) -> bool:
    name = category.removeprefix("CATEGORY_").removeprefix("NOT_")
    inside = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}.get(name, False)
    return bool(inside) != category.startswith("CATEGORY_NOT_")


def _first(members: Any) -> int:
    for kind, argument in members:
        if str(kind) == "LITERAL":
            return int(argument)
        if str(kind) == "RANGE":
            return int(argument[0])
    return ord("a")
