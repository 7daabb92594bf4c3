"""Which documents name an identifier: as a value, or as an ARN inside a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

_ARN = "arn:"
_INDEXED = 128
"""Characters of an ARN that the index compares; the rest is compared in the text itself."""

_ENDS = re.compile(r"(?![\w-]|\.\w)")
"""What follows an ARN in a text that names exactly this one."""

H = TypeVar("H", bound="Hashable")


class Mentions(Generic[H]):
    """An index of documents by what they name, so that the cost of many questions grows with their number alone."""

    def __init__(self, documents: Iterable[tuple[H, Any]]) -> None:
        """Index documents.

        Args:
            documents: Each with the name of what holds it.
        """
        self._holders: dict[str, dict[H, None]] = {}
        for holder, document in documents:
            for text in texts(document):
                self._holders.setdefault(text, {})[holder] = None

    def of(self, identifier: str) -> Iterable[H]:
        """The holders of the documents that name an identifier, each once.

        Args:
            identifier: As AWS returned it.
        """
        if not identifier.startswith(_ARN):
            return self._holders.get(identifier, ())
        named = (text for text in self._alike(identifier) if mentions(text, identifier))
        return dict.fromkeys(holder for text in named for holder in self._holders[text])

    def _alike(self, arn: str) -> Iterator[str]:
        """The texts with an ARN that begins as this one does."""
        start = arn[:_INDEXED]
        for place in range(bisect_left(self._arns, (start,)), len(self._arns)):
            found, text = self._arns[place]
            if not found.startswith(start):
                return
            yield text

    @cached_property
    def _arns(self) -> list[tuple[str, str]]:
        """The beginning of every ARN in a text, with the text; sorted."""
        return sorted(
            (text[found.start() : found.start() + _INDEXED], text)
            for text in self._holders
            if _ARN in text
            for found in re.finditer(_ARN, text)
        )


def names(document: Any, identifier: str) -> bool:
    """Whether a document holds an identifier: as a value, or an ARN inside a text.

    Args:
        document: Properties, or any part of them.
        identifier: As AWS returned it.
    """
    if identifier.startswith(_ARN):
        return any(mentions(text, identifier) for text in texts(document))
    return identifier in texts(document)


def mentions(text: str, arn: str) -> bool:
    """Whether a text holds exactly this ARN: `name10` does not name `name1`."""
    start = text.find(arn)
    while start >= 0:
        if _ENDS.match(text, start + len(arn)):
            return True
        start = text.find(arn, start + 1)
    return False


def texts(document: Any) -> Iterator[str]:
    """Every text that is a value in a document.

    Args:
        document: Properties, or any part of them.
    """
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)
