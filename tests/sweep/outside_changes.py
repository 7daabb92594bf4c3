"""Changes that somebody makes to a live resource outside of cloudwright, of every kind, for any type."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.schema import navigation
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import format_pointer, get, walk_leaves
from cloudwright.schema.validation.validate import validate
from type_documents.documents import with_another_element, with_another_leaf, without_a_property

if TYPE_CHECKING:
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

Document = dict[str, Any]
Allowed = Callable[["Path"], bool]
Found = tuple[Document, "Path"]

ADDED = frozenset({"element added", "entry added"})
"""Kinds that add what nobody declared."""


@dataclass(frozen=True, slots=True)
class OutsideChange:
    """One change of the live resource.

    Attributes:
        kind: One of `KINDS`.
        path: Where, in the declared document and in the live one.
        before: The declared document without the change.
        after: The same with it.
    """

    kind: str
    path: Path
    before: Document
    after: Document

    @property
    def name(self) -> str:
        """The top-level property that it is in."""
        return self.path[0]

    @property
    def place(self) -> Path:
        """The place at which a plan or a look for drift may name it: that of the innermost list, if it is in one."""
        lists = [at for at in range(len(self.path)) if isinstance(get(self.before, self.path[:at]), list)]
        return self.path[: lists[-1]] if lists else self.path

    @property
    def element(self) -> Path:
        """The innermost element of a list that holds the path, or the path itself."""
        return self.path[: len(self.place) + 1] if self.kind != "elements reordered" else self.path

    def applied(self, live: Mapping[str, Any]) -> Any:
        """The live property with the change.

        Raises:
            LookupError: The live document has another form than the declared one.
        """
        changed = copy.deepcopy(dict(live))
        if self.kind == "property removed" and len(self.path) == 1:
            return None
        *above, last = self._in(changed)
        here: Any = get(changed, above)
        if self.kind == "elements reordered":
            if not like(here[last], get(self.before, self.path)):
                raise LookupError(format_pointer(self.path))
            here[last].reverse()
        else:
            self._put(here, last)
        return changed[self.name]

    def _in(self, live: Mapping[str, Any]) -> Path:
        """The path in the live document, whose lists may be sorted otherwise and hold more."""
        found: Path = ()
        for at, segment in enumerate(self.path):
            here, declared = get(live, found), get(self.before, self.path[:at])
            element = isinstance(declared, list) and isinstance(here, list)
            if not element and (not isinstance(here, dict) or (segment not in here and self.path[at + 1 :])):
                raise LookupError(format_pointer(self.path))
            found = (*found, _element(here, declared, segment) if element else segment)
        return found

    def _put(self, parent: Any, last: str) -> None:
        value = copy.deepcopy(get(self.after, self.path))
        if isinstance(parent, list):
            self._put_element(parent, int(last), value)
        elif self.kind != "entry added" and last not in parent:
            raise LookupError(format_pointer(self.path))
        elif self.kind == "property removed":
            del parent[last]
        else:
            parent[last] = _laid_over(parent.get(last), value)

    def _put_element(self, parent: list[Any], at: int, value: Any) -> None:
        if self.kind == "element added":
            parent.append(value)
        elif at >= len(parent):
            raise LookupError(format_pointer(self.path))
        elif self.kind == "element removed":
            del parent[at]
        else:
            parent[at] = _laid_over(parent[at], value)


def _element(live: Any, declared: Any, segment: str) -> str:
    """Where a declared element stands in the live list; after its end if it is not there."""
    if int(segment) == len(declared):
        return str(len(live))
    return str(next((at for at, item in enumerate(live) if like(item, declared[int(segment)])), len(live)))


def like(live: Any, declared: Any) -> bool:
    """Whether a live value is the declared one, in the same order, with whatever the service filled in."""
    if isinstance(live, dict) and isinstance(declared, dict):
        return all(name in live and like(live[name], value) for name, value in declared.items())
    if isinstance(live, list) and isinstance(declared, list):
        return len(live) == len(declared) and all(map(like, live, declared))
    return declared is None or bool(live == declared)


def _laid_over(live: Any, changed: Any) -> Any:
    """What the service itself filled in stays."""
    if isinstance(live, dict) and isinstance(changed, dict):
        return {**live, **{name: _laid_over(live.get(name), value) for name, value in changed.items()}}
    return changed


# -- one change of each kind


def _in_list(document: Mapping[str, Any], path: Path) -> bool:
    return any(isinstance(get(document, path[:at]), list) for at in range(len(path)))


def _scalar_changed(kind: ResourceType, document: Document, allowed: Allowed, seed: int) -> Found | None:
    return with_another_leaf(kind, document, lambda path: allowed(path) and not _in_list(document, path), seed)


def _element_changed(kind: ResourceType, document: Document, allowed: Allowed, seed: int) -> Found | None:
    def inside(path: Path) -> bool:
        return allowed(path) and _in_list(document, path) and not _unrecognisable(kind, document, path)

    return with_another_leaf(kind, document, inside, seed)


def _unrecognisable(kind: ResourceType, document: Document, path: Path) -> bool:
    """Whether nobody could say which element of its list it was once a leaf has another value.

    Reads show nothing else of an element with write-only values, or all that they show is shown of another one too.
    """
    lists = [at for at in range(len(path)) if isinstance(get(document, path[:at]), list)]
    place, element = path[: lists[-1]], path[: lists[-1] + 1]
    elements: Any = get(document, place)
    whole = get(document, element)
    shown = visible(kind, whole, element)
    only = bool(shown != whole) and [leaf for leaf, _ in walk_leaves(shown, element)] == [path]
    return only or _ambiguous(kind, place, elements)


def _element_removed(kind: ResourceType, document: Document, allowed: Allowed, seed: int) -> Found | None:
    for path, elements in _lists(kind, document, seed):
        at = seed % len(elements)
        place = (*path, str(at))
        if len(elements) > 1 and _all_allowed(elements[at], place, allowed):
            changed = copy.deepcopy(document)
            left: Any = get(changed, path)
            del left[at]
            if not validate(kind, changed):
                return changed, place
    return None


def _elements_reordered(kind: ResourceType, document: Document, allowed: Allowed, seed: int) -> Found | None:
    for path, elements in _lists(kind, document, seed):
        if elements != elements[::-1] and _all_allowed(elements, path, allowed):
            changed = copy.deepcopy(document)
            turned: Any = get(changed, path)
            turned.reverse()
            if not validate(kind, changed):
                return changed, path
    return None


def _entry_added(kind: ResourceType, document: Document, allowed: Allowed, seed: int) -> Found | None:
    for path, entries in _maps(kind, document, seed):
        place = (*path, f"Outside{seed}")
        value = copy.deepcopy(next(iter(entries.values())))
        changed = copy.deepcopy(document)
        more: Any = get(changed, path)
        more[place[-1]] = value
        if _all_allowed(value, place, allowed) and not validate(kind, changed):
            return changed, place
    return None


KINDS: Mapping[str, Callable[[ResourceType, Document, Allowed, int], Found | None]] = {
    "element added": with_another_element,
    "element removed": _element_removed,
    "entry added": _entry_added,
    "elements reordered": _elements_reordered,
    "element changed": _element_changed,
    "property removed": without_a_property,
    "scalar changed": _scalar_changed,
}
"""In the order in which they choose their property: few documents have many lists."""


def _lists(kind: ResourceType, document: Document, seed: int) -> list[tuple[Path, list[Any]]]:
    inside = [(path, value) for path, value in _inner(document) if isinstance(value, list) and value]
    found = [(path, value) for path, value in inside if not _ambiguous(kind, path, value)]
    Random(seed).shuffle(found)
    return found


def _ambiguous(kind: ResourceType, path: Path, elements: list[Any]) -> bool:
    """Whether nobody could say which element of the live list an element is, from what a read shows of it.

    One of which nothing is shown may be any; two that differ in write-only values alone may be each other.
    """
    shown = [visible(kind, element, (*path, str(at))) for at, element in enumerate(elements)]
    pairs = combinations(zip(shown, elements, strict=True), 2)
    return {} in shown or any(one[0] == other[0] and one[1] != other[1] for one, other in pairs)


def visible(kind: ResourceType, value: Any, path: Path) -> Any:
    """A part of a document as reads return it."""
    if isinstance(value, dict):
        inside = {name: item for name, item in value.items() if not kind.write_only.covers((*path, name))}
        return {name: visible(kind, item, (*path, name)) for name, item in inside.items()}
    if isinstance(value, list):
        return [visible(kind, item, (*path, str(at))) for at, item in enumerate(value)]
    return value


def _maps(kind: ResourceType, document: Document, seed: int) -> list[tuple[Path, dict[str, Any]]]:
    """The objects whose keys the program chooses: the schema lists no properties of theirs."""
    found = [
        (path, value)
        for path, value in _inner(document)
        if isinstance(value, dict) and value and not listed(kind, path)
    ]
    Random(seed).shuffle(found)
    return found


def listed(kind: ResourceType, path: Path) -> bool:
    """Whether the schema lists the properties of the object at a place; else the program chooses its keys."""
    return bool(navigation.as_node(navigation.find(kind.schema, path)).get("properties"))


def _inner(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield (*path, str(name)), item
        yield from _inner(item, (*path, str(name)))


def _all_allowed(value: Any, path: Path, allowed: Allowed) -> bool:
    return all(allowed(leaf) for leaf, _ in walk_leaves(value, path))


def placed(
    kind: ResourceType, document: Document, live: Mapping[str, Any], allowed: Allowed, kinds: list[str], seed: int
) -> list[OutsideChange]:
    """One change of each of these kinds that finds a place, each in its own property.

    Args:
        kind: The resource's type.
        document: What is declared.
        live: The live document.
        allowed: The leaves that an update can change and that reads return.
        kinds: Those that are wanted.
        seed: Equal seeds place the same.
    """
    found: list[OutsideChange] = []
    for name in kinds:
        used = {change.name for change in found}

        def free(path: Path, used: set[str] = used) -> bool:
            return path[0] in live and path[0] not in used and allowed(path)

        change = _placed(kind, document, live, free, name, seed)
        if change is not None:
            found.append(change)
    return found


def _placed(
    kind: ResourceType, document: Document, live: Mapping[str, Any], allowed: Allowed, name: str, seed: int
) -> OutsideChange | None:
    for attempt in range(seed, seed + 3):
        made = KINDS[name](kind, document, allowed, attempt)
        if made is None:
            return None
        change = OutsideChange(name, made[1], document, made[0])
        try:
            change.applied(live)
        except LookupError:
            continue
        if name == "elements reordered" or _means_something(kind, change):
            return change
    return None


def _means_something(kind: ResourceType, change: OutsideChange) -> bool:
    """Whether the two documents differ in more than spelling: `ACTIVEMQ` is `activemq`."""
    view = ComparisonContext(resource_type=kind, override=override_for(kind.name), fingerprint=str)
    first, second = (change.after, change.before) if change.kind in ADDED else (change.before, change.after)
    return any(compare_live(view, first, second, second))
