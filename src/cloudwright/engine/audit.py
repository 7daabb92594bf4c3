"""The audit lines of a commit: pure functions over its changes, so a line exists if and only if its outcome does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Operation
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.audit import (
    AppendAudit,
    AuditAction,
    AuditLine,
    AuditOutcome,
    about_action,
    about_request,
    about_resource,
)
from cloudwright.state.changes import DropEntry, DropRecord, PutRecord
from cloudwright.state.edit_audit import request_action
from cloudwright.state.journal import EntryEnd
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record

_CREATED = {
    RecordStatus.LIVE: AuditOutcome.SUCCEEDED,
    RecordStatus.TAINTED: AuditOutcome.TAINTED,
    RecordStatus.DOUBTFUL: AuditOutcome.UNCLEAR,
}
_ENDED = {
    EntryEnd.REFUSED: AuditOutcome.FAILED,
    EntryEnd.FOUND: AuditOutcome.FOUND_DONE,
    EntryEnd.UNCLEAR: AuditOutcome.UNCLEAR,
    EntryEnd.ABANDONED: AuditOutcome.UNCLEAR,
}
_RAN = {
    ActionStatus.RUNNING: AuditOutcome.UNCLEAR,
    ActionStatus.DONE: AuditOutcome.SUCCEEDED,
    ActionStatus.FAILED: AuditOutcome.FAILED,
    ActionStatus.UNCLEAR: AuditOutcome.UNCLEAR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedBy:
    """Who makes a change without a request, and when; the fields are those of `AuditLine`."""

    id: str
    at: float
    author: str
    principal: str
    plan: str

    def fields(self) -> dict[str, Any]:
        """The same by name."""
        return {name: getattr(self, name) for name in ("id", "at", "author", "principal", "plan")}


def ended_requests(
    journal: Mapping[str, JournalEntry], changes: Sequence[StateChange], now: float
) -> list[AppendAudit]:
    """One line for each request whose end a commit records.

    Args:
        journal: The open entries by their ids.
        changes: The commit.
        now: Seconds since the epoch.
    """
    ends = [change for change in changes if isinstance(change, DropEntry) and change.end is not EntryEnd.UNSENT]
    return [AppendAudit(_request_line(journal[end.id], end, changes, now)) for end in ends if end.id in journal]


def _request_line(entry: JournalEntry, end: DropEntry, changes: Sequence[StateChange], now: float) -> AuditLine:
    record = _written(entry, changes)
    outcome = _outcome(entry, end, record, changes)
    identifier = (record.identifier if record else "") or entry.identifier or entry.draft.identifier
    return AuditLine(
        **{**about_request(entry), "identifier": identifier},
        id=entry.id,
        at=now,
        author=entry.author,
        principal=entry.principal,
        action=request_action(entry),
        outcome=outcome,
        error="" if outcome is AuditOutcome.SUCCEEDED else end.error,
    )


def _written(entry: JournalEntry, changes: Sequence[StateChange]) -> Record | None:
    records = (change.record for change in changes if isinstance(change, PutRecord))
    return next((record for record in records if record.id == entry.draft.id), None)


def _outcome(
    entry: JournalEntry, end: DropEntry, record: Record | None, changes: Sequence[StateChange]
) -> AuditOutcome:
    return _ENDED.get(end.end) or _shown(entry, record, changes)


def _shown(entry: JournalEntry, record: Record | None, changes: Sequence[StateChange]) -> AuditOutcome:
    if entry.operation is Operation.DELETE:
        gone = DropRecord(entry.draft.key, entry.draft.generation) in changes
        return AuditOutcome.SUCCEEDED if gone else AuditOutcome.FAILED
    if record is None:
        return AuditOutcome.FAILED
    if entry.operation is Operation.CREATE:
        return _CREATED[record.status]
    return AuditOutcome.UNCLEAR if record.dirty else AuditOutcome.SUCCEEDED


def adopted_or_forgotten(action: AuditAction, record: Record, made: AuditedBy) -> AppendAudit:
    """The line of a change that sends nothing: an adoption, or a resource that is forgotten.

    Args:
        action: Which of the two.
        record: What is written or dropped.
        made: Who makes the change.
    """
    return AppendAudit(
        AuditLine(**made.fields(), **about_resource(record), action=action, outcome=AuditOutcome.SUCCEEDED)
    )


def action_run(record: ActionRecord, made: AuditedBy) -> AppendAudit:
    """The line of an action's run that has ended."""
    return AppendAudit(
        AuditLine(**made.fields(), **about_action(record), action=AuditAction.RUN, outcome=_RAN[record.status])
    )
