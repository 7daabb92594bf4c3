"""What changed between two snapshots of an image that is being built and delivered."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.progress import PhaseStatus
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.delivery.progress import BuildProgress, PhaseProgress, WorkflowStepProgress
    from cloudwright.imagebuilder.delivery.scope import Place


class BuildEventKind(StrEnum):
    """The kind of a change."""

    PHASE = "phase"
    STEP = "step"
    CELL = "cell"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEvent:
    """One change between two snapshots.

    Attributes:
        status: Status of a phase or step.
        seconds: Its duration; 0 while it runs.
        expected: For a phase that begins: seconds in earlier runs; 0 if unknown.
        place: For a cell: its account and Region.
        ami: For a cell: the AMI that was delivered.
        step_id: For a step that waits: the id that `images approve` takes.
        message: AWS's message about a step.
    """

    kind: BuildEventKind
    phase: str = ""
    step: str = ""
    status: str = ""
    seconds: float = 0.0
    expected: float = 0.0
    place: Place | None = None
    ami: str = ""
    step_id: str = ""
    message: str = ""


def changes(before: BuildProgress | None, after: BuildProgress) -> Iterator[BuildEvent]:
    """What changed between two snapshots of the same image.

    Args:
        before: The earlier one; `None` at the beginning.
        after: The later one.
    """
    former = {phase.name: phase for phase in before.phases} if before else {}
    for phase in after.phases:
        yield from _phase_changes(former.get(phase.name), phase)
    there = before.cells if before else {}
    for place, ami in after.cells.items():
        if ami and there.get(place, "") != ami:
            yield BuildEvent(kind=BuildEventKind.CELL, place=place, ami=ami)


def _phase_changes(before: PhaseProgress | None, phase: PhaseProgress) -> Iterator[BuildEvent]:
    known = {step.id: step.status for step in before.steps} if before else {}
    started = before is None or before.status is PhaseStatus.PENDING
    if phase.status is PhaseStatus.RUNNING and started:
        yield BuildEvent(kind=BuildEventKind.PHASE, phase=phase.name, status=phase.status, expected=phase.expected)
    for step in phase.steps:
        if known.get(step.id, "pending") != step.status and step.status != "pending":
            yield _step_event(phase, step)
    over = phase.status in {PhaseStatus.DONE, PhaseStatus.FAILED}
    if over and (before is None or before.status is not phase.status):
        seconds = phase.elapsed(phase.ended)
        yield BuildEvent(kind=BuildEventKind.PHASE, phase=phase.name, status=phase.status, seconds=seconds)


def _step_event(phase: PhaseProgress, step: WorkflowStepProgress) -> BuildEvent:
    waiting = step.waits and step.status == "running"
    return BuildEvent(
        kind=BuildEventKind.WAITING if waiting else BuildEventKind.STEP,
        phase=phase.name,
        step=step.name,
        status="waiting" if waiting else step.status,
        seconds=max(step.ended - step.started, 0.0) if step.started and step.ended else 0.0,
        step_id=step.id,
        message=step.message,
    )
