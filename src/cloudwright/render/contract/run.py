"""The lines of plan, deploy, destroy and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line, OneOf, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.app.group.model import MemberStatus
    from cloudwright.engine.outcome import Status
    from cloudwright.plan.drift import Condition
    from cloudwright.plan.model import Action, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPart(Part):
    """The account and Region of a resource."""

    account: str
    region: str
    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPart(Part):
    """Why a plan ends early."""

    reason: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPart(Part):
    """Something the plan does that needs approval by name."""

    keys: Sequence[str]
    text: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePart(Part):
    """A change of one property."""

    path: str
    kind: Annotated[str, OneOf(("add", "remove", "replace", "order"))]
    old: object
    new: object
    rule: str
    forces: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPart(Part):
    """A declared property that differs, or that reads don't return."""

    path: str
    kind: Annotated[str, OneOf(("changed", "missing", "unobservable"))]
    declared: object
    live: object
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCounts(Part):
    """Number of resources with each condition."""

    as_declared: int
    changed: int
    missing: int
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine(Line):
    """A plan."""

    type: ClassVar[str] = "plan"
    when: ClassVar[str] = "once for each plan; a partial plan is followed by another after it was applied"
    app: str
    stage: str
    serial: int
    digest: str
    destroy: bool
    refreshed: bool
    targeted: bool
    partial: PartialPart | None
    counts: Mapping[str, int]
    consents: Sequence[ConsentPart]
    notes: Sequence[str]
    outputs: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine(Line):
    """What a plan does to one resource."""

    type: ClassVar[str] = "step"
    when: ClassVar[str] = "one for each resource, also for unchanged ones"
    key: str
    resource: Annotated[str, "type"]
    action: Action
    generation: int
    identifier: str | None
    order: Order | None
    target: TargetPart
    depends_on: Sequence[str]
    changes: Sequence[ChangePart]
    desired: Mapping[str, object]
    maybe: bool
    may_replace: bool
    needs_consent: bool
    superseded: bool
    moved_from: str
    reasons: Sequence[str]
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupLine(Line):
    """The answer of a lookup."""

    type: ClassVar[str] = "lookup"
    when: ClassVar[str] = "one for each lookup, also for unchanged answers"
    label: str
    question: str
    place: Annotated[str, "account/Region; empty for a lookup that the program defines"]
    answer: object
    before: Annotated[object, "the answer of the last deploy, or null"]
    recorded: Annotated[bool, "whether the last deploy recorded an answer"]
    changed: bool
    effects: Annotated[Sequence[str], "key and path of what the changed answer changes"]
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadeningLine(Line):
    """A change that widens access."""

    type: ClassVar[str] = "broadening"
    when: ClassVar[str] = "access that becomes wider"
    key: str
    resource: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine(Line):
    """A finding."""

    type: ClassVar[str] = "finding"
    when: ClassVar[str] = "a rule or the validation found something"
    id: str
    severity: Annotated[str, OneOf(("error", "warning", "info"))]
    key: str
    path: str
    text: str
    fix: str
    origin: str
    silenced: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyingLine(Line):
    """The apply pass starts."""

    type: ClassVar[str] = "applying"
    when: ClassVar[str] = "the plan is approved"
    digest: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedLine(Line):
    """A step starts."""

    type: ClassVar[str] = "started"
    when: ClassVar[str] = "a step begins"
    key: str
    resource: str
    action: Action
    expected: float | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine(Line):
    """A step's progress."""

    type: ClassVar[str] = "progress"
    when: ClassVar[str] = "a step reports progress"
    key: str
    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine(Line):
    """How a step ended."""

    type: ClassVar[str] = "outcome"
    when: ClassVar[str] = "at the end, for each step"
    key: str
    resource: str
    action: Action
    status: Status
    generation: int
    identifier: str | None
    seconds: float
    waited_for: str
    error: str | None
    message: str
    hint: str | None
    request_token: str | None
    notes: Sequence[str]
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedLine(OutcomeLine):
    """A step ends."""

    type: ClassVar[str] = "finished"
    when: ClassVar[str] = "a step ends"
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine(Line):
    """A notice about the whole run."""

    type: ClassVar[str] = "notice"
    when: ClassVar[str] = "about the whole run"
    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputsLine(Line):
    """The app's outputs; secrets are masked."""

    type: ClassVar[str] = "outputs"
    when: ClassVar[str] = "what the program returned"
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine(Line):
    """The result of a deploy or a destroy."""

    type: ClassVar[str] = "result"
    when: ClassVar[str] = "last"
    ok: bool
    exit_code: int
    interrupted: Annotated[int, "signal or 0"]
    calls: int
    seconds: float
    plans: int
    outcomes: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLine(Line):
    """The app, of several, that the next lines are about."""

    type: ClassVar[str] = "app"
    when: ClassVar[str] = "with several apps, before lines about another one; it holds until the next `app` line"
    app: str
    stage: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPart(Part):
    """The result of one of several apps."""

    app: str
    stage: str
    status: MemberStatus
    exit_code: Annotated[int | None, "as for a run of this app alone; null if it was skipped"]
    because: Annotated[str, "why it was skipped, or the error that ended it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine(Line):
    """The result of a deploy or a destroy of several apps."""

    type: ClassVar[str] = "apps_result"
    when: ClassVar[str] = "last, with several apps"
    ok: bool
    exit_code: int
    interrupted: Annotated[int, "signal or 0"]
    apps: Sequence[MemberPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine(Line):
    """A stage that `destroy --older-than` selected."""

    type: ClassVar[str] = "preview"
    when: ClassVar[str] = "`destroy --older-than`, before the plans"
    app: str
    stage: str
    deployed_at: Annotated[float, "seconds since 1970 (UTC)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLine(Line):
    """The drift of one resource."""

    type: ClassVar[str] = "drift"
    when: ClassVar[str] = "one for each resource in the state"
    key: str
    resource: str
    identifier: str
    target: TargetPart
    condition: Condition
    reason: str
    paths: Sequence[PathPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResultLine(Line):
    """The drift of the whole app."""

    type: ClassVar[str] = "drift_result"
    when: ClassVar[str] = "after the `drift` lines"
    app: str
    stage: str
    serial: int
    counts: Annotated[DriftCounts, "resources with each condition"]
    calls: int
    notes: Sequence[str]
