"""Updates and deletes of earlier runs that were never answered.

They are never sent again. But the network may deliver one late, for as long as AWS accepts its signature. So until none
can arrive any more, its entry stays in the journal, and each run reads the resource again.
"""

from __future__ import annotations

import asyncio
import time
from enum import Enum
from typing import TYPE_CHECKING

from cloudwright.control.evidence import Lookup
from cloudwright.control.model import Operation, OperationStatus
from cloudwright.engine.operations import LAST_ARRIVAL, UNSENT_LIMIT
from cloudwright.engine.state_changes import dirtied, half_updated
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.identity import physical
from cloudwright.state.changes import DropEntry, DropRecord, PutEntry, PutRecord
from cloudwright.state.journal import EntryEnd

if TYPE_CHECKING:
    from cloudwright.control.model import ProgressEvent
    from cloudwright.engine.run import Services
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot

DELIVERY = 10.0
"""Seconds for which a run waits for the last request of a dead run, which may still be in transit."""

READ_AGAIN = "its outcome is unknown, so its resource is read again"

_PAGES = 50
"""Pages of ListResourceRequests at most: 5,000 requests of the last seven days."""

_OPEN = tuple(status for status in OperationStatus if not status.terminal)


@dataclass(frozen=True, slots=True)
class UnansweredRequest:
    """An update or a delete whose effect nobody knows.

    Attributes:
        entry: The request.
        ends: What becomes of its journal entry.
        unread: Whether only a read by the plan can show what its resource is like.
    """

    entry: JournalEntry
    ends: tuple[StateChange, ...]
    unread: bool


class RunningRequests(Enum):
    """What is known about running requests on a resource if none is found."""

    NONE = "none"
    UNKNOWN = "unknown"


async def inspect_unanswered(
    entry: JournalEntry, snapshot: Snapshot, services: Services
) -> tuple[StateChange, ...] | JournalEntry | UnansweredRequest:
    """Wait for the delivery and for running requests on the resource, then find out what is to be read.

    Args:
        entry: An update or a delete without a request token.
        snapshot: The state.
        services: For the reads.

    Returns:
        What is certain; the entry with the token of a request to follow first; or what is not certain yet.
    """
    await _delivered(entry, services)
    running = await _running_request(entry, services)
    if isinstance(running, str):
        return replace(entry, request_token=running)
    record = recorded(entry, snapshot)
    ends = _ends(entry, record, running, services)
    if record is None or not entry.identifier:
        return UnansweredRequest(entry, ends, unread=False)
    if entry.operation is Operation.UPDATE:
        return UnansweredRequest(entry, ends, unread=True)
    result = await services.control.lookup(entry.target, entry.type, entry.identifier)
    if result.lookup is not Lookup.ABSENT:
        return UnansweredRequest(entry, ends, unread=False)
    if _made_later(record, entry):
        # Reads may lag behind the create, so that absence proves nothing yet.
        return UnansweredRequest(entry, ends, unread=True)
    return (DropRecord(record.key, record.generation), DropEntry(entry.id, EntryEnd.FOUND))


def is_known(entry: JournalEntry) -> bool:
    """Whether the request token comes from AWS's answer to this very request, and not from a list of running ones.

    Args:
        entry: A request that is followed.
    """
    return entry.operation is Operation.CREATE or entry.requested_at is not None


def changes_of(one: UnansweredRequest, snapshot: Snapshot, services: Services) -> tuple[StateChange, ...]:
    """The changes for a request whose effect nobody knows; none if the state says as much already.

    Args:
        one: The request.
        snapshot: The state, with what is known about later requests.
        services: For schemas and the time.
    """
    record = recorded(one.entry, snapshot) if one.unread else None
    if record is None:
        return one.ends
    now = services.control.now(one.entry.target)
    if one.entry.operation is Operation.UPDATE:
        marked = half_updated(record, one.entry, services, now=now)
    else:
        marked = dirtied(record, (), now=now)
    same = replace(marked, updated_at=record.updated_at) == record
    return one.ends if same else (PutRecord(marked), *one.ends)


def note_of(one: UnansweredRequest, services: Services) -> str:
    """What is reported about it.

    Args:
        one: The request.
        services: For the time.
    """
    entry = one.entry
    what = f"{entry.operation.value.lower()} of {entry.key}"
    if any(isinstance(change, DropEntry) for change in one.ends):
        return f"{what}: {READ_AGAIN if one.unread else 'it changed nothing'}"
    if services.control.now(entry.target) > entry.created_at + LAST_ARRIVAL:
        return f"{what}: it may still be running; the next run checks again"
    until = time.strftime("%H:%M:%S", time.gmtime(entry.created_at + LAST_ARRIVAL))
    return f"{what}: AWS never answered, and the request may still arrive; runs until {until} UTC read it again"


def recorded(entry: JournalEntry, snapshot: Snapshot) -> Record | None:
    """The record of the resource that a request changes, made again under the same name or not.

    Args:
        entry: An update or a delete.
        snapshot: The state.
    """
    named = physical(entry.type, entry.target, entry.identifier or "")
    alike = (one for one in snapshot.records if physical(one.type, one.target, one.identifier) == named)
    own = (one for one in snapshot.records if one.id == entry.draft.id)
    return next(alike, None) or next(own, None)


def _ends(
    entry: JournalEntry, record: Record | None, running: RunningRequests, services: Services
) -> tuple[StateChange, ...]:
    age = services.control.now(entry.target) - entry.created_at
    if running is not RunningRequests.NONE or age <= LAST_ARRIVAL:
        return () if entry.awaited else (PutEntry(replace(entry, awaited=True)),)
    if entry.operation is Operation.DELETE and record is not None and not _made_later(record, entry):
        return (DropEntry(entry.id),)
    return (DropEntry(entry.id, EntryEnd.UNCLEAR),)


def _made_later(record: Record, entry: JournalEntry) -> bool:
    """Whether a record is about a resource that was made again, under the same name, after a request was sent."""
    return record.created_at > entry.created_at


async def _delivered(entry: JournalEntry, services: Services) -> None:
    """Wait until a last request of the dead run has arrived, as nearly all do at once; one run does so."""
    latest = entry.created_at + UNSENT_LIMIT + DELIVERY
    wait = min(DELIVERY, latest - services.control.now(entry.target))
    if wait > 0 and not entry.awaited:
        await asyncio.sleep(wait)


async def _running_request(entry: JournalEntry, services: Services) -> str | RunningRequests:
    """The token of a running request on the entry's identifier."""
    token: str | None = None
    try:
        for _ in range(_PAGES):
            page = await services.control.requests(entry.target, token, statuses=_OPEN)
            for event in page.events:
                if _works_on(entry, event) and event.request_token:
                    return event.request_token
            token = page.next_token
            if token is None:
                return RunningRequests.NONE
    except CloudwrightError:
        pass
    longest = services.catalog.get(entry.type).timeout(entry.operation.value)
    over = services.control.now(entry.target) - entry.created_at > UNSENT_LIMIT + longest
    return RunningRequests.NONE if over else RunningRequests.UNKNOWN


def _works_on(entry: JournalEntry, event: ProgressEvent) -> bool:
    ended = event.status is None or event.status.terminal
    return not ended and event.type_name == entry.type and event.identifier == entry.identifier
