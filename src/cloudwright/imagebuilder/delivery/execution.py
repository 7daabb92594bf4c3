"""One image on its way: phases, workflow steps and cells as a picture, and what changed between two pictures.

The phases are those of Image Builder's statuses. Which cells are filled is what `outputResources` says: an AMI is
listed once it can be used in its account and Region.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.reasons import STEPS, LikelyCause, build_cause, cause_of
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.imagebuilder.delivery.times import iso_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.services.image_models import ImageBuild, RegionFailure, WorkflowExecution, WorkflowStep

PHASES = ("build", "test", "distribute", "integrate")
"""In their order."""

_OF_STATUS = {"BUILDING": "build", "TESTING": "test", "DISTRIBUTING": "distribute", "INTEGRATING": "integrate"}
_OF_WORKFLOW = {"BUILD": "build", "TEST": "test", "DISTRIBUTION": "distribute"}
_INTEGRATING = "ApplyImageConfigurations"
WAITS = "WaitForAction"
"""The action of a step that waits for somebody's decision."""


class PhaseStatus(StrEnum):
    """How a phase stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStepProgress:
    """One workflow step.

    Attributes:
        status: Image Builder's word in lower case: `pending`, `running`, `completed`, `failed`, `skipped`,
            `cancelled`.
        started: Seconds since the epoch; 0 if it has not begun.
        ended: Seconds since the epoch; 0 if it has not ended.
    """

    id: str
    name: str
    status: str
    waits: bool = False
    message: str = ""
    started: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseProgress:
    """One phase with its steps.

    Attributes:
        expected: Seconds that it took in earlier runs; 0 if nothing is known.
    """

    name: str
    status: PhaseStatus
    steps: tuple[WorkflowStepProgress, ...] = ()
    expected: float = 0.0

    @property
    def started(self) -> float:
        """When its first step began, seconds since the epoch; 0 before."""
        return min((step.started for step in self.steps if step.started), default=0.0)

    @property
    def ended(self) -> float:
        """When its last step ended, seconds since the epoch; 0 before."""
        if self.status in {PhaseStatus.PENDING, PhaseStatus.RUNNING}:
            return 0.0
        return max((step.ended for step in self.steps), default=0.0)

    def elapsed(self, now: float) -> float:
        """Seconds that it has taken so far."""
        return max((self.ended or now) - self.started, 0.0) if self.started else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildProgress:
    """How far an image is.

    Attributes:
        image: The image build version's ARN.
        status: Image Builder's status, such as `BUILDING`.
        cells: Every declared place with the AMI that arrived there; empty text before.
        names: Account -> what the program calls it.
    """

    image: str
    status: str
    version: str = ""
    phases: tuple[PhaseProgress, ...] = ()
    cells: Mapping[Place, str]
    failures: tuple[RegionFailure, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def waiting(self) -> tuple[WorkflowStepProgress, ...]:
        """The steps that wait for a decision."""
        return tuple(step for phase in self.phases for step in phase.steps if step.waits and step.status == "running")

    @property
    def arrived(self) -> int:
        """How many cells are filled."""
        return sum(map(bool, self.cells.values()))

    def expected(self) -> float:
        """Seconds that all phases took in earlier runs; 0 if one of them is not known."""
        known = [phase.expected for phase in self.phases if phase.status is not PhaseStatus.SKIPPED]
        return sum(known) if all(known) else 0.0


def progress_of(
    build: ImageBuild,
    workflows: Iterable[WorkflowExecution],
    places: Iterable[Place],
    *,
    expected: Mapping[str, float],
    names: Mapping[str, str],
) -> BuildProgress:
    """The picture of a build.

    Args:
        build: From GetImage.
        workflows: With their steps, in the order in which they run.
        places: Every declared cell.
        expected: Phase -> seconds in earlier runs.
        names: Account -> what the program calls it.
    """
    steps = _steps(workflows)
    there = {Place(one.account, one.region): one.image for one in build.amis}
    return BuildProgress(
        image=build.arn,
        status=build.status,
        version=build.version,
        phases=tuple(
            PhaseProgress(
                name=name,
                status=_phase_status(name, build, steps[name]),
                steps=tuple(map(_step, steps[name])),
                expected=expected.get(name, 0.0),
            )
            for name in PHASES
        ),
        cells={place: there.get(place, "") for place in dict.fromkeys([*places, *there])},
        failures=build.failures,
        names=names,
    )


def _steps(workflows: Iterable[WorkflowExecution]) -> dict[str, list[WorkflowStep]]:
    found: dict[str, list[WorkflowStep]] = {name: [] for name in PHASES}
    for run in workflows:
        for step in run.steps if not run.retried else ():
            phase = "integrate" if step.action == _INTEGRATING else _OF_WORKFLOW.get(run.type, "build")
            found[phase].append(step)
    return found


def _step(step: WorkflowStep) -> WorkflowStepProgress:
    return WorkflowStepProgress(
        id=step.id,
        name=step.name,
        status=step.status.lower(),
        waits=step.action == WAITS,
        message=step.message,
        started=iso_seconds(step.started),
        ended=iso_seconds(step.ended),
    )


def _phase_status(name: str, build: ImageBuild, steps: list[WorkflowStep]) -> PhaseStatus:
    current = _OF_STATUS.get(build.status)
    if any(step.status == "FAILED" for step in steps) and build.status == "FAILED":
        return PhaseStatus.FAILED
    if name == current:
        return PhaseStatus.RUNNING
    if build.status in {"PENDING", "CREATING"}:
        return PhaseStatus.PENDING
    if current is not None:
        before = PHASES.index(name) < PHASES.index(current)
        return (PhaseStatus.DONE if steps else PhaseStatus.SKIPPED) if before else PhaseStatus.PENDING
    ended = [step for step in steps if step.status == "COMPLETED"]
    if build.status == "AVAILABLE":
        return PhaseStatus.DONE if steps else PhaseStatus.SKIPPED
    return PhaseStatus.DONE if ended and len(ended) == len(steps) else PhaseStatus.SKIPPED


# -- what changed


class MomentKind(StrEnum):
    """What kind of change it is."""

    PHASE = "phase"
    STEP = "step"
    CELL = "cell"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One change between two pictures.

    Attributes:
        status: Of a phase or step: how it stands now.
        seconds: How long it took; 0 while it runs.
        expected: Of a phase that begins: seconds in earlier runs; 0 if nothing is known.
        place: Of a cell.
        ami: Of a cell: the AMI that arrived.
        step_id: Of a step that waits: what `images approve` names.
        message: AWS's words about a step.
    """

    kind: MomentKind
    phase: str = ""
    step: str = ""
    status: str = ""
    seconds: float = 0.0
    expected: float = 0.0
    place: Place | None = None
    ami: str = ""
    step_id: str = ""
    message: str = ""


