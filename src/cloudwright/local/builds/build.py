"""One build of an image, as it is kept: its workflows with their steps, its copies, and what is still to happen."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Any

from cloudwright.lazy_dataclass import dataclass

KIND = "build"
"""The kind of the documents."""

ENDED = frozenset({"AVAILABLE", "CANCELLED", "FAILED", "DEPRECATED", "DELETED", "DISABLED"})
"""The statuses of an image to which nothing more happens by itself."""


@dataclass(slots=True)
class StepRun:
    """One step of a workflow, as it runs.

    Attributes:
        id: `step-` and a UUID.
        name: Its name in the workflow document.
        action: Such as `LaunchInstance`.
        on_failure: `Abort` or `Continue`.
        status: PENDING, SKIPPED, RUNNING, COMPLETED, FAILED or CANCELLED.
        message: Why it failed, or what somebody said when it went on.
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
    """One workflow, as it runs.

    Attributes:
        id: `wf-` and a UUID.
        type: BUILD, TEST or DISTRIBUTION.
        arn: Of the workflow's build version.
        steps: In their order.
        parallel_group: As the pipeline names it.
        on_failure: CONTINUE or ABORT; what the image makes of a failure.
        status: PENDING, RUNNING, COMPLETED, FAILED or CANCELLED.
        retried: Another run took its place.
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
        image: The AMI's id once it is there; the image's URI for a container.
        failure: What `regionFailures` says of it; empty while nothing failed.
    """

    region: str
    account: str
    name: str
    image: str = ""
    failure: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Act:
    """One thing that is still to happen.

    Attributes:
        kind: `pending`, `creating`, `step` (a step ends), `cell` (a copy arrives) or `region` (the settings of a
            Region are applied).
        takes: Seconds; `None` until somebody lets it go on.
        run: The index of the workflow run; -1 before the first one.
        step: The index of the step in it.
        index: Of the cell, or of the entry in the distribution.
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
        source: What it is made from, in Cloud Control's names: `pipeline`, `recipe`, `infrastructure`,
            `distribution`, `tests`, `scanning`, `workflows`, `role`, `tags`, `logging`; or `image`, the AMI that is
            distributed.
        status: An ImageStatus.
        reason: Why it failed or was cancelled.
        failure: The `failureContext`.
        client_token: Of the call that began it.
        build_type: USER_INITIATED or SCHEDULED.
        image: The AMI in the build Region.
        runs: The workflows.
        cells: The copies.
        acts: What is still to happen, the next one first.
        region_failures: What went wrong after the copies, as `regionFailures` says it.
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
    acts: list[Act] = field(default_factory=list)
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
    given["acts"] = [Act(**act) for act in given["acts"]]
    return Build(**given)
