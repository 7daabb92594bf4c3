"""Recovery: what the journal of a dead run means, and how its open requests are completed.

Needs neither the program nor a plan. `inspect_journal` only reads: what became of each request is applied to a copy of
the state, and written once the run holds the lease. `resume` completes what is still open, as an approved step.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.verdict import VerdictKind
from cloudwright.engine.drafts import body_of
from cloudwright.engine.evidence import JudgedRequest, from_event, weigh
from cloudwright.engine.failures import operation_failed
from cloudwright.engine.journal_inspection import JournalInspection
from cloudwright.engine.lifecycle import Lifecycle, StepResult
from cloudwright.engine.operations import RESEND_AGE
from cloudwright.engine.ownership import OwnedResources
from cloudwright.engine.state_changes import StateTransition, disproved, half_updated, not_recorded, settle
from cloudwright.engine.unanswered import (
    READ_AGAIN,
    UnansweredRequest,
    changes_of,
    inspect_unanswered,
    is_known,
    note_of,
    recorded,
)
from cloudwright.errors import CannotUnseal, NeedsHuman, ServiceError
from cloudwright.plan.identity import physical
from cloudwright.state.changes import DropEntry, DropRecord, PutRecord
from cloudwright.state.journal import EntryEnd, JournalEntry
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.operations import RequestRunner
    from cloudwright.engine.run import DeployRun, Services
    from cloudwright.state.changes import StateChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


_HOURS = 48
"""From this age on, messages count days."""

_PAGES = 50
"""Pages of ListResourceRequests at most: 5,000 requests of the last seven days."""


async def inspect_journal(snapshot: Snapshot, services: Services, chosen: Collection[str] = ()) -> JournalInspection:
    """Find out what became of every request in the journal. Reads only.

    Args:
        snapshot: The state.
        services: For the reads.
        chosen: Keys whose resource the user has named or wants adopted: a create of theirs of which nothing is known is
            abandoned once the plan is approved.

    Raises:
        CloudwrightError: AWS can't be reached.
    """
    inspection, owned, unsettled = JournalInspection(snapshot), OwnedResources(), list[UnansweredRequest]()
    owned.apply(map(PutRecord, snapshot.records))
    for target in {entry.target for entry in snapshot.journal}:
        await services.control.verify(target)
    results = await asyncio.gather(*(_inspect_unless(entry, snapshot, services, chosen) for entry in snapshot.journal))
    for entry, result in zip(snapshot.journal, results, strict=True):
        if result is None:
            inspection.abandoned.append(DropEntry(entry.id, EntryEnd.ABANDONED))
        elif isinstance(result, NeedsHuman):
            inspection.undecided[entry.key] = result
        elif isinstance(result, JournalEntry):
            inspection.resumes[entry.key] = result
        elif isinstance(result, UnansweredRequest):
            unsettled.append(result)
        else:
            changes = _once(entry, result, owned, services)
            inspection.changes.extend(changes)
            inspection.notes.append(f"{entry.operation.value.lower()} of {entry.key}: {_described(changes)}")
    for one in unsettled:
        # On top of what is known: a later request of the same resource may have ended.
        inspection.changes.extend(changes_of(one, applied(snapshot, inspection.changes), services))
        inspection.notes.append(note_of(one, services))
    inspection.snapshot = applied(snapshot, [*inspection.changes, *inspection.abandoned])
    return inspection


async def _inspect_unless(
    entry: JournalEntry, snapshot: Snapshot, services: Services, chosen: Collection[str]
) -> tuple[StateChange, ...] | JournalEntry | UnansweredRequest | NeedsHuman | None:
    """What became of a request; if only the user can find that out: why, or `None` once they have decided."""
    try:
        return await _inspect(entry, snapshot, services)
    except NeedsHuman as error:
        return None if entry.key in chosen else error


def _once(
    entry: JournalEntry, changes: tuple[StateChange, ...], owned: OwnedResources, services: Services
) -> tuple[StateChange, ...]:
    """The same changes, except for a create that ended on a resource which another record owns."""
    holder = None
    for change in changes if entry.operation is Operation.CREATE else ():
        if isinstance(change, PutRecord) and change.record.id == entry.draft.id:
            holder = None if change.record.status is RecordStatus.DOUBTFUL else owned.claim(change.record)
    if holder is not None:
        changes = not_recorded(entry, holder, now=services.control.now(entry.target))
    owned.apply(changes)
    return changes


def _described(changes: tuple[StateChange, ...]) -> str:
    for change in changes:
        if isinstance(change, PutRecord):
            return f"recorded as {change.record.status}" if not change.record.dirty else READ_AGAIN
        if isinstance(change, DropRecord):
            return "the resource no longer exists"
    return "it changed nothing"


async def _inspect(
    entry: JournalEntry, snapshot: Snapshot, services: Services
) -> tuple[StateChange, ...] | JournalEntry | UnansweredRequest:
    if entry.request_token is not None:
        event = await _ask(entry, services)
        if event is not None and event.status is not None and event.status.terminal:
            return await _settled(entry, event, snapshot, services)
        if event is not None:
            return entry
    if entry.operation is Operation.CREATE:
        return await _inspect_create(entry, snapshot, services)
    return await inspect_unanswered(replace(entry, request_token=None, requested_at=None), snapshot, services)


async def _ask(entry: JournalEntry, services: Services) -> ProgressEvent | None:
    """The request's state; `None` once AWS has forgotten it (7 days)."""
    try:
        return await services.control.status(entry.target, entry.request_token or "")
    except ServiceError as error:
        if error.name != "RequestTokenNotFound":
            raise
        return None


