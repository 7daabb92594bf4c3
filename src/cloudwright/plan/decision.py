"""The step of one resource: a pure function of its declaration, its record and its live document.

Called twice: by the plan pass, where values may be unknown, and by the apply pass, where they are known. The deploy of
a resource continues only if the plan allows the second decision.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_both, compare_declared
from cloudwright.diff.replacement_causes import BLOCKED, replacement_causes, update_blockers
from cloudwright.diff.union import union_of
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.ignoring import ignored_but_sent, is_ignored
from cloudwright.plan.masking import digest, unknown_pointers
from cloudwright.plan.model import Action, Change
from cloudwright.plan.resolved import ABSENT, ResolvedResource
from cloudwright.plan.unreturned import is_unobservable, still_unreturned
from cloudwright.program.document import Unknown, encode
from cloudwright.schema.pointer import format_pointer, overlaps
from cloudwright.state.records import Record, RecordStatus

if TYPE_CHECKING:
    from cloudwright.diff.model import Difference
    from cloudwright.diff.replacement_causes import ReplacementCause
    from cloudwright.schema.pointer import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The step decided for one resource.

    Attributes:
        maybe: It depends on values known after deploy and may turn out smaller.
        may_replace: It may turn out as a replacement.
    """

    action: Action
    changes: tuple[Change, ...] = ()
    maybe: bool = False
    may_replace: bool = False
    reasons: tuple[str, ...] = ()


def decide(subject: ResolvedResource, record: Record | None, live: object = None) -> Decision:
    """Decide one resource's step.

    Args:
        subject: The declaration, resolved.
        record: The generation to compare with, if there is one.
        live: The live document if it was read, `ABSENT` if the read found nothing, `None` without a read.
    """
    if record is None:
        return Decision(action=Action.CREATE, changes=_additions(subject))
    if live is ABSENT:
        return Decision(
            action=Action.CREATE,
            changes=_additions(subject),
            reasons=(f"{record.identifier} no longer exists: it was deleted outside cloudwright",),
        )
    judged, others = _judged(subject, record, live)
    forced = (*_forced(subject, record), *(_blocked(subject) if any(not each.unknown for each in judged) else ()))
    if forced:
        waiting = _waits(subject, record) and all(change.rule == "replaceOn" for change in forced)
        maybe = waiting and all(each.unknown for each in judged)
        return Decision(action=Action.REPLACE, changes=(*forced, *(each.change for each in judged)), maybe=maybe)
    decision = _weigh(judged, record, live)
    if decision.action is Action.UPDATE:
        decision = replace(decision, changes=(*decision.changes, *ignored_but_sent(subject)))
    if decision.action in {Action.UPDATE, Action.NONE}:
        decision = replace(decision, reasons=(*decision.reasons, *(kept(each) for each in others)))
    return decision


def _additions(subject: ResolvedResource) -> tuple[Change, ...]:
    return tuple(Change(format_pointer((name,)), "add", None, value) for name, value in sorted(subject.masked.items()))


def _forced(subject: ResolvedResource, record: Record) -> Iterable[Change]:
    """Reasons to replace other than changed properties."""
    if record.status is RecordStatus.TAINTED:
        yield Change("", "replace", rule="tainted", forces=True, reason=record.note or "its create did not succeed")
    if subject.teardown:
        yield Change("", "replace", rule="teardown", forces=True, reason="what it references is replaced delete-first")
    if subject.requested:
        yield Change("", "replace", rule="requested", forces=True, reason="its replacement was requested")
    if record.type != subject.kind.name:
        yield Change("", "replace", record.type, subject.kind.name, "type", forces=True, reason="it has another type")
    if _moved_place(subject, record):
        old, new = str(record.target), str(subject.target)
        yield Change("", "replace", old, new, "target", forces=True, reason="its account, Region or partition changed")
    if replace_digest(subject.replace_on) != record.replace_on:
        what = "is known only after deploy" if _waits(subject, record) else "changed"
        yield Change("", "replace", rule="replaceOn", forces=True, reason=f"a value listed in replace_on {what}")


def _waits(subject: ResolvedResource, record: Record) -> bool:
    """Whether the values in `replace_on` may turn out equal to the recorded ones."""
    return bool(record.replace_on) and any(True for _ in unknown_pointers(subject.replace_on))


def _blocked(subject: ResolvedResource) -> Iterable[Change]:
    """Why no update of this resource can succeed, whatever it changes (CC6)."""
    for path in update_blockers(subject.kind, subject.desired):
        reason = "every update sends the whole model, which needs this; reads don't show it and updates may not send it"
        yield Change(format_pointer(path), "replace", rule=BLOCKED, forces=True, reason=reason)


def replace_digest(values: object) -> str:
    """The digest of the values in `replace_on`; empty without any."""
    return "" if values is None else digest(values)


def _moved_place(subject: ResolvedResource, record: Record) -> bool:
    wanted, present = subject.target, record.target
    same_account = (wanted.partition, wanted.account) == (present.partition, present.account)
    return not same_account or (subject.placed and wanted.region != present.region)


@dataclass(frozen=True, slots=True)
class _ClassifiedChange:
    """A difference, with its consequence for the step."""

    change: Change
    unknown: bool = False
    may_stay: bool = False
    cause: ReplacementCause | None = None

    @property
    def replaces(self) -> bool:
        """Whether it certainly needs a new resource, as far as planning can know."""
        return self.cause is not None and self.cause.certain and not self.may_stay

    @property
    def may_replace(self) -> bool:
        """Whether it may turn out to need one."""
        return self.cause is not None and not self.replaces


