"""Records of what certainly is, or may be, one physical resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cloudwright.plan.identity import identifier_place, physical

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from cloudwright.plan.context import PlanContext
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.records import Record


class KeptRecords(Protocol):
    """What a delete must not take away: other records that are kept."""

    def twin(self, record: Record) -> str:
        """The key of a kept record of the same physical resource; empty if there is none."""
        ...

    def look_alike(self, record: Record) -> Record | None:
        """A kept record with a look-alike identifier, which may or may not mean the same resource."""
        ...


class Twins:
    """Records by physical resource; kept up to date with `put` and `drop`."""

    def __init__(self, records: Iterable[Record], context: PlanContext) -> None:
        """Index records.

        Args:
            records: All of them.
            context: The state, for the identities of its records.
        """
        self._context = context
        self._found: dict[Hashable, dict[tuple[str, int], Record]] = {}
        self._places: dict[tuple[str, int], tuple[Hashable, ...]] = {}
        for record in records:
            self.put(record)

    def put(self, record: Record) -> None:
        """Add a record, or replace the one with its key and generation."""
        places = (*self._names(record), look_alike_key(record, self._context.catalog))
        if self._places.get(record.id, places) != places:
            self.drop(record.id)
        self._places[record.id] = places
        for place in places:
            self._found.setdefault(place, {})[record.id] = record

    def drop(self, one: tuple[str, int]) -> None:
        """Remove a record.

        Args:
            one: Its key and generation.
        """
        for place in self._places.pop(one, ()):
            self._found[place].pop(one)

    def twins(self, record: Record) -> Iterator[Record]:
        """The other records that certainly are the same physical resource."""
        same = (other for name in self._names(record) for other in self._found.get(name, {}).values())
        return (other for other in same if other.id != record.id)

    def look_alikes(self, record: Record) -> Iterator[Record]:
        """The other records whose identifiers differ from this one's by case and punctuation at most."""
        alike = self._found.get(look_alike_key(record, self._context.catalog), {}).values()
        return (other for other in alike if other.id != record.id)

    def _names(self, record: Record) -> Iterator[Hashable]:
        """What only one physical resource has: its identifier, and the properties that decide which one it is."""
        yield "identifier", physical(record.type, record.target, record.identifier)
        identity = self._context.identities.get(record.id)
        if identity is not None:
            yield "identity", identity


class KeptTwins:
    """The twins of a record that are kept."""

    def __init__(self, twins: Twins, kept: Callable[[Record], bool] = lambda _: True) -> None:
        """Choose among indexed records.

        Args:
            twins: The index.
            kept: Whether a record is kept.
        """
        self._twins, self._kept = twins, kept

    def twin(self, record: Record) -> str:
        """The key of a kept record of the same physical resource; empty if there is none."""
        return next((other.key for other in self._twins.twins(record) if self._kept(other)), "")

    def look_alike(self, record: Record) -> Record | None:
        """A kept record with a look-alike identifier, which may or may not mean the same resource."""
        return next(filter(self._kept, self._twins.look_alikes(record)), None)


def look_alike_key(record: Record, catalog: Catalog) -> tuple[str, tuple[str, str, str], str]:
    """Type, place and identifier but for case and punctuation: equal for records that may be one resource.

    Args:
        record: Any record.
        catalog: Knows which spellings of an identifier are one.
    """
    canonical = catalog.override(record.type).canonical
    place = identifier_place(record.type, record.target, record.identifier)
    return record.type, place, canonical(record.identifier)