async def _settled(
    entry: JournalEntry, event: ProgressEvent, snapshot: Snapshot, services: Services
) -> tuple[StateChange, ...] | UnansweredRequest:
    judged = await weigh(entry, from_event(entry, event, services), services, event=event)
    now = services.control.now(entry.target)
    found = await _live(entry, judged, services)
    settled = settle(entry, judged, services, now=now, live=found)
    if judged.verdict.kind is VerdictKind.DOUBTFUL and not settled.changes:
        raise NeedsHuman(
            f"{entry.key}: a create of {entry.type} failed, and cloudwright can't tell whether it left a "
            f"resource behind ({judged.verdict.reason}; request token {entry.request_token})",
            hint=f"look for it in {entry.target}. If it is there, delete it or take it over: `cloudwright import FILE "
            f"{quote(entry.key)} IDENTIFIER`. If not: `cloudwright state rm {quote(entry.key)} FILE`",
        )
    if entry.operation is Operation.UPDATE and not settled.ok:
        return UnansweredRequest(entry, (DropEntry(entry.id, error=judged.code),), unread=True)
    return (*settled.changes, *_superseded(entry, settled, snapshot, services))


def _superseded(
    entry: JournalEntry, settled: StateTransition, snapshot: Snapshot, services: Services
) -> tuple[StateChange, ...]:
    """After a replacement's create, the older generations stop being current."""
    if entry.operation is not Operation.CREATE or settled.record is None:
        return ()
    dropped = disproved(settled.record, snapshot.records, services.catalog)
    if settled.record.status is RecordStatus.DOUBTFUL:
        return dropped
    older = [r for r in snapshot.records if r.key == entry.key and r.generation < entry.generation and r.current]
    return (*(PutRecord(replace(record, current=False)) for record in older), *dropped)


async def _live(entry: JournalEntry, judged: JudgedRequest, services: Services) -> dict[str, object] | None:
    if entry.operation is Operation.DELETE or not judged.identifier:
        return None
    if judged.verdict.kind not in {VerdictKind.DONE, VerdictKind.TAINTED, VerdictKind.DOUBTFUL}:
        return None
    live = (await services.control.lookup(entry.target, entry.type, judged.identifier)).found
    return None if live is None else dict(live.properties)


async def _inspect_create(
    entry: JournalEntry, snapshot: Snapshot, services: Services
) -> tuple[StateChange, ...] | JournalEntry:
    """Only the client token is known: the identical bytes may be sent again while AWS keeps the token."""
    age = services.control.now(entry.target) - entry.created_at
    if not services.catalog.get(entry.type).resends:
        return await _old_create(
            entry, snapshot, services, "its provider has neither `find` nor an idempotent `create`, so this is doubtful"
        )
    caller = await services.control.caller(entry.target)
    try:
        body_of(entry, services)
    except CannotUnseal:
        return await _old_create(entry, snapshot, services, "its bytes can't be unsealed here")
    if entry.principal and _without_session(entry.principal) != _without_session(caller.arn):
        return await _old_create(entry, snapshot, services, f"it was sent by {entry.principal}")
    if age > RESEND_AGE:
        return await _old_create(entry, snapshot, services, f"it is {_days(age)} old")
    # A request that nobody knows any more can't be followed; the client token alone counts.
    return replace(entry, request_token=None)


def _without_session(arn: str) -> str:
    """A principal's ARN.

    For a session of a role, only the role's part, since each run may choose another session name.
    """
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


