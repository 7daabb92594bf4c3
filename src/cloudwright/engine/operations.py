"""One mutating request from journal entry to verdict, journaled at every point where this process may die.

Order of events: choose everything random, write the journal entry, confirm the lease, send, write the request token
(polling does not wait for that), poll, judge. The caller writes the outcome in one transaction with the end of the
entry.
"""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.control.error_classes import final
from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.verdict import Verdict, VerdictKind
from cloudwright.engine.evidence import JudgedRequest, from_error, from_event, weigh
from cloudwright.errors import CredentialsError, IntentTooOld, NotSent, ServiceError, StateError, TransportError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.state.changes import DropEntry, PutEntry
from cloudwright.state.journal import EntryEnd, JournalEntry

if TYPE_CHECKING:
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.changes import StateChange

UNSENT_LIMIT = 300.0
"""Seconds after which an unsent journal entry is withdrawn: a machine that slept must not send it when it wakes up."""

LAST_ARRIVAL = UNSENT_LIMIT + 600.0
"""Seconds after which no delivery of a journal entry's request can take effect any more.

The last delivery is signed within `UNSENT_LIMIT`. AWS accepts a signature for five minutes (IAM User Guide, "Elements
of an AWS API request signature"), by a clock that may differ from that of this machine by as much.
"""

RESEND_AGE = 24 * 3600.0
"""Seconds within which identical bytes are sent again; AWS keeps client tokens 36 hours (CreateResource, API docs)."""


REDELIVERIES = 6
"""How often the bytes of a create are sent again while they are blocked by a request that may be their own."""


@dataclass(slots=True)
class _Guard:
    """Checks right before each delivery that the lease holds and that the journal entry is recent.

    Attributes:
        earlier: The entry of an earlier run, which may have sent the same bytes; AWS must still know its client token.
        passed: Whether a delivery was permitted.
    """

    run: DeployRun
    opened: float
    earlier: JournalEntry | None = None
    passed: bool = False

    async def __call__(self) -> None:
        self._check_age()
        await self.run.services.store.confirm(self.run.lease)
        self._check_age()
        self.passed = True

    def _check_age(self) -> None:
        services, entry = self.run.services, self.earlier
        if services.clock.boot() - self.opened > UNSENT_LIMIT:
            raise IntentTooOld
        if entry is not None and services.control.now(entry.target) - entry.created_at > RESEND_AGE:
            raise IntentTooOld


