"""The audit lines of edits by hand: pure functions over a state and the changes to it.

A line is derived from what changes, not from the command, so no edit is left out.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Operation
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.state.audit import (
    AppendAudit,
    AuditAction,
    AuditLine,
    AuditOutcome,
    about_action,
    about_request,
    about_resource,
)
from cloudwright.state.changes import (
    DropAction,
    DropDelivery,
    DropEntry,
    DropRecord,
    PutAction,
    PutDelivery,
    PutEntry,
    PutLookups,
    PutOutputs,
    PutRecord,
    PutSealing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits a state by hand, when, and with which command."""

    author: str
    at: float
    command: str

    def line(self, action: AuditAction, *, outcome: AuditOutcome = AuditOutcome.SUCCEEDED, **fields: Any) -> AuditLine:
        """A line of this edit."""
        who = {"author": self.author, "at": self.at, "command": self.command}
        return AuditLine(**{"key": "", **who, **fields}, id=secrets.token_hex(16), action=action, outcome=outcome)


def editor(holder: Holder, command: str) -> Editor:
    """The editor who holds a lease for the edit.

    Args:
        holder: Of the lease.
        command: Such as `state rm`.
    """
    return Editor(f"{holder.user}@{holder.host}", holder.since, command)


def edited(before: Snapshot, changes: Sequence[StateChange], by: Editor) -> list[AppendAudit]:
    """One line for each record, request and action that an edit changes, and one for what belongs to none."""
    lines = [*_records(before, changes, by), *_requests(before, changes, by)]
    if any(isinstance(change, PutSealing) for change in changes):
        # Everything else is the same values under the new key.
        lines.append(by.line(AuditAction.ROTATE))
    else:
        lines += [*_actions(before, changes, by), *_rest(before, changes, by)]
    return list(map(AppendAudit, lines))


def unlocked(lease: Lease, by: Editor) -> AppendAudit:
    """The line of a broken lock.

    Args:
        lease: The run's.
        by: Who breaks it.
    """
    return AppendAudit(by.line(AuditAction.UNLOCK, detail=f"the lock of {lease.holder.user}@{lease.holder.host}"))


def request_action(entry: JournalEntry) -> AuditAction:
    """What a request does, as the audit calls it."""
    if entry.operation is Operation.CREATE:
        return AuditAction.REPLACE if entry.generation else AuditAction.CREATE
    return AuditAction.UPDATE if entry.operation is Operation.UPDATE else AuditAction.DELETE


def _records(before: Snapshot, changes: Sequence[StateChange], by: Editor) -> Iterator[AuditLine]:
    known = {record.id: record for record in before.records}
    put = [change.record for change in changes if isinstance(change, PutRecord)]
    kept = {record.id for record in put}
    dropped = [known[ids] for ids in _dropped(changes) if ids in known and ids not in kept]
    lost = {_physical(record): record for record in dropped}
    former = {record.id: lost.pop(_physical(record)).key for record in put if _physical(record) in lost}
    moves = {old: key for (key, _), old in former.items()}
    resealed = any(isinstance(change, PutSealing) for change in changes)
    for record in put:
        old = known.get(record.id)
        if record.id in former:
            yield by.line(AuditAction.MOVE, **about_resource(record), detail=f"from {former[record.id]}")
        elif old is None:
            yield by.line(AuditAction.ADOPT, **about_resource(record))
        elif not _same(old, record, moves, resealed=resealed):
            yield by.line(AuditAction.EDIT, **about_resource(record))
    for record in lost.values():
        yield by.line(AuditAction.FORGET, **about_resource(record))


def _dropped(changes: Iterable[StateChange]) -> Iterator[tuple[str, int]]:
    return ((one.key, one.generation) for one in changes if isinstance(one, DropRecord))


def _physical(record: Record) -> tuple[object, ...]:
    return (record.type, record.target.place, record.identifier, record.generation)


def _same(old: Record, new: Record, moves: Mapping[str, str], *, resealed: bool) -> bool:
    """Whether a record differs at most by the new key of what it depends on, and by the key that seals it."""
    moved = replace(old, depends_on=tuple(moves.get(key, key) for key in old.depends_on))
    return new in (old, moved) or (resealed and replace(new, sealed=old.sealed) == old)


def _requests(before: Snapshot, changes: Sequence[StateChange], by: Editor) -> Iterator[AuditLine]:
    known = {entry.id: entry for entry in before.journal}
    for change in changes:
        if isinstance(change, DropEntry) and change.id in known:
            entry = known[change.id]
            yield by.line(request_action(entry), outcome=AuditOutcome.UNCLEAR, **about_request(entry))
        if isinstance(change, PutEntry) and replace(change.entry, body="") != replace(
            known.get(change.entry.id, change.entry), body=""
        ):
            yield by.line(AuditAction.EDIT, **about_request(change.entry))


def _actions(before: Snapshot, changes: Sequence[StateChange], by: Editor) -> Iterator[AuditLine]:
    known = {action.key: action for action in before.actions}
    for change in changes:
        match change:
            case DropAction(key) if key in known:
                yield by.line(AuditAction.FORGET, **about_action(known[key]))
            case PutAction(action) if known.get(action.key) != action:
                yield by.line(AuditAction.EDIT, **about_action(action))


def _rest(before: Snapshot, changes: Sequence[StateChange], by: Editor) -> Iterator[AuditLine]:
    """One line for what belongs to no resource."""
    deliveries = {one.id: (one.image, one.outcome) for one in before.deliveries}
    touched: dict[str, None] = {}
    for change in changes:
        match change:
            case PutOutputs(outputs, uses) if (dict(outputs), uses) != (dict(before.outputs), before.uses):
                touched["outputs"] = None
            case PutLookups(lookups) if dict(lookups) != dict(before.lookups):
                touched["lookups"] = None
            case DropDelivery():
                touched["deliveries"] = None
            case PutDelivery(one) if deliveries.get(one.id) != (one.image, one.outcome):
                touched["deliveries"] = None
    if touched:
        yield by.line(AuditAction.EDIT, detail=", ".join(touched))
