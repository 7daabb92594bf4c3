"""A snapshot of an image that is being built and delivered: phases, workflow steps and cells.

The phases are those of Image Builder's statuses. `outputResources` tells which cells are filled: it lists an AMI once
the AMI can be used in its account and Region.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.services.image_models import ImageBuild, RegionFailure, WorkflowExecution, WorkflowStep

PHASES = ("build", "test", "distribute", "integrate")
"""In their order."""

_OF_STATUS = {"BUILDING": "build", "TESTING": "test", "DISTRIBUTING": "distribute", "INTEGRATING": "integrate"}
_OF_WORKFLOW = {"BUILD": "build", "TEST": "test", "DISTRIBUTION": "distribute"}
_INTEGRATING = "ApplyImageConfigurations"
WAITS = "WaitForAction"
"""The action of a step that waits for a decision."""


class PhaseStatus(StrEnum):
    """The status of a phase."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStepProgress:
    """One workflow step.

    Attributes:
        status: Image Builder's status in lower case: `pending`, `running`, `completed`, `failed`, `skipped`,
            `cancelled`.
        started: Seconds since the epoch; 0 if it has not started.
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
        expected: Seconds that it took in earlier runs; 0 if unknown.
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
        """Elapsed seconds."""
        return max((self.ended or now) - self.started, 0.0) if self.started else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildProgress:
    """The progress of an image.

    Attributes:
        image: The image build version's ARN.
        status: Image Builder's status, such as `BUILDING`.
        cells: Every declared place with the AMI that was delivered there; an empty text until then.
        names: Account -> what the program calls it.
        key: The key of an image that the program declares; empty for one that a command started.
    """

    image: str
    status: str
    version: str = ""
    key: str = ""
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
        """Number of filled cells."""
        return sum(map(bool, self.cells.values()))

    @property
    def ended(self) -> float:
        """When the last step ended, seconds since the epoch; 0 while something runs."""
        running = any(step.status == "running" for phase in self.phases for step in phase.steps)
        return 0.0 if running else max((phase.ended for phase in self.phases), default=0.0)

    def expected(self) -> float:
        """Seconds that all phases took in earlier runs; 0 if one of them is unknown."""
        known = [phase.expected for phase in self.phases if phase.status is not PhaseStatus.SKIPPED]
        return sum(known) if all(known) else 0.0


def progress_of(
    build: ImageBuild,
    workflows: Iterable[WorkflowExecution],
    places: Iterable[Place],
    *,
    expected: Mapping[str, float],
    names: Mapping[str, str],
    key: str = "",
) -> BuildProgress:
    """The snapshot of a build.

    Args:
        build: From GetImage.
        workflows: With their steps, in the order in which they run.
        places: Every declared cell.
        expected: Phase -> seconds in earlier runs.
        names: Account -> what the program calls it.
        key: The key, for an image that the program declares.
    """
    steps = _steps(workflows)
    there = {Place(one.account, one.region): one.image for one in build.amis}
    return BuildProgress(
        image=build.arn,
        status=build.status,
        version=build.version,
        key=key,
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


def learned_phases(progress: BuildProgress) -> dict[str, float]:
    """Phase -> the seconds that it took, for phases that succeeded."""
    return {
        phase.name: round(phase.elapsed(phase.ended), 1)
        for phase in progress.phases
        if phase.status is PhaseStatus.DONE
    }