@dataclass(slots=True)
class RequestRunner:
    """Performs requests for one run."""

    run: DeployRun
    _writes: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def open(self, entry: JournalEntry, *replaced: StateChange) -> JournalEntry:
        """Write a journal entry; nothing is sent yet.

        Args:
            entry: The request, with its token and body.
            replaced: The entry to drop in the same transaction.
        """
        entry = replace(
            entry,
            principal=await self.run.principal(entry.target),
            created_at=self.run.services.control.now(entry.target),
            plan=self.run.plan,
            author=self.run.author,
        )
        await self.run.commit(*replaced, PutEntry(entry))
        return entry

    async def perform(self, entry: JournalEntry, body: bytes, *, timeout: float) -> JudgedRequest:
        """Send an opened journal entry and follow it to its end.

        Args:
            entry: The result of `open`.
            body: The exact bytes.
            timeout: Seconds to wait for the operation.

        Raises:
            NotSent, CredentialsError: Nothing reached AWS; the entry is withdrawn.
            TransportError: It may have; the entry stays for the next run.
            LeaseLost: This run must not write any more; nothing was sent.
        """
        guard = _Guard(self.run, self.run.services.clock.boot())
        try:
            return await self._sent(entry, body, guard, timeout)
        except (NotSent, CredentialsError):
            await self.run.commit(DropEntry(entry.id, EntryEnd.UNSENT))
            raise
        except IntentTooOld:
            if not guard.passed:
                await self.run.commit(DropEntry(entry.id, EntryEnd.UNSENT))
            raise

    async def resend(self, entry: JournalEntry, body: bytes, *, timeout: float) -> JudgedRequest:
        """Send a create of an earlier run again and follow it to its end.

        That run may have sent it, so whatever happens here, the entry stays until the request's end is known.

        Args:
            entry: The journal entry.
            body: The exact bytes.
            timeout: Seconds to wait for the operation.

        Raises:
            IntentTooOld: AWS may have forgotten the client token by now; nothing was sent.
            TransportError, CredentialsError, LeaseLost: The entry stays for the next run.
        """
        return await self._sent(entry, body, self._repeating(entry), timeout)

    async def _sent(self, entry: JournalEntry, body: bytes, guard: _Guard, timeout: float) -> JudgedRequest:
        judged = await self._delivered(entry, body, guard, timeout)
        for attempt in range(REDELIVERIES):
            if not _perhaps_itself(judged) or not await self._free_again(entry, judged, attempt, timeout):
                break
            judged = await self._redelivered(entry, body, timeout)
        return judged

    async def _redelivered(self, entry: JournalEntry, body: bytes, timeout: float) -> JudgedRequest:
        """Send the identical bytes once more.

        AWS answers with the first delivery's request, or starts one if none arrived.
        """
        try:
            return await self._delivered(entry, body, self._repeating(entry), timeout)
        except (NotSent, CredentialsError) as error:
            raise final(error, unanswered=True) from error

    async def _free_again(self, entry: JournalEntry, judged: JudgedRequest, attempt: int, timeout: float) -> bool:
        """Wait for the end of the blocking request; returns whether it ended in time, as far as is known."""
        token = judged.verdict.request_token
        event = await self._end_of(entry, token, timeout) if token is not None else None
        if event is None or event.status is None:
            await asyncio.sleep(2.0**attempt)
            return True
        return event.status.terminal

    def _repeating(self, entry: JournalEntry) -> _Guard:
        return _Guard(self.run, self.run.services.clock.boot(), entry)

    async def _delivered(self, entry: JournalEntry, body: bytes, guard: _Guard, timeout: float) -> JudgedRequest:
        try:
            event = await self.run.services.control.mutate(entry.target, entry.operation, body, guard=guard)
        except ServiceError as error:
            error.unanswered = error.unanswered or guard.earlier is not None
            evidence = from_error(entry, error, self.run.services, iam_changed=self.run.iam_changed)
            judged = await weigh(entry, evidence, self.run.services, error=error)
            return await self._other_request(entry, judged, timeout)
        self._accepted(entry, event)
        return await self.follow(entry, event, timeout=timeout)

    async def follow(self, entry: JournalEntry, event: ProgressEvent, *, timeout: float) -> JudgedRequest:
        """Wait for the end of an accepted request and judge it.

        Args:
            entry: Its journal entry.
            event: The last known event.
            timeout: Seconds to wait.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            event = await self._end(entry, event, deadline)
        except (TransportError, CredentialsError, ServiceError) as error:
            reason = f"can't follow the request to its end: {error}"
            return JudgedRequest(verdict=Verdict(kind=VerdictKind.RUNNING, reason=reason), event=event)
        finally:
            await self._written(entry)
        evidence = from_event(entry, event, self.run.services, iam_changed=self.run.iam_changed)
        return await weigh(entry, evidence, self.run.services, event=event)

    async def _end(self, entry: JournalEntry, event: ProgressEvent, deadline: float) -> ProgressEvent:
        """The last event of a request, accompanied if somebody watches resources of its type being made."""
        tracker, companion = self.run.services.tracker, self.run.companion
        if companion is None or entry.operation is not Operation.CREATE or entry.type not in companion.types:
            return await tracker.follow(entry.target, event, deadline=deadline)
        async with companion.accompany(entry) as named:
            return await tracker.follow(entry.target, event, deadline=deadline, named=named)

    async def _other_request(self, entry: JournalEntry, judged: JudgedRequest, timeout: float) -> JudgedRequest:
        """ClientTokenConflict names our own request; a ConcurrentOperation names somebody else's, which is awaited."""
        token = judged.verdict.request_token
        if judged.verdict.kind not in {VerdictKind.RESUME, VerdictKind.WAIT} or token is None:
            return judged
        if judged.verdict.kind is VerdictKind.RESUME:
            event = _running(entry, token)
            self._accepted(entry, event)
            return await self.follow(entry, event, timeout=timeout)
        if await self._end_of(entry, token, timeout) is None:
            await asyncio.sleep(1.0)
        return judged

    async def _end_of(self, entry: JournalEntry, token: str, timeout: float) -> ProgressEvent | None:
        """The last event of a request that may be somebody else's; `None` if AWS returns nothing about it."""
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            return await self.run.services.tracker.follow(entry.target, _running(entry, token), deadline=deadline)
        except (TransportError, ServiceError, CredentialsError):
            return None

    def _accepted(self, entry: JournalEntry, event: ProgressEvent) -> None:
        """Write the request token in the background; the outcome's transaction comes after it."""
        now = self.run.services.control.now(entry.target)
        known = replace(entry, request_token=event.request_token, requested_at=now)
        task = self._writes[entry.id] = asyncio.create_task(self._write(known))
        task.add_done_callback(_keep_quiet)

    async def _write(self, entry: JournalEntry) -> None:
        await self.run.commit(PutEntry(entry))

    async def _written(self, entry: JournalEntry) -> None:
        task = self._writes.pop(entry.id, None)
        if task is None:
            return
        await asyncio.wait({task})
        if task.cancelled():
            raise StateError("the request token could not be written: the write was stopped")
        task.result()


def _running(entry: JournalEntry, token: str) -> ProgressEvent:
    return ProgressEvent(
        type_name=entry.type, request_token=token, operation=entry.operation, status=OperationStatus.IN_PROGRESS
    )


def _perhaps_itself(judged: JudgedRequest) -> bool:
    """Whether a create was refused because of a request that may be its own first delivery."""
    refused = judged.error is not None and judged.error.name == "ConcurrentOperation"
    return refused and judged.verdict.kind is VerdictKind.RUNNING


def _keep_quiet(task: asyncio.Task[None]) -> None:
    """Keep a failed write quiet: following the request raises its error; after an immediate stop nobody does."""
    if not task.cancelled():
        task.exception()
