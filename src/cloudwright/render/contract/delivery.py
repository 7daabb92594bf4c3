"""The lines of the commands that deliver images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
    from cloudwright.imagebuilder.delivery.matrix import CellStatus, DifferenceKind
    from cloudwright.imagebuilder.delivery.promotion import MoveKind
    from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
    from cloudwright.imagebuilder.delivery.retirement import RetireAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProgressLine(Line):
    """Something about a build changed."""

    type: ClassVar[str] = "image_progress"
    when: ClassVar[str] = "`images run`, `follow`, `retry`, `promote`, `deploy` of an image: one for each change"
    key: Annotated[str, "of the declared image that `deploy` builds; empty otherwise"]
    image: Annotated[str, "the image build version's ARN"]
    status: Annotated[str, "Image Builder's, such as `BUILDING`"]
    kind: BuildEventKind
    phase: Annotated[str, "`build`, `test`, `distribute`, `integrate`; empty for a cell"]
    step: str
    step_id: Annotated[str, "what `images approve` takes"]
    step_status: str
    seconds: float
    expected: Annotated[float, "seconds in earlier runs; 0: unknown"]
    account: str
    region: str
    ami: str
    message: Annotated[str, "AWS's message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredCellPart(Part):
    """An account in a Region, and the AMI that it has."""

    account: str
    region: str
    ami: Annotated[str | None, "null: none was delivered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailurePart(Part):
    """Why a cell failed."""

    account: str
    region: str
    step: str
    status: str
    words: str
    cause: str | None
    fix: str | None
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine(Line):
    """The result of a delivery."""

    type: ClassVar[str] = "delivery"
    when: ClassVar[str] = "`images run`, `follow`, `retry`, `promote`: last; `deploy`: one for each image that it built"
    verb: str
    key: Annotated[str, "the distribution configuration; for a deploy, the declared image"]
    pipeline: Annotated[str, "its key; empty without one"]
    outcome: DeliveryOutcome
    image: str
    version: str
    status: str
    cells: Annotated[Sequence[DeliveredCellPart], "of `account`, `region`, `ami`"]
    failures: Annotated[
        Sequence[DeliveryFailurePart],
        "of `account`, `region`, `step`, `status`, `words`, `cause`, `fix`, `rule`",
    ]
    failed_step: str
    words: str
    cause: str | None
    fix: str | None
    seconds: float
    found: Annotated[bool, "an earlier run started it"]
    notes: Sequence[str]
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDifferencePart(Part):
    """A difference from the declaration."""

    kind: DifferenceKind
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCellLine(Line):
    """The contents of an account and Region."""

    type: ClassVar[str] = "live_cell"
    when: ClassVar[str] = "`images --live`: one for each account and Region"
    key: str
    account: str
    region: str
    status: CellStatus
    copy: bool
    ami: str | None
    version: str
    created: str
    deprecated: str
    last_launched: str
    unknown: Annotated[Sequence[str], "what could not be read, and why"]
    differences: Annotated[Sequence[LiveDifferencePart], "of `kind`, `subject`, `text`"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine(Line):
    """A distribution configuration, declared compared with live."""

    type: ClassVar[str] = "live"
    when: ClassVar[str] = "`images --live`: one for each distribution configuration, after its cells"
    key: str
    image: Annotated[str | None, "the newest finished image's ARN"]
    version: str
    building: Annotated[Sequence[str], "ARNs of builds in progress"]
    cells: int
    differences: int
    unknown: int
    rolled_back: bool
    pending: Annotated[Sequence[str], "keys that a deploy would change"]
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUsePart(Part):
    """A use of an AMI."""

    resource_type: str
    account: str
    count: int
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUsageLine(Line):
    """Who uses an AMI."""

    type: ClassVar[str] = "image_usage"
    when: ClassVar[str] = "`images --usage`: one for each account and Region"
    key: str
    account: str
    region: str
    ami: str
    version: str
    uses: Annotated[Sequence[ImageUsePart], "of `resource_type`, `account`, `count`, `arn`"]
    full: Annotated[bool, "false: an empty list does not mean that it is unused"]
    problem: str
    not_covered: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePart(Part):
    """A parameter, launch template or permission that changes."""

    kind: MoveKind
    account: str
    region: str
    subject: str
    old: str
    new: Annotated[str, "empty: known after the AMI was created"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedCellPart(Part):
    """An account in a Region that gets the image."""

    account: str
    region: str
    copy: bool
    permissions: Sequence[str]
    replaces: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionLine(Line):
    """What a promotion would do."""

    type: ClassVar[str] = "promotion"
    when: ClassVar[str] = "`images promote`: before it is approved"
    source: str
    image: str
    ami: str
    key: str
    cells: Annotated[Sequence[PromotedCellPart], "of `account`, `region`, `copy`, `permissions`, `replaces`"]
    moves: Annotated[Sequence[MovePart], "of `kind`, `account`, `region`, `subject`, `old`, `new`"]
    pending: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackLine(Line):
    """What a rollback would do."""

    type: ClassVar[str] = "rollback"
    when: ClassVar[str] = "`images rollback`: before it is approved"
    key: str
    leaves: str
    version: Annotated[str, "empty: the state before the first delivery"]
    moves: Annotated[Sequence[MovePart], "of `kind`, `account`, `region`, `subject`, `old`, `new`"]
    cannot: Annotated[Sequence[str], "what it does not undo"]
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireStepPart(Part):
    """A call that retires an AMI, or an image with all its AMIs."""

    image: str
    account: str
    region: str
    version: str
    amis: Annotated[Sequence[str], "each as `ACCOUNT/REGION/AMI`"]
    size: Annotated[int, "GB of its volumes"]
    snapshots: int
    undo: Annotated[str, "the command that undoes it; empty: none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalPart(Part):
    """An AMI that is kept."""

    image: str
    account: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirementLine(Line):
    """What a retirement would do."""

    type: ClassVar[str] = "retirement"
    when: ClassVar[str] = "`images retire`: before it is approved"
    key: str
    action: RetireAction
    steps: Annotated[
        Sequence[RetireStepPart], "of `image`, `account`, `region`, `version`, `amis`, `size`, `snapshots`, `undo`"
    ]
    refused: Annotated[Sequence[RefusalPart], "of `image`, `account`, `region`, `reason`"]
    unknown: Annotated[Mapping[str, str], "`ACCOUNT/REGION` and why it could not be read"]
    amis: int
    size: Annotated[int, "the most GB that are freed"]
    resumed: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailurePart(Part):
    """A step that failed."""

    subject: str
    account: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChangesLine(Line):
    """The result of a rollback or a retirement."""

    type: ClassVar[str] = "image_changes"
    when: ClassVar[str] = "`images rollback`, `images retire`: last"
    key: str
    done: int
    failed: Annotated[Sequence[StepFailurePart], "of `subject`, `account`, `region`, `reason`"]
    kept_snapshots: Sequence[str]
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnsweredLine(Line):
    """A waiting workflow step was approved or rejected."""

    type: ClassVar[str] = "step_answered"
    when: ClassVar[str] = "`images approve`, `images reject`"
    step_id: str
    step: str
    image: str
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLeftLine(Line):
    """A signal ended the command; the build continues."""

    type: ClassVar[str] = "image_left"
    when: ClassVar[str] = "a signal ended `images run`, `follow`, `retry` or `promote`"
    image: str
    resume: Annotated[str, "the command that follows it again"]
