"""The result of a delivery: what was delivered, and each failure with its likely cause."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.progress import PhaseStatus
from cloudwright.imagebuilder.delivery.reasons import STEPS, LikelyCause, build_cause, cause_of
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.services.image_models import ImageBuild


class DeliveryOutcome(StrEnum):
    """How a delivery ended."""

    DELIVERED = "delivered"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING = "running"
    """It has not ended, but the command stopped waiting for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFailure:
    """Why a cell is empty, or differs from its declaration.

    Attributes:
        step: Image Builder's configuration step; empty while the AMI was copied.
        doing: What Image Builder was doing, as text.
        words: AWS's message.
        cause: The likely cause; `None` if no rule matches.
    """

    place: Place
    step: str
    doing: str
    status: str
    words: str
    cause: LikelyCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """The result of a delivery.

    Attributes:
        verb: `run`, `promote` or `follow`; `deploy` for an image that the program declares.
        key: The distribution configuration's key; for a deploy, the image's.
        pipeline: The pipeline's key; empty for an image without one.
        image: The image build version's ARN.
        cells: Every declared place with its AMI; an empty text without one.
        missing: The places without an AMI.
        failures: Failed cells.
        failed_step: The workflow step that failed.
        component: The component that failed.
        words: AWS's message about the image.
        cause: The likely cause, for a build or test that failed.
        retriable: Image Builder can resume it at the step that failed, without building again.
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
    retriable: bool = False
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


def exit_code_of(done: Collection[object], failed: Collection[object], *, declined: bool) -> int:
    """The exit code of changes to images: 0 if none failed, 3 if some did, 1 if all did or the user declined.

    Args:
        done: The steps that succeeded.
        failed: The steps that failed.
        declined: Whether the user did not approve.
    """
    if declined or (failed and not done):
        return 1
    return 3 if failed else 0


def outcome_of(build: ImageBuild, cells: Mapping[Place, str]) -> DeliveryOutcome:
    """The outcome of a build.

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


def result_of(build: ImageBuild, progress: BuildProgress, *, verb: str, key: str) -> DeliveryResult:
    """The result of a build, from Image Builder's answers.

    Args:
        build: From GetImage.
        progress: Its last snapshot.
        verb: `run`, `promote`, `follow` or `deploy`.
        key: The distribution configuration's key; of a deploy, the image's.
    """
    return DeliveryResult(
        verb=verb,
        key=key,
        outcome=outcome_of(build, progress.cells),
        image=build.arn,
        version=build.version,
        status=build.status,
        cells=progress.cells,
        failures=failures_of(build),
        failed_step=build.failed_step,
        component=build.component,
        words=build.reason,
        cause=failed_because(build),
        retriable=_retriable(build, progress),
    )


def _retriable(build: ImageBuild, progress: BuildProgress) -> bool:
    """RetryImage accepts AMIs, and resumes at the test or the distribution phase (API model, 2026-11-29)."""
    built = all(phase.status is not PhaseStatus.FAILED for phase in progress.phases if phase.name == "build")
    return build.status == "FAILED" and build.type == "AMI" and built


def failures_of(build: ImageBuild) -> tuple[CellFailure, ...]:
    """The cells that failed, each with its likely cause.

    Args:
        build: From GetImage.
    """
    builder = (build.arn.split(":") + [""] * 5)[4]
    return tuple(
        CellFailure(
            place=Place(one.account, one.region),
            step=one.step,
            doing=STEPS.get(one.step, one.step.lower().replace("_", " ")),
            status=one.status,
            words=one.message,
            cause=cause_of(one, builder),
        )
        for one in build.failures
    )


def failed_because(build: ImageBuild) -> LikelyCause | None:
    """The likely cause of a failed build or test; `None` for a distribution, whose cells have their own causes.

    Args:
        build: From GetImage.
    """
    return build_cause(build.reason) if build.status == "FAILED" and not build.failures else None
