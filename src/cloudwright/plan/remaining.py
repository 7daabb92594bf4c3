"""What remains after a plan, indexed by identifier, so that the cost of many removals grows with their number alone."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.identity import identifier_place, physical
from cloudwright.schema.pointer import get, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.identity import Identity
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.model import Record

_ARN = "arn:"


@dataclass(frozen=True)
class Remaining:
    """What remains after the plan, as far as deletes depend on it.

    Attributes:
        records: Records that are kept.
        documents: By key, the values that each will have; see `uses`.
        context: The state, for the identities of its records.
    """

    records: tuple[Record, ...]
    documents: Mapping[str, Any]
    context: PlanContext

    def naming(self, record: Record) -> str:
        """The key of a kept resource whose properties name this one; empty if none does."""
        return next((key for key in self._holders(record.identifier) if key != record.key), "")

    def _holders(self, identifier: str) -> Iterable[str]:
        if not identifier.startswith(_ARN):
            return self._by_text.get(identifier, ())
        if identifier not in self._all_arns:
            return ()
        return (key for key, text in self._arns if mentions(text, identifier))

    def twin(self, record: Record) -> str:
        """The key of a kept record of the same physical resource; empty if there is none."""
        same = (other for name in self._names(record) for other in self._by_name.get(name, ()))
        return next((other.key for other in same if other.id != record.id), "")

    def look_alike(self, record: Record) -> Record | None:
        """A kept record with a look-alike identifier, which may or may not mean the same resource."""
        alike = self._by_canonical.get(look_alike_key(record, self.context.catalog), ())
        return next((other for other in alike if other.id != record.id), None)

    def keeps(self, key: str) -> bool:
        """Whether anything of this key remains."""
        return key in self._keys or key in self.documents

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(record.key for record in self.records)

    @cached_property
    def _by_text(self) -> dict[str, list[str]]:
        """Every text of the documents -> the keys of those that hold it."""
        found: dict[str, list[str]] = {}
        for key, document in self.documents.items():
            for text in _texts(document):
                found.setdefault(text, []).append(key)
        return found

    @cached_property
    def _arns(self) -> tuple[tuple[str, str], ...]:
        """Keys with their texts that hold an ARN."""
        return tuple((key, text) for text, keys in self._by_text.items() if _ARN in text for key in keys)

    @cached_property
    def _all_arns(self) -> str:
        """These texts as one: most of what is removed is in none of them, and one search shows that."""
        return "\n".join(text for _, text in self._arns)

    @cached_property
    def _by_name(self) -> dict[tuple[str, Identity], list[Record]]:
        found: dict[tuple[str, Identity], list[Record]] = {}
        for record in self.records:
            for name in self._names(record):
                found.setdefault(name, []).append(record)
        return found

    def _names(self, record: Record) -> Iterator[tuple[str, Identity]]:
        """What only one physical resource has: its identifier, and the properties that decide which one it is."""
        yield "identifier", physical(record.type, record.target, record.identifier)
        identity = self.context.identities.get(record.id)
        if identity is not None:
            yield "identity", identity

    @cached_property
    def _by_canonical(self) -> dict[tuple[str, tuple[str, str, str], str], list[Record]]:
        found: dict[tuple[str, tuple[str, str, str], str], list[Record]] = {}
        for record in self.records:
            found.setdefault(look_alike_key(record, self.context.catalog), []).append(record)
        return found


def look_alike_key(record: Record, catalog: Catalog) -> tuple[str, tuple[str, str, str], str]:
    """Type, place and identifier but for case and punctuation: equal for records that may be one resource.

    Args:
        record: Any record.
        catalog: Knows which spellings of an identifier are one.
    """
    canonical = catalog.override(record.type).canonical
    place = identifier_place(record.type, record.target, record.identifier)
    return record.type, place, canonical(record.identifier)


def uses(declared: Any, record: Record | None, ignored: Iterable[str]) -> list[Any]:
    """All values of a resource that may name another one: declared ones, and those kept because they are ignored.

    Args:
        declared: Its properties.
        record: Its record; `None` before it is created.
        ignored: Pointers whose changes are not sent.
    """
    kept = [get(record.observed, parse(pointer), None) for pointer in ignored] if record is not None else []
    return [declared, *kept]


def names(document: Any, identifier: str) -> bool:
    """Whether a document holds an identifier: as a value, or an ARN inside a text.

    Args:
        document: Properties, or any part of them.
        identifier: As AWS returned it.
    """
    texts = _texts(document)
    if identifier.startswith(_ARN):
        return any(mentions(text, identifier) for text in texts)
    return identifier in texts


def mentions(text: str, arn: str) -> bool:
    """Whether a text holds exactly this ARN: `name10` does not name `name1`.

    Args:
        text: Any text of a document.
        arn: The whole ARN.
    """
    return arn in text and re.search(rf"{re.escape(arn)}(?![\w-]|\.\w)", text) is not None


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)
