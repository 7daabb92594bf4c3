"""One build of an image, as it is stored: its workflows with their steps, its copies, and its pending events."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Any

from cloudwright.lazy_dataclass import dataclass

KIND = "build"
"""The kind of the documents."""

ENDED = frozenset({"AVAILABLE", "CANCELLED", "FAILED", "DEPRECATED", "DELETED", "DISABLED"})
"""The final statuses of an image."""


@dataclass(slots=True)
class StepRun:
    """One run of a workflow's step.

    Attributes:
        id: `step-` and a UUID.
        name: Its name in the workflow document.
        action: Such as `LaunchInstance`.
        on_failure: `Abort` or `Continue`.
        status: PENDING, SKIPPED, RUNNING, COMPLETED, FAILED or CANCELLED.
        message: Why it failed, or the reason that the caller gave to continue it.
        started: Seconds since the epoch.
        ended: Seconds since the epoch.
    """

    id: str
    name: str
    action: str
    on_failure: str = "Abort"
    status: str = "PENDING"
    message: str = ""
    started: float | None = None
    ended: float | None = None


@dataclass(slots=True)
class WorkflowRun:
    """One run of a workflow.

    Attributes:
        id: `wf-` and a UUID.
        type: BUILD, TEST or DISTRIBUTION.
        arn: Of the workflow's build version.
        steps: The steps, in order.
        parallel_group: The group's name in the pipeline.
        on_failure: CONTINUE or ABORT; what a failure does to the image.
        status: PENDING, RUNNING, COMPLETED, FAILED or CANCELLED.
        retried: A newer run replaced it.
    """

    id: str
    type: str
    arn: str
    steps: list[StepRun]
    parallel_group: str = ""
    on_failure: str = "ABORT"
    status: str = "PENDING"
    message: str = ""
    started: float | None = None
    ended: float | None = None
    retried: bool = False


@dataclass(slots=True)
class DeliveryCell:
    """One account in one Region that gets the image.

    Attributes:
        region: Such as `eu-west-1`.
        account: Who will own the AMI.
        name: The AMI's name; the repository for a container image.
        image: The AMI's id once it exists; the image's URI for a container.
        failure: Its entry in `regionFailures`; empty without a failure.
    """

    region: str
    account: str
    name: str
    image: str = ""
    failure: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PendingEvent:
    """One pending event of a build.

    Attributes:
        kind: `pending`, `creating`, `step` (a step ends), `cell` (a copy is finished) or `region`
            (the settings of a Region are applied).
        takes: Seconds; `None` while it waits for an approval.
        run: The index of the workflow run; -1 before the first one.
        step: The index of the step in it.
        index: The index of the cell, or of the entry in the distribution.
    """

    kind: str
    takes: float | None
    run: int = -1
    step: int = -1
    index: int = -1


@dataclass(slots=True)
class Build:
    """One image build version.

    Attributes:
        arn: With the build number.
        type: AMI or DOCKER.
        name: The recipe's name.
        version: `1.0.0/3`.
        platform: Windows or Linux.
        created: Seconds since the epoch.
        source: What it is built from, in Cloud Control's names: `pipeline`, `recipe`, `infrastructure`, `distribution`,
            `tests`, `scanning`, `workflows`, `role`, `tags`, `logging`; or `image`, the AMI that is distributed.
        status: An ImageStatus.
        reason: Why it failed or was cancelled.
        failure: The `failureContext`.
        client_token: The token of the call that started it.
        build_type: USER_INITIATED or SCHEDULED.
        image: The AMI in the build Region.
        runs: The workflows.
        cells: The copies.
        acts: The pending events, the next one first.
        region_failures: Failures after the copies, as in `regionFailures`.
        applied: The entries of the distribution whose settings are applied.
        ended: Seconds since the epoch; `None` while it runs.
        deprecated: When it is deprecated; `None` for never.
        lifecycle: The id of the last lifecycle execution.
    """

    arn: str
    type: str
    name: str
    version: str
    platform: str
    created: float
    source: dict[str, Any]
    status: str = "PENDING"
    reason: str = ""
    failure: dict[str, Any] = field(default_factory=dict)
    client_token: str = ""
    build_type: str = "USER_INITIATED"
    image: str = ""
    runs: list[WorkflowRun] = field(default_factory=list)
    cells: list[DeliveryCell] = field(default_factory=list)
    acts: list[PendingEvent] = field(default_factory=list)
    region_failures: list[dict[str, Any]] = field(default_factory=list)
    applied: list[int] = field(default_factory=list)
    ended: float | None = None
    deprecated: float | None = None
    lifecycle: str = ""

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The entries of its distribution, one for each Region."""
        distribution = self.source.get("distribution") or {}
        found = distribution.get("Distributions")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def entry(self, region: str) -> dict[str, Any]:
        """The entry of a Region; empty if there is none."""
        return next((one for one in self.entries if one.get("Region") == region), {})

    def content(self) -> dict[str, Any]:
        """The build as a document."""
        return asdict(self)


def build_of(content: dict[str, Any]) -> Build:
    """The build in a document."""
    given = dict(content)
    given["runs"] = [
        WorkflowRun(**{**run, "steps": [StepRun(**step) for step in run["steps"]]}) for run in given["runs"]
    ]
    given["cells"] = [DeliveryCell(**cell) for cell in given["cells"]]
    given["acts"] = [PendingEvent(**act) for act in given["acts"]]
    return Build(**given)
