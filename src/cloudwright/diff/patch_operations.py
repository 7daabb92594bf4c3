"""RFC 6902 operations from a live document to the one that the update handler is to see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from cloudwright.diff.json_strings import exactly_equal
from cloudwright.diff.location import Location
from cloudwright.diff.model import END
from cloudwright.diff.target_document import AddedElement, ArrayDraft, settled
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.model import Path


@dataclass(frozen=True, slots=True)
class PatchOp:
    """One RFC 6902 operation.

    Attributes:
        op: `test` guards an array position at which another read may return another element (CC9).
        path: A path in the live document.
        value: In plain text, so it is never shown.
    """

    op: Literal["test", "add", "replace", "remove"]
    path: Path
    value: Any = field(default=None, repr=False)

    @property
    def pointer(self) -> str:
        """The path as RFC 6901 writes it."""
        return format_pointer(self.path)

    def document(self) -> dict[str, Any]:
        """The operation as it is sent."""
        operation = {"op": self.op, "path": self.pointer}
        return operation if self.op == "remove" else {**operation, "value": self.value}


class PatchWriter:
    """Finds the operations between a live document and a draft made from it.

    No operation is at or below a create-only or read-only path, nor rewrites a value that contains one (CC1, CC7).
    Removing a complete block removes its read-only leaves with it: AWS refuses operations that name or add one.
    """

    def __init__(self, arrays: Arrays, touch: Sequence[Path] = ()) -> None:
        """Write operations for documents of one type.

        Args:
            arrays: Knows which lists are ordered.
            touch: Live paths whose value is sent again although it is the same.
        """
        self._arrays = arrays
        self._context = arrays.context
        self._touch = frozenset(touch)

    def between(self, live: Mapping[str, Any], draft: Mapping[str, Any]) -> tuple[PatchOp, ...]:
        """The operations: guards first, then adds and replaces, finally removals from the end backwards (CC10).

        Args:
            live: A read's answer.
            draft: The same with edits.
        """
        found = list(self._mapping(Location.root(self._context.resource_type), live, draft))
        guards = [one for one in found if one.op == "test"]
        writes = [one for one in found if one.op in {"add", "replace"}]
        removals = [one for one in found if one.op == "remove"]
        removals.sort(key=lambda one: _position(one.path), reverse=True)
        return (*guards, *writes, *removals)

    def _value(self, place: Location, live: Any, draft: Any) -> Iterator[PatchOp]:
        if self._context.is_locked(place.at):
            return
        if isinstance(live, Mapping) and isinstance(draft, Mapping):
            yield from self._mapping(place, live, draft)
        elif isinstance(live, list) and isinstance(draft, ArrayDraft):
            yield from self._array(place, live, draft)
        elif not exactly_equal(live, settled(draft)):
            yield PatchOp("replace", place.at, settled(draft))
        elif place.at in self._touch:
            yield PatchOp("add", place.at, settled(draft))

    def _mapping(self, place: Location, live: Mapping[str, Any], draft: Mapping[str, Any]) -> Iterator[PatchOp]:
        for name, value in draft.items():
            here = place.key(name, draft)
            if name in live:
                yield from self._value(here, live[name], value)
            elif not self._context.is_locked(here.at):
                yield PatchOp("add", here.at, settled(value))
        for name in live:
            if name not in draft:
                yield from self._removal(place.key(name, draft), live[name])

    def _removal(self, place: Location, live: Any) -> Iterator[PatchOp]:
        if self._context.is_locked(place.at):
            return
        if isinstance(live, Mapping) and self._holds_fixed(place, live):
            for name, value in live.items():
                yield from self._removal(place.key(name, live), value)
            return
        yield PatchOp("remove", place.at)

    def _array(self, place: Location, live: list[Any], rows: ArrayDraft) -> Iterator[PatchOp]:
        final = rows.final()
        if exactly_equal(live, final):
            if place.at in self._touch:
                yield PatchOp("add", place.at, final)
        elif self._by_position(place, rows):
            yield from self._positions(place, live, rows)
        else:
            yield PatchOp("replace", place.at, final)

    def _by_position(self, place: Location, rows: ArrayDraft) -> bool:
        # An unordered list may be returned in another order the next time, so it is written as a whole, unless that is
        # forbidden or its elements have keys to guard them by.
        if self._arrays.is_unordered(place):
            return self._context.locks_below(place.at) or self._context.override.list_keys.at(place.path) is not None
        return rows.is_in_place

    def _positions(self, place: Location, live: list[Any], rows: ArrayDraft) -> Iterator[PatchOp]:
        kept = set(rows.kept)
        for at, item in enumerate(live):
            here = place.item(None, at)
            found = list(self._value(here, item, rows.items[at])) if at in kept else [PatchOp("remove", here.at)]
            if found and self._arrays.is_unordered(place):
                yield from self._guards(place, here, item)
            yield from found
        for one in rows.sequence:
            if isinstance(one, AddedElement):
                yield PatchOp("add", (*place.at, END), settled(one.value))

    def _guards(self, place: Location, here: Location, item: Any) -> Iterator[PatchOp]:
        if not isinstance(item, Mapping):
            yield PatchOp("test", here.at, item)
            return
        plain = [name for name, value in item.items() if isinstance(value, (str, int))]
        names = [name for name in self._arrays.keys(place) if name in item] or plain[:1]
        yield from (PatchOp("test", (*here.at, name), item[name]) for name in names)

    def _holds_fixed(self, place: Location, live: Mapping[str, Any]) -> bool:
        inside = [(place.key(name, live), value) for name, value in live.items()]
        return any(
            self._context.is_fixed(here.at) or (isinstance(value, Mapping) and self._holds_fixed(here, value))
            for here, value in inside
        )


def _position(path: Path) -> tuple[tuple[int, int | str], ...]:
    return tuple((1, int(segment)) if segment.isdecimal() else (0, segment) for segment in path)
