"""Answers of lookups that a test gives in place of a service's or a function's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class LookupFixtures:
    """Answers by lookup and arguments."""

    def __init__(self) -> None:
        """Hold none."""
        self._given: list[tuple[str, dict[str, Any], Any]] = []

    def add(self, lookup: str, arguments: Mapping[str, Any], answer: Any) -> None:
        """Give an answer.

        Args:
            lookup: The lookup's name.
            arguments: Those that must be equal.
            answer: Goes before all that were given earlier.
        """
        self._given.insert(0, (lookup, dict(arguments), answer))

    def clear(self) -> None:
        """Take all answers back."""
        self._given.clear()

    def find(self, kind: str, arguments: Mapping[str, Any]) -> list[Any]:
        """The answer to a question, in a list; an empty list if no test gave one.

        Args:
            kind: The lookup's name; of a function decorated with `@lookup`, with its module before it.
            arguments: What the program asks for.
        """
        name = kind.rpartition(".")[2]
        fits = (
            answer
            for lookup, wanted, answer in self._given
            if lookup == name and all(arguments.get(one) == value for one, value in wanted.items())
        )
        return [answer for answer, _ in zip(fits, range(1), strict=False)]
