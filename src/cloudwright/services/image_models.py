"""What Image Builder, EC2 and Auto Scaling say about images, as plain data. A leaf: anyone may import it.

Field by field after botocore's service models `imagebuilder/2019-12-02` and `ec2/2016-11-15`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ENDED = frozenset({"AVAILABLE", "CANCELLED", "FAILED", "DEPRECATED", "DELETED", "DISABLED"})
"""Image statuses after which nothing more happens by itself."""


@dataclass(frozen=True, slots=True)
class OutputAmi:
    """One AMI that a build made, from `outputResources.amis`."""

    account: str
    region: str
    image: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class RegionFailure:
    """One cell that a distribution failed in, from `distributionFailure.regionFailures`.

    Attributes:
        status: FAILED, CANCELLED or TIMED_OUT.
        step: ASSOCIATE_LICENSES, UPDATE_LAUNCH_TEMPLATES, PUT_SSM_PARAMETERS, UPDATE_FAST_LAUNCH_CONFIGURATIONS or
            EXPORT_AMI; empty while the AMI itself was copied.
    """

    account: str
    region: str
    status: str = "FAILED"
    step: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuild:
    """One image build version, as GetImage and the lists show it.

    Attributes:
        version: Such as `1.0.0/3`.
        status: An ImageStatus, such as `BUILDING`.
        reason: Why it failed.
        failed_step: The workflow step that failed.
        component: The component that failed, with its phase and step; empty if none did.
        created: As Image Builder writes it: an ISO time.
        pipeline: The ARN of the pipeline that built it.
        distribution: The ARN of the configuration that it is distributed by.
        places: Every account and Region that it is distributed to; only GetImage shows them.
    """

    arn: str
    status: str
    name: str = ""
    type: str = "AMI"
    version: str = ""
    reason: str = ""
    failed_step: str = ""
    component: str = ""
    created: str = ""
    pipeline: str = ""
    distribution: str = ""
    amis: tuple[OutputAmi, ...] = ()
    failures: tuple[RegionFailure, ...] = ()
    places: tuple[tuple[str, str], ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline, as GetImagePipeline shows it."""

    arn: str
    name: str
    enabled: bool
    distribution: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """One step of a workflow's run."""

    id: str
    name: str
    action: str
    status: str
    message: str = ""
    started: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowExecution:
    """One workflow's run.

    Attributes:
        type: BUILD, TEST or DISTRIBUTION.
        retried: Another run took its place.
    """

    id: str
    type: str
    status: str
    steps: tuple[WorkflowStep, ...] = ()
    message: str = ""
    retried: bool = False


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A workflow step that waits for somebody's decision."""

    id: str
    name: str
    image: str
    started: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ami:
    """An AMI, as DescribeImages shows it.

    Attributes:
        builder: The ARN of the image build that made it, from the tag `Ec2ImageBuilderArn`; empty without it.
        state: Such as `available`, `disabled`.
        deprecated: When it becomes deprecated, an ISO time; empty if never.
        launched: When it was last launched, an ISO time; empty if it is not known to have been.
        protected: Whether deregistration protection is on.
        snapshots: The ids of its snapshots.
        size: GB of its volumes together: the most that its snapshots can hold.
    """

    id: str
    owner: str
    name: str = ""
    created: str = ""
    state: str = "available"
    builder: str = ""
    deprecated: str = ""
    launched: str = ""
    protected: bool = False
    public: bool = False
    snapshots: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True, order=True)
class LaunchPermission:
    """One launch permission.

    Attributes:
        kind: `account`, `unit`, `organization` or `group`.
        id: Twelve digits, an ARN, or `all`.
    """

    kind: str
    id: str

    def __str__(self) -> str:
        return (
            self.id.rpartition("/")[2] if self.id.startswith("arn:") else ("everybody" if self.id == "all" else self.id)
        )


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One version of a launch template, with the image that it launches."""

    template: str
    number: str
    image: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class ScalingGroup:
    """An Auto Scaling group with the launch templates that it may launch from."""

    name: str
    templates: tuple[tuple[str, str], ...] = field(default=())
    """Id and version of each."""


@dataclass(frozen=True, slots=True)
class ImageUse:
    """Somebody's use of an AMI, from an image usage report or DescribeImageReferences."""

    image: str
    type: str
    account: str = ""
    count: int = 0
    arn: str = ""