def _weigh(judged: tuple[_ClassifiedChange, ...], record: Record, live: object) -> Decision:
    changes = tuple(each.change for each in judged)
    maybe = bool(judged) and all(each.unknown for each in judged)
    if any(each.replaces for each in judged):
        return Decision(action=Action.REPLACE, changes=changes, maybe=maybe)
    if judged:
        may_replace = any(each.may_replace for each in judged)
        return Decision(action=Action.UPDATE, changes=changes, maybe=maybe, may_replace=may_replace)
    if record.dirty and not isinstance(live, Mapping):
        reason = "an earlier update ended without a clear result, so it is read and brought in line"
        return Decision(action=Action.UPDATE, maybe=True, reasons=(reason,))
    return Decision(action=Action.NONE)


def _judged(
    subject: ResolvedResource, record: Record, live: object
) -> tuple[tuple[_ClassifiedChange, ...], tuple[Difference, ...]]:
    """What an update would change, and the foreign elements of collections, if the resource was read."""
    if record.type != subject.kind.name:
        return (), ()
    declared = tuple(
        each
        for each in compare_declared(subject.comparison, subject.desired, record.declared)
        if not _first_declared(subject, record, each)
    )
    if not isinstance(live, Mapping):
        return _judge(subject, declared, None), ()
    programmed = {difference.path for difference in declared}
    unreturned = still_unreturned(record, live)
    found, others = compare_both(subject.comparison, subject.desired, live, asked_before(subject, record))
    ours = [
        each
        for each in found
        if not _unseen(each, unreturned, programmed) and not _first_declared(subject, record, each)
    ]
    judged = _judge(subject, ours, programmed)
    return judged, tuple(each for each in others if not is_ignored(subject, each))


def _first_declared(subject: ResolvedResource, record: Record, difference: Difference) -> bool:
    """Whether the program only now declares a value with which an adopted resource was created (CC32).

    Nothing shows that it differs. A value that reads return is compared; one that an update can set is sent.
    """
    path = difference.path
    if not record.adopted or difference.kind != "add" or difference.unknown:
        return False
    return bool(path) and subject.comparison.is_hidden(path) and subject.kind.create_only.covers(path)


def newly_declared(subject: ResolvedResource, record: Record) -> dict[str, Any]:
    """The properties that an adopted resource's record learns from the program without a request.

    Returns:
        Property -> its value as the state stores it.
    """
    if not record.adopted:
        return {}
    found = compare_declared(subject.comparison, subject.desired, record.declared)
    names = {each.path[0] for each in found if _first_declared(subject, record, each)}
    return {name: value for name, value in subject.masked.items() if name in names and name not in record.declared}


def kept(difference: Difference) -> str:
    """The sentence about a foreign element of a collection."""
    what = f": {_short(difference.old)}" if difference.is_element else ""
    return f"{format_pointer(difference.path)} was added outside cloudwright and stays{what}"


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_SHOWN = 120
"""Characters of a value in a sentence."""


def asked_before(subject: ResolvedResource, record: Record) -> Mapping[str, Any]:
    """What the program declared, and what updates with an unclear end may have set in addition."""
    return union_of(subject.comparison, record.declared, record.tried)


def _unseen(difference: Difference, unreturned: tuple[str, ...], programmed: Collection[Path]) -> bool:
    """Whether a path only seems to be removed because no read returns it; declared again, it is sent (CC47)."""
    if not is_unobservable(difference.path, difference.kind, unreturned):
        return False
    return not any(overlaps(difference.path, path) for path in programmed)


def changes_from_live(subject: ResolvedResource, live: Mapping[str, Any]) -> tuple[Change, ...]:
    """What an adoption would have to change."""
    found, _ = compare_both(subject.comparison, subject.desired, live, None)
    return tuple(each.change for each in _judge(subject, found, None))


def kept_at_adoption(subject: ResolvedResource, live: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences about the foreign elements that an adoption would keep."""
    _, others = compare_both(subject.comparison, subject.desired, live, None)
    return tuple(kept(each) for each in others if not is_ignored(subject, each))


def _judge(
    subject: ResolvedResource, differences: Iterable[Difference], programmed: Collection[Path] | None
) -> tuple[_ClassifiedChange, ...]:
    kept = [difference for difference in differences if not is_ignored(subject, difference)]
    causes = {cause.path: cause for cause in replacement_causes(subject.kind, kept)}
    return tuple(
        _weighed(subject, d, causes.get(d.path), "changed" if programmed is None or d.path in programmed else "drift")
        for d in kept
    )


def _weighed(
    subject: ResolvedResource, difference: Difference, cause: ReplacementCause | None, rule: str
) -> _ClassifiedChange:
    change = Change(
        path=format_pointer(difference.path),
        kind=difference.kind,
        old=difference.old,
        new=encode(difference.new, subject.fingerprint),
        rule=cause.rule if cause else rule,
        forces=cause is not None,
        reason=difference.reason,
    )
    if cause is not None and _surely_differs(difference, cause):
        cause = replace(cause, certain=True)
        return _ClassifiedChange(change, cause=cause)
    return _ClassifiedChange(change, difference.unknown, _may_stay(difference.new), cause)


def _surely_differs(difference: Difference, cause: ReplacementCause) -> bool:
    """Whether an unknown value certainly differs from the old one: the identifier of a create-first replacement."""
    new = difference.new
    unlike = isinstance(new, Unknown) and new.former is not None and new.former == difference.old
    return unlike and cause.path == cause.leaf and cause.rule != "conditionalCreateOnly"


def _may_stay(value: object) -> bool:
    """Whether a value holds an unknown one that may turn out unchanged."""
    if isinstance(value, Unknown):
        return value.prior is not None
    if isinstance(value, Mapping):
        return any(_may_stay(member) for member in value.values())
    return isinstance(value, list | tuple) and any(_may_stay(item) for item in value)
