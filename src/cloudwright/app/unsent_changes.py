"""Changes of the state for which nothing is sent to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.engine.drafts import ResolvedStep, refreshed
from cloudwright.plan.model import Action
from cloudwright.state.changes import PutRecord

if TYPE_CHECKING:
    from cloudwright.app.plan import PlannedProgram
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


def observed_changes(planned: PlannedProgram, snapshot: Snapshot) -> list[PutRecord]:
    """Changes of the records whose attributes planning has read.

    Args:
        planned: A plan.
        snapshot: The state before it was planned.
    """
    stored = {record.id: record for record in snapshot.records}
    seen = [record for record in planned.context.snapshot.records if record != stored.get(record.id)]
    return [PutRecord(record) for record in seen]


def unsent_changes(planned: PlannedProgram, snapshot: Snapshot) -> list[Any]:
    """Changes of records for which nothing is sent: edges, options, targets.

    Args:
        planned: A plan in which nothing happens.
        snapshot: The state.
    """
    present: dict[tuple[str, int], Record] = {record.id: record for record in snapshot.records}
    changes: list[Any] = []
    for each in planned.planner.planned.values():
        record = present.get(each.record.id) if each.record else None
        if record is None or each.step.action is not Action.NONE:
            continue
        work = ResolvedStep(step=each.step, subject=each.subject, decision=each.decision, record=record)
        wanted = refreshed(work, each.record or record, live=planned.context.live.get(record.id))
        if wanted != record:
            changes.append(PutRecord(wanted))
    return changes