def changes(before: BuildProgress | None, after: BuildProgress) -> Iterator[Moment]:
    """What changed between two pictures of the same image.

    Args:
        before: The former one; `None` at the beginning.
        after: The later one.
    """
    former = {phase.name: phase for phase in before.phases} if before else {}
    for phase in after.phases:
        yield from _phase_changes(former.get(phase.name), phase)
    there = before.cells if before else {}
    for place, ami in after.cells.items():
        if ami and there.get(place, "") != ami:
            yield Moment(kind=MomentKind.CELL, place=place, ami=ami)


def _phase_changes(before: PhaseProgress | None, phase: PhaseProgress) -> Iterator[Moment]:
    known = {step.id: step.status for step in before.steps} if before else {}
    started = before is None or before.status is PhaseStatus.PENDING
    if phase.status is PhaseStatus.RUNNING and started:
        yield Moment(kind=MomentKind.PHASE, phase=phase.name, status=phase.status, expected=phase.expected)
    for step in phase.steps:
        if known.get(step.id, "pending") != step.status and step.status != "pending":
            yield _step_moment(phase, step)
    over = phase.status in {PhaseStatus.DONE, PhaseStatus.FAILED}
    if over and (before is None or before.status is not phase.status):
        seconds = phase.elapsed(phase.ended)
        yield Moment(kind=MomentKind.PHASE, phase=phase.name, status=phase.status, seconds=seconds)


