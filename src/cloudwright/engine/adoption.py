"""Records a live resource that a declaration adopts: before anything is sent, and only if no other state owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.audit import adopted_or_forgotten
from cloudwright.engine.drafts import draft_of
from cloudwright.engine.failures import owned_elsewhere
from cloudwright.engine.redaction import sealed_attributes
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.masking import mask_like
from cloudwright.state.audit import AuditAction
from cloudwright.state.changes import DropRecord, PutRecord

if TYPE_CHECKING:
    from cloudwright.control.model import ResourceDescription
    from cloudwright.engine.drafts import ResolvedStep
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.records import Record


async def record_adopted(run: DeployRun, work: ResolvedStep, found: ResourceDescription, *, claim: str = "") -> Record:
    """Write the record of an adopted resource; what differs from the declaration is marked dirty.

    Args:
        run: The run.
        work: The step.
        found: The live resource that the plan showed.
        claim: Which other tool still manages it; empty for none.

    Raises:
        OperationFailed: Another state records it; the record is withdrawn.
    """
    draft = replace(draft_of(work, run.next_order()), identifier=found.identifier, claim=claim)
    observed = mask_like(work.subject.kind, found.properties, draft.declared, work.subject.fingerprint)
    now = run.services.control.now(draft.target)
    dirty = tuple(change.path for change in work.decision.changes)
    sealed = sealed_attributes(work.subject.kind, found.identifier, found.properties, run.services.sealing)
    record = replace(draft, observed=observed, sealed=sealed, dirty=dirty, created_at=now, updated_at=now)
    made = await run.made(record.target)
    await run.commit(PutRecord(record), adopted_or_forgotten(AuditAction.ADOPT, record, made))
    await _refuse_owned_elsewhere(run, work, record)
    return record


async def _refuse_owned_elsewhere(run: DeployRun, work: ResolvedStep, record: Record) -> None:
    """Check the other states after the record is written.

    In this order at least one of two simultaneous adoptions sees the other.
    """
    claims = await run.neighbours.claims()
    owner = claims.owner(record.type, record.target, record.identifier)
    if owner is not None:
        former = PutRecord(work.record) if work.record else DropRecord(record.key, record.generation)
        made = await run.made(record.target)
        await run.commit(former, adopted_or_forgotten(AuditAction.FORGET, record, made))
        raise owned_elsewhere(record, owner)