async def _old_create(entry: JournalEntry, snapshot: Snapshot, services: Services, why: str) -> tuple[StateChange, ...]:
    """Too old to send again.

    A listed resource is ours only if it is the only candidate and its document equals ours.
    """
    from cloudwright.engine.unclaimed import matches

    claimed = {physical(record.type, record.target, record.identifier) for record in snapshot.records}
    listed = await _listed_creates(entry, services)
    candidates = [one for one in listed if physical(entry.type, entry.target, one.identifier or "") not in claimed]
    if len(candidates) == 1 and candidates[0].identifier:
        found = (await services.control.lookup(entry.target, entry.type, candidates[0].identifier)).found
        if found is not None and matches(entry, found.properties, services):
            event = replace(candidates[0], operation=Operation.CREATE)
            judged = await weigh(entry, from_event(entry, event, services), services, event=event)
            now = services.control.now(entry.target)
            settled = settle(entry, judged, services, now=now, live=found.properties)
            return (*settled.changes, *_superseded(entry, settled, snapshot, services))
    raise NeedsHuman(
        f"{entry.key}: an earlier run was interrupted while it created {entry.type}, and {why}; "
        "cloudwright can't tell whether that resource exists",
        hint=f"look for it in {entry.target}. If it is there, take it over: `cloudwright import FILE "
        f"{quote(entry.key)} IDENTIFIER`, or --adopt {quote(entry.key)} if its name identifies it. If not: "
        f"`cloudwright state rm {quote(entry.key)} FILE`",
    )


def _days(age: float) -> str:
    hours = round(age / 3600)
    return f"{hours} hours" if hours < _HOURS else f"{hours // 24} days"


async def _listed_creates(entry: JournalEntry, services: Services) -> list[ProgressEvent]:
    found: list[ProgressEvent] = []
    token: str | None = None
    for _ in range(_PAGES):
        page = await services.control.requests(entry.target, token)
        found += [event for event in page.events if _fits(entry, event)]
        token = page.next_token
        if token is None:
            break
    return found


def _fits(entry: JournalEntry, event: ProgressEvent) -> bool:
    same = event.operation is Operation.CREATE and event.type_name == entry.type
    return same and (event.event_time or 0.0) >= entry.created_at - 60.0


def applied(snapshot: Snapshot, changes: list[StateChange]) -> Snapshot:
    """A snapshot with these changes applied.

    Args:
        snapshot: The state.
        changes: Records and journal entries.
    """
    records = {record.id: record for record in snapshot.records}
    journal = {entry.id: entry for entry in snapshot.journal}
    for change in changes:
        match change:
            case PutRecord(record):
                records[record.id] = record
            case DropRecord(key, generation):
                records.pop((key, generation), None)
            case DropEntry(id=gone):
                journal.pop(gone, None)
    return replace(snapshot, records=tuple(records.values()), journal=tuple(journal.values()))


async def resume(run: DeployRun, entry: JournalEntry, snapshot: Snapshot) -> StepResult:
    """Complete an open request: follow it, or send the identical bytes of a create again.

    Args:
        run: Holds the lease.
        entry: One of `JournalInspection.resumes`.
        snapshot: The state.

    Raises:
        OperationFailed: It failed.
    """
    lifecycle = Lifecycle(run)
    judged = await _ended(entry, run, lifecycle.operations)
    if entry.operation is Operation.CREATE:
        older = [r for r in snapshot.records if r.key == entry.key and r.generation < entry.generation and r.current]
        return await lifecycle.created(entry, judged, None, superseded=older[0] if older else None)
    if not is_known(entry) and judged.verdict.kind is not VerdictKind.RUNNING:
        # Perhaps somebody else's request on the same resource: what it says is true of that one alone.
        return StepResult(record=recorded(entry, snapshot))
    if entry.operation is Operation.DELETE:
        return await lifecycle.deleted(entry, judged)
    return await _updated(run, entry, judged, recorded(entry, snapshot))


async def _ended(entry: JournalEntry, run: DeployRun, requests: RequestRunner) -> JudgedRequest:
    timeout = run.services.catalog.get(entry.type).timeout(entry.operation.value)
    if entry.request_token is None:
        return await requests.resend(entry, body_of(entry, run.services), timeout=timeout)
    event = ProgressEvent(
        type_name=entry.type,
        request_token=entry.request_token,
        operation=entry.operation,
        status=OperationStatus.IN_PROGRESS,
        event_time=entry.requested_at,
    )
    return await requests.follow(entry, event, timeout=timeout)


async def _updated(run: DeployRun, entry: JournalEntry, judged: JudgedRequest, record: Record | None) -> StepResult:
    now = run.services.control.now(entry.target)
    if judged.verdict.kind is VerdictKind.DONE or record is None:
        live = await _live(entry, judged, run.services)
        settled = settle(entry, judged, run.services, now=now, live=live)
        await run.commit_all(settled.changes)
        return StepResult(record=settled.record)
    if judged.verdict.kind is VerdictKind.RUNNING:
        raise operation_failed(entry, judged)
    dirty = half_updated(record, entry, run.services, now=now)
    await run.commit(PutRecord(dirty), DropEntry(entry.id, error=judged.code))
    return StepResult(record=dirty)
