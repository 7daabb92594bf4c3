"""The lifecycle of one resource: create, update, delete, each a journaled sequence of requests."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.control import wire
from cloudwright.control.evidence import Lookup
from cloudwright.control.model import Operation
from cloudwright.control.verdict import VerdictKind
from cloudwright.diff.wire_values import wire_value
from cloudwright.engine.adoption import record_adopted
from cloudwright.engine.audit import adopted_or_forgotten
from cloudwright.engine.convergence import Convergence, WrittenPaths, converged, sent_by_update
from cloudwright.engine.creation import record_created
from cloudwright.engine.drafts import draft_of, new_entry, with_body
from cloudwright.engine.evidence import next_attempt
from cloudwright.engine.failures import (
    OperationFailed,
    is_ours,
    operation_failed,
)
from cloudwright.engine.operations import RequestRunner
from cloudwright.engine.read_back import read_back
from cloudwright.engine.retry import MAX_ATTEMPTS, pause
from cloudwright.engine.state_changes import (
    attempt_ended,
    half_updated,
    request_ended,
    settle,
)
from cloudwright.engine.update_patch import patch_for
from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.attribute_values import known_identifier
from cloudwright.plan.masking import mask_like
from cloudwright.plan.unreturned import pointers, still_unreturned
from cloudwright.program.document import reveal
from cloudwright.schema.pointer import format_pointer
from cloudwright.state.audit import AuditAction
from cloudwright.state.changes import DropEntry, DropRecord, PutRecord
from cloudwright.state.journal import EntryEnd, JournalEntry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from cloudwright.control.model import ResourceDescription
    from cloudwright.engine.drafts import ResolvedStep
    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.run import DeployRun
    from cloudwright.engine.state_changes import StateTransition
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.state.changes import StateChange
    from cloudwright.state.records import Record
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """The end of a successful step.

    Attributes:
        record: The record afterwards; `None` after a delete.
        notes: Notes for the outcome.
    """

    record: Record | None
    notes: tuple[str, ...] = ()
    request_token: str | None = None


@dataclass(slots=True)
class Lifecycle:
    """Carries out single steps for one run."""

    run: DeployRun
    operations: RequestRunner = field(init=False)

    def __post_init__(self) -> None:
        """Share the run's journal."""
        self.operations = RequestRunner(self.run)

    # -- create

    async def create(self, work: ResolvedStep, *, superseded: Record | None = None) -> StepResult:
        """Create a resource, retrying only after its absence is shown.

        Args:
            work: The step.
            superseded: The old generation, which stops being current in the same transaction.

        Raises:
            OperationFailed: It failed; what it left behind is recorded.
        """
        draft = draft_of(work, self.run.next_order())
        token, existed = self.run.services.token, await self._existed(work)
        entry = new_entry(work, Operation.CREATE, draft, token, existed_before=existed)
        opened: tuple[DropEntry, ...] = ()
        waits = 0
        while True:
            desired = wire_value(work.subject.comparison, reveal(work.subject.desired), ())
            body = wire.create_body(work.subject.kind.name, desired, entry.client_token)
            entry = await self.operations.open(with_body(entry, work.subject, body, self.run.services), *opened)
            judged = await self.operations.perform(entry, body, timeout=self._timeout(work.subject, "create"))
            if judged.verdict.kind not in {VerdictKind.RETRY, VerdictKind.WAIT}:
                return await self.created(entry, judged, work.subject, superseded=superseded)
            await pause(self.run, entry, judged.verdict)
            opened = attempt_ended(entry, judged)
            waits += judged.verdict.kind is VerdictKind.WAIT
            if waits > MAX_ATTEMPTS:
                await self.run.commit_all(opened)
                raise operation_failed(entry, judged)
            entry = next_attempt(entry, judged, token)

    async def created(
        self,
        entry: JournalEntry,
        judged: JudgedRequest,
        subject: ResolvedResource | None,
        *,
        superseded: Record | None = None,
    ) -> StepResult:
        """Record a create's end.

        Args:
            entry: The request.
            judged: Its end.
            subject: The declaration; `None` if an earlier run's create is finished without its program.
            superseded: The old generation, if this is a replacement's first half.
        """
        settled, notes = await record_created(self.run, entry, judged, subject, superseded)
        return self._done(entry, judged, settled, notes)

    async def _existed(self, work: ResolvedStep) -> bool | None:
        """Read first for types whose create overwrites an existing resource."""
        if not work.subject.override.upserts:
            return None
        identifier = known_identifier(work.subject)
        if identifier is None:
            return None
        result = await self.run.services.control.lookup(work.step.target, work.step.type, identifier)
        if result.lookup is Lookup.PRESENT:
            twin = self.run.owned.holder(work.step.type, work.step.target, identifier)
            raise OperationFailed(
                f"{work.step.type} {identifier} already exists, and its create would overwrite it",
                hint=is_ours(twin) if twin else f"adopt it: adopt=True, or --adopt {work.step.key}",
            )
        return False if result.lookup is Lookup.ABSENT else None

    # -- adopt

    async def adopt(self, work: ResolvedStep, found: ResourceDescription) -> StepResult:
        """Adopt a live resource, then update it to match the declaration.

        Args:
            work: The step.
            found: The live resource that the plan showed.

        Raises:
            OperationFailed: Its update failed; the resource is recorded nevertheless.
        """
        record = await record_adopted(self.run, work, found)
        return await self.update(work, record) if record.dirty else StepResult(record=record)

    async def take_over(self, work: ResolvedStep, found: ResourceDescription, claim: str) -> StepResult:
        """Record a live resource that another tool still manages; nothing is sent, and differences stay.

        Args:
            work: The step.
            found: The live resource that the plan showed.
            claim: Which tool manages it.

        Raises:
            OperationFailed: Another state records it.
        """
        return StepResult(record=await record_adopted(self.run, work, found, claim=claim))

    # -- update

    async def update(self, work: ResolvedStep, record: Record) -> StepResult:
        """Update a resource to match its declaration, with a patch against a fresh read.

        Args:
            work: The step.
            record: As the state holds it.

        Raises:
            OperationFailed: It failed; the record is marked dirty if the update may have been applied in part.
        """
        replaced: tuple[DropEntry, ...] = ()
        attempt, attempted = 0, tuple[str, ...]()
        while True:
            live = await self._live(record)
            patch = patch_for(work, record, live)
            draft = replace(draft_of(work, record.order), identifier=record.identifier, created_at=record.created_at)
            draft = replace(draft, sealed=record.sealed, unreturned=record.unreturned)
            if not patch.operations:
                return await self._unpatched(work, draft, live, replaced, patch.notes)
            # An earlier attempt may have been applied in part, so its paths are as uncertain as those of this one.
            paths = (format_pointer(operation.path) for operation in patch.operations)
            attempted = tuple(dict.fromkeys((*attempted, *paths)))
            entry = replace(
                new_entry(work, Operation.UPDATE, draft, self.run.services.token, identifier=record.identifier),
                attempt=attempt,
                attempted=attempted,
            )
            sent = [operation.document() for operation in patch.operations]
            body = wire.update_body(record.type, record.identifier, sent, entry.client_token)
            entry = await self.operations.open(with_body(entry, work.subject, body, self.run.services), *replaced)
            judged = await self.operations.perform(entry, body, timeout=self._timeout(work.subject, "update"))
            if judged.verdict.kind not in {VerdictKind.RETRY, VerdictKind.WAIT}:
                written = sent_by_update(work.subject, record, live, patch.operations)
                return await self._noted(patch.notes, self._updated(entry, judged, work.subject, record, written))
            await pause(self.run, entry, judged.verdict)
            replaced, attempt = attempt_ended(entry, judged), attempt + 1

    async def _noted(self, notes: tuple[str, ...], end: Awaitable[StepResult]) -> StepResult:
        """The end of an update, with what it sent beyond the plan, however it ended."""
        try:
            done = await end
        except OperationFailed as failed:
            failed.notes = notes
            raise
        return replace(done, notes=(*notes, *done.notes))

    async def _unpatched(
        self,
        work: ResolvedStep,
        draft: Record,
        live: Mapping[str, Any],
        replaced: tuple[DropEntry, ...],
        notes: tuple[str, ...],
    ) -> StepResult:
        services = self.run.services
        observed = mask_like(work.subject.kind, live, draft.declared, services.sealing.fingerprint)
        # Nothing was written, so the known unreturned paths still apply.
        unreturned = still_unreturned(draft, live)
        now = self._now(draft.target)
        record = replace(draft, observed=observed, dirty=(), unreturned=unreturned, updated_at=now)
        ends = (one if one.end is EntryEnd.REFUSED else replace(one, end=EntryEnd.FOUND) for one in replaced)
        await self.run.commit_all([*ends, PutRecord(record)])
        return StepResult(record=record, notes=("it was as declared already", *notes))

    async def _updated(
        self, entry: JournalEntry, judged: JudgedRequest, subject: ResolvedResource, record: Record, sent: WrittenPaths
    ) -> StepResult:
        now = self._now(entry.target)
        if judged.verdict.kind is VerdictKind.DONE:
            identifier = (judged.event.identifier if judged.event else None) or record.identifier
            look = partial(_after_update, subject, sent, entry.draft, record)
            live, seen = await read_back(self.run, entry, identifier, look)
            settled = settle(entry, judged, self.run.services, now=now, live=live, unreturned=pointers(seen.absent))
            await self.run.commit_all(settled.changes)
            return self._done(entry, judged, settled, seen.notes())
        changes: list[StateChange] = [*request_ended(entry, judged)]
        if judged.verdict.kind is VerdictKind.DIRTY:
            changes.append(PutRecord(half_updated(record, entry, self.run.services, now=now)))
        if judged.verdict.kind is VerdictKind.RUNNING:
            changes = []
        await self.run.commit_all(changes)
        raise operation_failed(entry, judged)

    # -- delete

    async def delete(self, record: Record, *, timeout: float | None = None) -> StepResult:
        """Delete the physical resource of a record.

        Args:
            record: As the state holds it.
            timeout: Seconds to wait; by default the type's timeout.

        Raises:
            OperationFailed: It failed; the record is kept.
        """
        replaced: tuple[DropEntry, ...] = ()
        attempt = 0
        while True:
            entry = JournalEntry(
                id=self.run.services.token(),
                key=record.key,
                generation=record.generation,
                operation=Operation.DELETE,
                type=record.type,
                target=record.target,
                client_token=self.run.services.token(),
                body="",
                draft=record,
                identifier=record.identifier,
                attempt=attempt,
            )
            body = wire.delete_body(record.type, record.identifier, entry.client_token)
            entry = await self.operations.open(replace(entry, body=body.decode()), *replaced)
            wait = timeout or self.run.services.catalog.get(record.type).timeout("delete")
            judged = await self.operations.perform(entry, body, timeout=wait)
            if judged.verdict.kind not in {VerdictKind.RETRY, VerdictKind.WAIT}:
                return await self.deleted(entry, judged)
            await pause(self.run, entry, judged.verdict)
            replaced, attempt = attempt_ended(entry, judged), attempt + 1

    async def deleted(self, entry: JournalEntry, judged: JudgedRequest) -> StepResult:
        """Record a delete's end."""
        settled = settle(entry, judged, self.run.services, now=self._now(entry.target))
        await self.run.commit_all(settled.changes)
        return self._done(entry, judged, settled, ())

    async def forget(self, record: Record) -> StepResult:
        """Drop a record without touching the physical resource."""
        line = adopted_or_forgotten(AuditAction.FORGET, record, await self.run.made(record.target))
        await self.run.commit(DropRecord(record.key, record.generation), line)
        return StepResult(record=None)

    # -- parts

    async def _live(self, record: Record) -> Mapping[str, Any]:
        try:
            found = await self.run.services.control.get(record.target, record.type, record.identifier)
        except ServiceError as error:
            if error.name != "ResourceNotFound":
                raise
            raise OperationFailed(
                f"{record.key}: {record.identifier} no longer exists: it was deleted outside cloudwright",
                hint="`deploy --refresh` creates it again",
            ) from error
        return found.properties

    def _timeout(self, subject: ResolvedResource, operation: str) -> float:
        return subject.declaration.options.timeout or subject.kind.timeout(operation)

    def _now(self, target: Target) -> float:
        return self.run.services.control.now(target)

    def _done(
        self, entry: JournalEntry, judged: JudgedRequest, settled: StateTransition, notes: tuple[str, ...]
    ) -> StepResult:
        if not settled.ok:
            raise operation_failed(entry, judged)
        event = judged.event
        hooks = tuple(f"hook {h.type_name}: {h.message}" for h in event.hooks if h.message) if event else ()
        return StepResult(
            record=settled.record, notes=(*notes, *hooks), request_token=event.request_token if event else None
        )


def _after_update(
    subject: ResolvedResource, sent: WrittenPaths, draft: Record, before: Record, live: Mapping[str, Any]
) -> Convergence:
    return converged(subject, sent, live, draft, before.declared, lambda: (sent.live, before.observed))
