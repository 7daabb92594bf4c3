"""Repairs what a read omits or returns wrongly, before the update handler sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.diff.exclusive import excluded
from cloudwright.diff.json_strings import exactly_equal
from cloudwright.diff.location import Location
from cloudwright.diff.ownership import adopted, owners
from cloudwright.diff.target_document import ArrayDraft, settled
from cloudwright.diff.wire_values import wire_value
from cloudwright.schema.patterns import matches

if TYPE_CHECKING:
    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.ownership import Owners

_HUSKS: tuple[Any, ...] = ([], {}, "")


class ReadRepair:
    """Repairs a draft in place, guided by what the program declares."""

    def __init__(self, arrays: Arrays, before: Mapping[str, Any] | None) -> None:
        """Repair drafts of one type.

        Args:
            arrays: Pairs declared elements with live ones.
            before: The document declared before, by which live elements are recognised; `None` at an adoption.
        """
        self._arrays = arrays
        self._before = before
        self._context: ComparisonContext = arrays.context

    def document(self, desired: Mapping[str, Any], draft: dict[str, Any]) -> None:
        """Repair a whole draft.

        Args:
            desired: The desired document, without placeholders.
            draft: The same with edits; it is changed.
        """
        self._mapping(Location.root(self._context.resource_type), desired, draft, self._before)

    def _mapping(self, place: Location, want: Mapping[str, Any], draft: dict[str, Any], before: Any) -> None:
        self._open_required(place, want, draft)
        for name, value in want.items():
            here = place.key(name, want)
            self._declared(here, value, draft, _part(before, name))
        for name in excluded(place.shape, want, draft):
            draft.pop(name)
        for name in [name for name in draft if name not in want or _is_emptied(want[name], draft[name])]:
            here = place.key(name, want)
            if self._is_husk(here, draft[name]):
                draft.pop(name)

    def _open_required(self, place: Location, want: Mapping[str, Any], draft: dict[str, Any]) -> None:
        """Restore blocks that must exist, although a read shows nothing of them: what is left inside is write-only."""
        for name in {name for names in place.shape.says("required") for name in names} - draft.keys():
            here = place.key(name, want)
            if isinstance(want.get(name), Mapping) and self._context.hides_below(here.path):
                draft[name] = {}

    def _declared(self, place: Location, want: Any, parent: dict[str, Any], before: Any) -> None:
        name = place.path[-1]
        if self._context.is_hidden(place.path):
            self._send_again(place, want, parent)
        elif isinstance(want, Mapping) and (isinstance(parent.get(name), dict) or self._is_all_hidden(place, want)):
            inside = parent.get(name)
            block = inside if isinstance(inside, dict) else {}
            self._mapping(place, want, block, before)
            if block or inside is not None:
                parent[name] = block
        elif isinstance(want, (list, tuple)) and isinstance(parent.get(name), ArrayDraft):
            self._elements(place, list(want), parent[name], before)

    def _send_again(self, place: Location, want: Any, parent: dict[str, Any]) -> None:
        # CC3, CC5: every declared write-only value, except those that can only be set on create.
        if not self._context.is_fixed(place.path):
            value = wire_value(self._context, want, place.path)
            parent[place.path[-1]] = self._without_fixed(value, place)

    def _without_fixed(self, value: Any, place: Location) -> Any:
        if not isinstance(value, dict):
            return value
        inside = {name: place.key(name, value) for name in value}
        return {
            name: self._without_fixed(value[name], here)
            for name, here in inside.items()
            if not self._context.is_fixed(here.path)
        }

    def _is_all_hidden(self, place: Location, want: Mapping[str, Any]) -> bool:
        inside = [(place.key(name, want), value) for name, value in want.items()]
        return bool(inside) and all(
            self._context.is_hidden(here.path) or (isinstance(value, Mapping) and self._is_all_hidden(here, value))
            for here, value in inside
        )

    def _elements(self, place: Location, want: list[Any], rows: ArrayDraft, before: Any) -> None:
        if self._arrays.is_unordered(place) or any(place.shape.says("uniqueItems")):
            _drop_doubles(want, rows)
        known = list(before) if isinstance(before, (list, tuple)) else []
        declared = {at: index for index, at in self._owners(place, want, rows.live, known).declared}
        partners = dict(self._arrays.kept(place, want, known))
        for at, item in enumerate(rows.items):
            here = place.item(declared.get(at), at)
            if item is None:
                rows.drop(at)
            elif isinstance(item, dict):
                partner = want[declared[at]] if at in declared else {}
                old = partners.get(declared.get(at))
                past = None if old is None else known[old]
                self._mapping(here, partner if isinstance(partner, Mapping) else {}, item, past)
        if settled(rows) != rows.live and self._arrays.is_tags(place):
            self._drop_system_tags(place, rows)

    def _owners(self, place: Location, want: list[Any], live: list[Any], before: list[Any]) -> Owners:
        if self._before is None:
            return adopted(self._arrays, place, want, live)
        return owners(self._arrays, place, want, live, before)

    def _is_husk(self, place: Location, value: Any) -> bool:
        """Whether an undeclared value is an empty container that the handler would refuse.

        Also removes those inside it.
        """
        if self._context.is_locked(place.at):
            return False
        if isinstance(value, dict):
            self._mapping(place, {}, value, None)
        elif isinstance(value, ArrayDraft):
            self._elements(place, [], value, None)
        if value is None:
            return True
        plain = [] if isinstance(value, ArrayDraft) and not value.sequence else value
        if plain not in _HUSKS or isinstance(plain, bool):
            return False
        return self._context.override.empty_means_unset.matches(place.path) or _is_refused(place, plain)

    def _drop_system_tags(self, place: Location, rows: ArrayDraft) -> None:
        # CC27: a list of tags is written as a whole; most services refuse `aws:` tags in it, some require them.
        if self._context.override.tag_mode == "preserve-system":
            return
        names = self._arrays.keys(place)
        for at, item in enumerate(rows.items):
            if isinstance(item, dict) and any(str(item.get(name)).startswith("aws:") for name in names):
                rows.drop(at)


def _is_emptied(want: Any, draft: Any) -> bool:
    """Whether a declared value is empty in the live resource: no read could show its absence otherwise."""
    return want not in _HUSKS and settled(draft) in _HUSKS


def _part(before: Any, name: str) -> Any:
    return before.get(name) if isinstance(before, Mapping) else None


def _drop_doubles(want: list[Any], rows: ArrayDraft) -> None:
    """Remove an edited element that now equals a foreign one: AWS refuses a set with duplicates."""
    for at in rows.kept:
        value = settled(rows.items[at])
        alike = [one for one in rows.kept if exactly_equal(settled(rows.items[one]), value)]
        added = any(exactly_equal(rows.live[one], value) for one in alike)
        edited = not exactly_equal(rows.live[at], value)
        if edited and added and len(alike) > sum(exactly_equal(one, value) for one in want):
            rows.drop(at)


def _is_refused(place: Location, value: Any) -> bool:
    return any(_refusals(place, value))


def _refusals(place: Location, value: Any) -> Iterator[bool]:
    if value == []:
        yield from (least > 0 for least in place.shape.says("minItems"))
    elif value == {}:
        yield from (least > 0 for least in place.shape.says("minProperties"))
        yield from (bool(names) for names in place.shape.says("required"))
    else:
        yield from (least > 0 for least in place.shape.says("minLength"))
        yield from (matches(pattern, "") is False for pattern in place.shape.says("pattern"))
        yield from ("" not in allowed for allowed in place.shape.says("enum"))
