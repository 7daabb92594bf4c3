"""The patch of an update: against the live document read just now, and only with changes that the plan showed.

An element of a collection is removed only if the program once declared it and the plan showed the removal; foreign
elements stay (see `cloudwright.diff.ownership`).
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_both
from cloudwright.diff.json_strings import exactly_equal, parsed
from cloudwright.diff.patch import build_patch
from cloudwright.errors import PlanDeviation
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.decision import asked_before, kept
from cloudwright.plan.ignoring import is_ignored
from cloudwright.schema.pointer import format_pointer, get, is_within, overlaps, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.diff.model import Difference
    from cloudwright.diff.patch import PatchOp
    from cloudwright.engine.drafts import ResolvedStep
    from cloudwright.plan.model import Change
    from cloudwright.schema.pointer import Path
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True)
class Patch:
    """What an update sends.

    Attributes:
        operations: Empty if the live resource is as declared already.
        notes: What the plan did not show: foreign elements that stay, and values that AWS requires to be sent.
    """

    operations: tuple[PatchOp, ...] = ()
    notes: tuple[str, ...] = field(default=())


def patch_for(work: ResolvedStep, record: Record, live: Mapping[str, Any]) -> Patch:
    """What to send.

    Drift on a path that the plan does not change is not reverted (the plan did not show it).

    Args:
        work: The step.
        record: The record; its dirty paths are sent again.
        live: The answer of a read just now.

    Raises:
        PlanDeviation: The planned change would overwrite or remove a later outside change.
    """
    view, desired, before = work.subject.comparison, work.subject.desired, asked_before(work.subject, record)
    documents = (live, desired, before)
    dirty = [_up_to_list(parse(pointer), documents) for pointer in record.dirty]
    found, others = compare_both(view, desired, live, before)
    wanted = [one for one in found if _is_planned(one, work.decision.changes) or _is_dirty(one, dirty)]
    for one in wanted:
        _check(one, others, work)
    touch = [parse(pointer) for pointer in record.dirty if pointer]
    operations = build_patch(
        view, desired=desired, live=live, differences=wanted, touch=touch, foreign=others, before=before
    )
    stay = tuple(kept(each) for each in others if not is_ignored(work.subject, each) and not _leaves(each, wanted))
    places = [*(one.at for one in wanted), *dirty]
    return Patch(operations, (*stay, *_besides(work, [one for one in operations if not _reaches(one, places)])))


def _is_planned(difference: Difference, changes: Iterable[Change]) -> bool:
    return any(_covers(change, difference) for change in changes)


def _covers(change: Change, difference: Difference) -> bool:
    """Whether a change of the plan shows a difference between the live document and the declaration."""
    path, planned = difference.path, parse(change.path)
    if path == planned:
        return (change.kind in _EXACT or difference.kind in _EXACT) <= (change.kind == difference.kind)
    if difference.kind in _EXACT and difference.is_element and path[:-1] == planned[:-1]:
        # Foreign elements are compared by value; their positions change from read to read.
        return change.kind == difference.kind and change.old == difference.old
    if is_within(path, planned):
        # The removal of an element names its former position, which another one may have now.
        by_position = len(planned) - 1 in difference.positions
        return change.kind not in _EXACT or (difference.kind == "remove" and not by_position)
    return is_within(planned, path) and not {change.kind, difference.kind} & _EXACT


def _reaches(operation: PatchOp, places: Iterable[Path]) -> bool:
    return operation.op == "test" or any(overlaps(operation.path, place) for place in places)


def _besides(work: ResolvedStep, operations: Iterable[PatchOp]) -> Iterator[str]:
    """Sentences about operations that the plan does not show: AWS would refuse the update without them."""
    view = work.subject.comparison
    # A block that holds nothing but write-only values is not in the live document, and is added as a whole.
    hidden = (one for one in operations if view.is_hidden(one.path) or (one.op == "add" and view.hides_below(one.path)))
    again = [one.pointer for one in hidden]
    if again:
        yield f"sent again as declared, since AWS never shows it: {', '.join(again)}"
    for one in operations:
        if one.pointer not in again:
            yield f"{_VERBS[one.op]} {one.pointer} too: AWS shows it, but refuses it in an update as it is"


_VERBS = {"add": "added", "replace": "rewrote", "remove": "left out"}
_EXACT = frozenset({"remove", "order"})


def _is_dirty(difference: Difference, dirty: Iterable[Path]) -> bool:
    return any(overlaps(difference.path, path) for path in dirty)


def _up_to_list(path: Path, documents: Iterable[Mapping[str, Any]]) -> Path:
    """The path, or that of the first list on it: positions in an earlier live document don't apply to this one."""
    places = (path[:length] for length in range(len(path)))
    lists = (place for place in places if any(isinstance(get(one, place), list | tuple) for one in documents))
    return next(lists, path)


def _leaves(other: Difference, wanted: Iterable[Difference]) -> bool:
    """Whether a foreign element is removed, too, as the plan showed."""
    return any(one.kind == "remove" and is_within(other.at, one.at) for one in wanted)


# -- what a planned write would overwrite or remove


def _check(difference: Difference, others: Iterable[Difference], work: ResolvedStep) -> None:
    """Stop if a planned write would overwrite or remove what the plan did not show."""
    shown = [change.old for change in work.decision.changes if _covers(change, difference)]
    place = format_pointer(difference.path)
    if not any(_holds(old, difference.old) for old in shown):
        if difference.displaces:
            raise _deviation(work, f"{place} would replace what was added outside cloudwright, since its list is full")
        if difference.edited and shown:
            raise _deviation(work, f"{place} was changed outside cloudwright")
    if difference.kind == "remove":
        inside = [each for each in others if is_within(each.at, difference.at)]
        if any(not _holds(old, each.old) for old in shown or [None] for each in inside):
            raise _deviation(work, f"{place} contains an element that was added outside cloudwright")


def _holds(value: object, part: object) -> bool:
    """Whether a value equals or contains another one."""
    value = parsed(value)
    if exactly_equal(value, parsed(part)):
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds(each, part) for each in inside)


def _deviation(work: ResolvedStep, what: str) -> PlanDeviation:
    return PlanDeviation(
        f"{work.subject.key} ({work.subject.declaration.source}): {what}; nothing was sent for it",
        key=work.subject.key,
        hint="`plan --refresh` shows it, and `deploy --refresh` plans with it",
    )
