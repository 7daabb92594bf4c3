"""What must hold after changes outside of cloudwright: two edits of something else, and then the fix.

An edit must leave every such change as it is, unless the plan showed otherwise; each is drift until it is fixed, and a
deploy with fresh reads fixes it. What somebody added stays: nobody planned to remove it.
"""

from __future__ import annotations

import copy
import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from cloudwright.diff.location import Location
from cloudwright.schema.pointer import WILDCARD, PointerSet, format_pointer, get, parse, walk_leaves
from sweep.outside_changes import ADDED, KINDS, Allowed, Document, OutsideChange, like, listed, placed
from sweep.steps import NotApplicable, ended_well
from type_documents.documents import with_another_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.engine.outcome import Result
    from cloudwright.local.rows import StoredResource
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from sweep.life import Life

ROUNDS = 3
"""Rounds of one life at most: each places every kind once that it can, each kind in another property."""

NAMES = frozenset({"Key", "TagKey"})
"""What names an element: another name makes another element, and may be that of one that is there already."""

UNTRUE = ("AWS reported success, but", "AWS does not return")
"""Notes that say the request failed or that a place can't be seen, of places that it did not send."""


def pattern(path: Path) -> Path:
    """A path without positions: an element has another one after a change."""
    return tuple(WILDCARD if segment.isdecimal() else segment for segment in path)


def names(pointer: str, change: OutsideChange) -> bool:
    """Whether a line of a plan or of drift may speak of the change: it is at its list or property, above or below."""
    one, other = pattern(parse(pointer)), pattern(change.place)
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def kept(before: Any, after: Any, edited: Path | None, old: Any, *, ordered: bool) -> bool:
    """Whether a live property is as it was, apart from the place that the program edited.

    Args:
        before: The property right after the outside change.
        after: The same after the deploy.
        edited: The place of the program's edit, below the property; `None` if it is elsewhere. An edit may also add
            again what somebody took away around it, so that it must only leave all that was there.
        old: The value that the program declared there before.
        ordered: Whether the order of elements counts.
    """
    if edited is None:
        return like(after, before) if ordered else _holds(after, before)
    return _holds(after, _without_edited(before, edited, old))


def _without_edited(value: Any, edited: Path, old: Any) -> Any:
    """A value without the one that the program edited, whose element may stand anywhere."""
    left = copy.deepcopy(value)
    for path in list(PointerSet([pattern(edited[:-1])]).expand(left)):
        parent: Any = get(left, path)
        if isinstance(parent, dict):
            parent.pop(edited[-1], None)
        elif isinstance(parent, list) and old in parent:
            parent.remove(old)
    return left