def _step_moment(phase: PhaseProgress, step: WorkflowStepProgress) -> Moment:
    waiting = step.waits and step.status == "running"
    return Moment(
        kind=MomentKind.WAITING if waiting else MomentKind.STEP,
        phase=phase.name,
        step=step.name,
        status="waiting" if waiting else step.status,
        seconds=max(step.ended - step.started, 0.0) if step.started and step.ended else 0.0,
        step_id=step.id,
        message=step.message,
    )


# -- how it ended


class DeliveryOutcome(StrEnum):
    """How a delivery ended."""

    DELIVERED = "delivered"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING = "running"
    """It has not ended: nobody waits for it any longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFailure:
    """Why a cell is empty, or not as declared.

    Attributes:
        step: Image Builder's configuration step; empty while the AMI was copied.
        doing: What Image Builder was doing, in words.
        words: AWS's own.
        cause: What it most likely means; `None` if no rule knows.
    """

    place: Place
    step: str
    doing: str
    status: str
    words: str
    cause: LikelyCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """How a delivery ended.

    Attributes:
        verb: `run`, `promote` or `follow`.
        key: The distribution configuration's key.
        pipeline: The pipeline's key; empty for an image without one.
        image: The image build version's ARN.
        cells: Every declared place with its AMI; empty text where none arrived.
        missing: The places without an AMI.
        failures: Of cells.
        failed_step: The workflow step that failed.
        component: The component that failed.
        words: AWS's words about the image.
        cause: What they most likely mean, for a build or test that failed.
        seconds: From its start to its end.
        found: It was started by an earlier run that was cut off; this one started nothing.
        names: Account -> what the program calls it.
        notes: What else there is to say.
    """

    verb: str
    key: str
    outcome: DeliveryOutcome
    image: str
    pipeline: str = ""
    version: str = ""
    status: str = ""
    cells: Mapping[Place, str] = field(default_factory=dict)
    failures: tuple[CellFailure, ...] = ()
    failed_step: str = ""
    component: str = ""
    words: str = ""
    cause: LikelyCause | None = None
    seconds: float = 0.0
    found: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Place, ...]:
        """The places without an AMI."""
        return tuple(place for place, ami in self.cells.items() if not ami)

    @property
    def exit_code(self) -> int:
        """0 all delivered, 3 some cells missing, 1 failed or cancelled."""
        return {DeliveryOutcome.DELIVERED: 0, DeliveryOutcome.PARTIAL: 3}.get(self.outcome, 1)


def outcome_of(build: ImageBuild, cells: Mapping[Place, str]) -> DeliveryOutcome:
    """How a build ended.

    Args:
        build: From GetImage.
        cells: Every declared place with its AMI.
    """
    if not build.ended:
        return DeliveryOutcome.RUNNING
    if build.status == "CANCELLED":
        return DeliveryOutcome.CANCELLED
    if build.status != "FAILED":
        return DeliveryOutcome.DELIVERED if all(cells.values()) else DeliveryOutcome.PARTIAL
    return DeliveryOutcome.PARTIAL if any(cells.values()) else DeliveryOutcome.FAILED


def failures_of(build: ImageBuild) -> tuple[CellFailure, ...]:
    """The cells that failed, each with what it most likely means.

    Args:
        build: From GetImage.
    """
    return tuple(
        CellFailure(
            place=Place(one.account, one.region),
            step=one.step,
            doing=STEPS.get(one.step, one.step.lower().replace("_", " ")),
            status=one.status,
            words=one.message,
            cause=cause_of(one),
        )
        for one in build.failures
    )


def failed_because(build: ImageBuild) -> LikelyCause | None:
    """What a failed build or test most likely means; of a distribution, whose cells say it, nothing.

    Args:
        build: From GetImage.
    """
    return build_cause(build.reason) if build.status == "FAILED" and not build.failures else None


def learned_phases(progress: BuildProgress) -> dict[str, float]:
    """Phase -> the seconds that it took, of those that went well."""
    return {
        phase.name: round(phase.elapsed(phase.ended), 1)
        for phase in progress.phases
        if phase.status is PhaseStatus.DONE
    }
