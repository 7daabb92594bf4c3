"""Answers of lookups that a test sets in place of a service's or a function's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class LookupFixtures:
    """Answers by lookup and arguments."""

    def __init__(self) -> None:
        """Start without answers."""
        self._given: list[tuple[str, dict[str, Any], Any]] = []

    def add(self, lookup: str, arguments: Mapping[str, Any], answer: Any) -> None:
        """Set an answer.

        Args:
            lookup: The lookup's name.
            arguments: The arguments that must be equal.
            answer: Overrides all earlier ones.
        """
        self._given.insert(0, (lookup, dict(arguments), answer))

    def clear(self) -> None:
        """Remove all answers."""
        self._given.clear()

    def find(self, kind: str, arguments: Mapping[str, Any]) -> list[Any]:
        """The answer to a question, in a list; an empty list if no test set one.

        Args:
            kind: The lookup's name; for a function decorated with `@lookup`, prefixed with its module.
            arguments: The arguments of the lookup.
        """
        name = kind.rpartition(".")[2]
        fits = (
            answer
            for lookup, wanted, answer in self._given
            if lookup == name and all(arguments.get(one) == value for one, value in wanted.items())
        )
        return [answer for answer, _ in zip(fits, range(1), strict=False)]
