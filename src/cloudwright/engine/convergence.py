"""Whether AWS did what it reported: compares the read after a write with what was declared and with what was sent.

A path that the request did not send says nothing about the request: a difference there is an outside change, which
drift shows. Only a path that was sent and is not returned may be an unreturned path, and only if nothing shows that
reads do return it: otherwise it was removed right after the write, which is drift.
"""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_live
from cloudwright.diff.patched_document import patched
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.decision import asked_before
from cloudwright.plan.unreturned import holds, is_unobservable, pattern_of, still_unreturned
from cloudwright.schema.pointer import format_pointer, get, is_within, is_within_any, overlaps, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudwright.diff.model import Difference
    from cloudwright.diff.patch import PatchOp
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.schema.pointer import Path
    from cloudwright.state.records import Record

_Name = tuple["Path", str]
"""The identity of a difference, stable across comparisons."""


@dataclass(frozen=True, slots=True)
class WrittenPaths:
    """What one request wrote, as paths of the declared document.

    Attributes:
        places: Paths that it set.
        removed: The identities of the differences that it removed.
        left: The identities of the differences that it left.
        live: What a read right before it returned; empty for a create.
    """

    places: tuple[Path, ...]
    removed: frozenset[_Name] = frozenset()
    left: frozenset[_Name] = frozenset()
    live: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def wrote(self, difference: Difference) -> bool:
        """Whether the request should have corrected this path."""
        if _name(difference) in self.left:
            return False
        if difference.kind == "remove":
            # The last segment of a removal is a position of the live document, which may equal one of ours by
            # coincidence.
            return _name(difference) in self.removed or is_within_any(difference.path[:-1], self.places)
        return is_within_any(difference.path, self.places) or any(
            is_within(place, difference.path) for place in self.places
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """What a read after a successful write shows.

    Attributes:
        absent: Paths that were sent and that the read does not return, as patterns.
        differing: Pointers that were sent and have another value.
        missing: Pointers that were sent and that the read does not return, although an earlier read did.
        kept: Pointers whose removal was sent and that still exist.
        others: Pointers that are not as declared and that the request did not send.
        evident: Whether something else that was sent is returned, so that the read is newer than the write.
        denied: AWS's words if it did not let the caller read.
    """

    absent: tuple[Path, ...] = ()
    differing: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    evident: bool = True
    denied: str = ""

    @property
    def reached(self) -> bool:
        """Whether everything that was sent is returned as it was sent."""
        return not (self.absent or self.differing or self.missing or self.kept)

    def notes(self) -> tuple[str, ...]:
        """What people should know about it."""
        notes = [f"AWS reported success, but {pointer} is not as declared" for pointer in self.differing]
        notes += [f"AWS reported success, but {pointer} is missing from the reads after it" for pointer in self.missing]
        notes += [f"AWS reported success, but kept {pointer}, which is no longer declared" for pointer in self.kept]
        if self.absent:
            unseen = ", ".join(map(format_pointer, self.absent))
            notes.append(f"AWS does not return {unseen}: drift there can't be seen")
        if self.denied:
            notes.append(f"it could not be read back, so its attributes are not known: {self.denied}")
        if self.others:
            notes.append(f"drift that this update left unchanged: {', '.join(self.others)}")
        return tuple(notes)


def sent_by_create(subject: ResolvedResource) -> WrittenPaths:
    """Everything that is declared.

    Args:
        subject: The declaration.
    """
    return WrittenPaths(tuple((name,) for name, value in subject.desired.items() if value is not None))


def sent_by_update(
    subject: ResolvedResource, record: Record, live: Mapping[str, Any], patch: Iterable[PatchOp]
) -> WrittenPaths:
    """What a patch corrects: the differences before it that the patched document no longer has.

    Args:
        subject: The declaration.
        record: The record before the update.
        live: The document read right before the update.
        patch: The operations sent.
    """
    view, desired, before = subject.comparison, subject.desired, asked_before(subject, record)
    wanted, made = compare_live(view, desired, live, before), patched(live, patch)
    remaining = compare_live(view, desired, made, before)
    left = frozenset(map(_name, remaining))
    written = [one for one in wanted if _name(one) not in left and not _is_partial(one, remaining)]
    places = tuple(difference.path for difference in written if difference.kind != "remove")
    removed = frozenset(_name(difference) for difference in written if difference.kind == "remove")
    # The read after it is compared with the current declaration, which may match elements differently.
    left |= frozenset(map(_name, compare_live(view, desired, made, subject.masked)))
    return WrittenPaths(places, removed, left, live)


def _is_partial(difference: Difference, remaining: Iterable[Difference]) -> bool:
    """Whether something of a missing value, or all that was around it, is still missing.

    A block may be sent with its write-only values alone. A list that a read returns empty may be left out.
    """
    missing = [one.path for one in remaining if one.kind == "add"]
    return difference.kind == "add" and any(overlaps(path, difference.path) for path in missing)


def converged(
    subject: ResolvedResource,
    sent: WrittenPaths,
    live: Mapping[str, Any],
    draft: Record,
    before: Mapping[str, Any] | None = None,
    earlier: Callable[[], Iterable[Mapping[str, Any]]] = tuple,
) -> Convergence:
    """Compare a read after a successful write with what was sent and what is declared.

    Args:
        subject: The declaration.
        sent: What the request wrote.
        live: The document read.
        draft: The record that the request writes; paths that it already lists as unreturned are not reported.
        before: What was declared before an update: what was removed since should not be returned.
        earlier: Finds what earlier reads of this type returned; a path that they hold is not an unreturned path.
    """
    unreturned = still_unreturned(draft, live)
    found = [
        difference
        for difference in compare_live(subject.comparison, subject.desired, live, draft.declared)
        if not is_within_any(difference.path, map(parse, draft.ignored))
        and not is_unobservable(difference.path, difference.kind, unreturned)
    ]
    ours = [difference for difference in found if sent.wrote(difference) and difference.kind != "order"]
    lacking = {one.path: pattern for one in ours if (pattern := _lacking(subject, sent, one))}
    returned = {path for path, pattern in lacking.items() if _was_returned(subject, path, pattern, earlier())}
    return Convergence(
        absent=tuple(dict.fromkeys(pattern for path, pattern in lacking.items() if path not in returned)),
        differing=tuple(format_pointer(one.path) for one in ours if one.path not in lacking),
        missing=tuple(format_pointer(path) for path in lacking if path in returned),
        kept=_kept(subject, sent, live, before or {}, {difference.path for difference in found}),
        others=tuple(format_pointer(difference.path) for difference in found if not sent.wrote(difference)),
        evident=bool(sent.removed) or any(not _related(place, lacking) for place in sent.places),
    )


def _lacking(subject: ResolvedResource, sent: WrittenPaths, difference: Difference) -> Path | None:
    """The pattern of a path that was sent as a whole and that the read does not return at all."""
    if difference.kind != "add" or not is_within_any(difference.path, sent.places):
        return None
    return pattern_of(subject.desired, difference.path)


def _was_returned(subject: ResolvedResource, path: Path, pattern: Path, earlier: Iterable[Mapping[str, Any]]) -> bool:
    """Whether earlier reads returned a value at a path.

    They prove nothing about an empty value: services leave out `false`, 0 and empty texts that they otherwise return.
    """
    return bool(get(subject.desired, path)) and any(holds(document, pattern) for document in earlier)


def _kept(
    subject: ResolvedResource, sent: WrittenPaths, live: Mapping[str, Any], before: Mapping[str, Any], known: set[Path]
) -> tuple[str, ...]:
    if not sent.removed:  # as after every create: nothing was removed that could still exist
        return ()
    return tuple(
        format_pointer(difference.path)
        for difference in compare_live(subject.comparison, subject.desired, live, before)
        if difference.kind == "remove"
        and difference.old not in _EMPTY
        and not difference.unsettable
        and difference.path not in known
        and _name(difference) in sent.removed
    )


_EMPTY: tuple[object, ...] = ([], {}, "")
"""What a read may return for something that is not there (CC14, CC17)."""


def _related(place: Path, paths: Iterable[Path]) -> bool:
    return any(overlaps(path, place) for path in paths)


def _name(difference: Difference) -> _Name:
    path = difference.path
    if difference.kind == "remove" and difference.is_element:
        # A removed element is identified by its value: its position changes with the update.
        return path[:-1], json.dumps(difference.old, sort_keys=True, default=str)
    return path, difference.kind if difference.kind in {"remove", "order"} else ""