def _holds(whole: Any, part: Any) -> bool:
    """Whether a value holds another one: all its properties, and an element for each of its elements."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _holds(whole[name], value) for name, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        left = list(whole)
        # The fullest first: an element with few properties is held by many.
        for item in sorted(part, key=lambda item: -len(json.dumps(item))):
            found = next((at for at, other in enumerate(left) if _holds(other, item)), None)
            if found is None:
                return False
            del left[found]
        return True
    return bool(whole == part)


def shown(result: Result, change: OutsideChange, edited: Path) -> bool:
    """Whether a plan of the deploy had a line for the change, at its place or its list, besides that of the edit."""
    place = pattern(change.place)
    for line in [line for plan in result.plans for step in plan.changes for line in step.changes]:
        path = parse(line.path)
        if path == edited:
            continue
        if place[: len(path)] == pattern(path):
            return True
        if change.kind in ADDED and line.kind == "remove" and _holds(line.old, get(change.after, change.path)):
            return True
        if change.kind not in ADDED and pattern(path) == pattern(change.path):
            return True
    return False


def untrue_notes(result: Result) -> list[str]:
    """Notes of a deploy that blame AWS for what somebody else did."""
    notes = chain.from_iterable(outcome.notes for outcome in result.outcomes)
    return [note for note in notes if note.startswith(UNTRUE)]


STOPPED = "outside cloudwright; nothing was sent for it"
"""Why a deploy stops."""


# -- one life


async def live_through_outside_changes(life: Life) -> int:
    """Make outside changes of every kind that the life's document has room for, in rounds.

    Returns:
        How many changes were made.

    Raises:
        AssertionError: One was lost, not seen as drift, or not fixed.
    """
    waiting, made = list(KINDS), 0
    for number in range(ROUNDS):
        changes = placed(life.kind, life.document, _live(life).properties, life.changeable, waiting, number)
        if not changes:
            break
        made += len(changes)
        waiting = [name for name in waiting if name not in {change.kind for change in changes}]
        await _Round(life, changes).lived()
    return made


def _live(life: Life) -> StoredResource:
    (live,) = life._live()
    return live


class _Round:
    """Some outside changes at once, two edits of the program, and the fix."""

    def __init__(self, life: Life, changes: list[OutsideChange]) -> None:
        self.life = life
        self.changes = changes
        self.seen: list[OutsideChange] = []

    async def lived(self) -> None:
        live = dict(_live(self.life).properties)
        self._write({change.name: change.applied(live) for change in self.changes})
        await self._first_look()
        await self._edited(self._elsewhere)
        await self._edited(self._beside)
        await self._fixed()

    def _write(self, properties: Mapping[str, Any]) -> None:
        self.life.modify(properties)

    async def _drifted(self) -> list[str]:
        report = await self.life.world.app(self.life.program).drift()
        return [path.path for resource in report.drifted for path in resource.paths if path.kind != "unobservable"]

    async def _first_look(self) -> None:
        """Each change is drift; another sequence only where it means something."""
        found = await self._drifted()
        for change in self.changes:
            if any(names(pointer, change) for pointer in found):
                self.seen.append(change)
            elif change.kind != "elements reordered" and not self._may_be_the_service(change):
                raise AssertionError(f"{_described(change)} is no drift: {found}")

    def _may_be_the_service(self, change: OutsideChange) -> bool:
        """Whether it adds an attribute, as services do themselves: to a list of such that are not tags."""
        path = change.path[:-1]
        tags = self.life.kind.tagging.property == path
        return change.kind in ADDED and not tags and Location.of(self.life.kind, path, path).shape.is_attribute_list

    async def _edited(self, allowed: Allowed) -> None:
        """An edit of the program leaves the outside changes as they are, and they are still drift after it."""
        before = self.life.document
        live = copy.deepcopy(dict(_live(self.life).properties))
        try:
            await self.life._change(lambda path: self.life.changeable(path) and allowed(path), with_another_leaf)
        except NotApplicable:
            return
        edited = _where(before, self.life.document)
        result = await self._deployed(live)
        after = _live(self.life).properties
        for change in self.changes:
            here = edited[1:] if edited[0] == change.name else None
            ordered = change.kind == "elements reordered"
            old = get(before, edited)
            same = kept(live.get(change.name), after.get(change.name), here, old, ordered=ordered)
            if not same and not shown(result, change, edited) and not self._declared_since(change):
                lost = f"{live.get(change.name)!r} became {after.get(change.name)!r}"
                raise AssertionError(f"{_described(change)} was lost by the edit of {format_pointer(edited)}: {lost}")
        self.seen = [c for c in self.seen if not shown(result, c, edited) and not self._declared_since(c)]
        await self._still_seen(edited)
        if notes := untrue_notes(result):
            raise AssertionError(f"after {self._kinds()} an edit of {format_pointer(edited)} says {notes}")

    async def _deployed(self, live: Document) -> Result:
        """A deploy that would remove more than its plan shows stops before it sends anything; fresh reads show it."""
        result = await self.life.world.deploy(self.life.program, allow_replace=("one",))
        if not any(STOPPED in outcome.message for outcome in result.failed):
            ended_well(result)
            return result
        if live != _live(self.life).properties:
            raise AssertionError(f"something was sent before the stop: {live} became {_live(self.life).properties}")
        return await self.life._deployed(refresh=True)

    def _declared_since(self, change: OutsideChange) -> bool:
        """Whether the program's edit happens to declare the element that somebody made."""
        there = get(self.life.document, change.place)
        made = change.kind in {"element added", "element changed"}
        return made and isinstance(there, list) and get(change.after, change.element) in there

    async def _still_seen(self, edited: Path) -> None:
        found = await self._drifted()
        for change in self.seen:
            if not any(names(pointer, change) for pointer in found):
                raise AssertionError(
                    f"{_described(change)} is no drift after the edit of {format_pointer(edited)}: {found}"
                )

    async def _fixed(self) -> None:
        """A deploy with fresh reads fixes all but what others added, which stays drift until they take it away."""
        await self.life._deployed(refresh=True)
        await take_away_what_was_added(self.life)

    def _elsewhere(self, path: Path) -> bool:
        return path[0] not in {change.name for change in self.changes}

    def _beside(self, path: Path) -> bool:
        """In a property that somebody changed, but neither there nor in the same element: it may be another one now."""
        near = [change for change in self.changes if change.name == path[0] and path[-1] not in NAMES]
        return bool(near) and all(path[: len(change.element)] != change.element for change in near)

    def _kinds(self) -> str:
        return ", ".join(map(_described, self.changes))


def _described(change: OutsideChange) -> str:
    return f"{change.kind} at {format_pointer(change.path)}"


def _where(before: Document, after: Document) -> Path:
    """The one leaf in which two documents of the same form differ."""
    return next(path for path, value in walk_leaves(after) if get(before, path) != value)


async def take_away_what_was_added(life: Life) -> None:
    """After a fix the only drift is what others added; they take it away, and then there is none.

    Raises:
        AssertionError: There is other drift.
    """
    report = await life.world.app(life.program).drift()
    left = [path for resource in report.drifted for path in resource.paths if path.kind != "unobservable"]
    if wrong := [path for path in left if path.declared is not None]:
        raise AssertionError(f"drift after the fix: {wrong}")
    live = _live(life).properties
    names = {parse(path.path)[0] for path in left}
    declared = await life.declared()
    life.modify({name: _declared_alone(life.kind, live[name], declared[name], (name,)) for name in names})
    await life.undrifted()


def _declared_alone(kind: ResourceType, live: Any, declared: Any, path: Path) -> Any:
    """A live value without elements and entries that nobody declared; what the service filled in stays."""
    if isinstance(live, list) and isinstance(declared, list):
        left = list(declared)
        made = []
        for item in live:
            same = next((other for other in left if _holds(item, other)), None)
            if same is not None:
                left.remove(same)
                made.append(_declared_alone(kind, item, same, (*path, WILDCARD)))
        return made
    if isinstance(live, dict) and isinstance(declared, dict):
        named = not listed(kind, path)
        inside = {name: value for name, value in live.items() if name in declared or not named}
        return {name: _declared_alone(kind, value, declared.get(name), (*path, name)) for name, value in inside.items()}
    return live
