"""The lines of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line, OneOf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.render.contract.run import TargetPart
    from cloudwright.state.action_records import ActionStatus
    from cloudwright.state.audit import AuditAction, AuditOutcome
    from cloudwright.state.records import RecordStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLine(Line):
    """Which state follows."""

    type: ClassVar[str] = "state"
    when: ClassVar[str] = "`state list`, `state export`"
    app: str
    stage: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine(Line):
    """A recorded resource."""

    type: ClassVar[str] = "record"
    when: ClassVar[str] = "`state list`, `state show`, `state export`"
    key: str
    generation: int
    current: bool
    resource: str
    identifier: str
    status: RecordStatus
    target: TargetPart
    depends_on: Sequence[str]
    declared: Mapping[str, object]
    observed: Mapping[str, object]
    dirty: Sequence[str]
    protect: bool
    retain: bool
    created_at: float
    updated_at: float
    note: str
    claim: Annotated[str, "the other tool that may still manage it; empty: none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine(Line):
    """A request whose result is not known yet; its body is left out."""

    type: ClassVar[str] = "operation"
    when: ClassVar[str] = "`state list`: a request whose result is not known yet"
    key: str
    generation: int
    resource: str
    operation: Annotated[str, OneOf(("CREATE", "UPDATE", "DELETE"))]
    identifier: str | None
    request_token: str | None
    created_at: float
    target: TargetPart


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine(Line):
    """An action that has run."""

    type: ClassVar[str] = "action"
    when: ClassVar[str] = "`actions list`, `state list`, `state export`: an action that has run"
    key: str
    status: Annotated[ActionStatus, "status of its last run"]
    delivery: Annotated[str, OneOf(("at-least-once", "at-most-once"))]
    doubtful: Annotated[bool, "it may have run, must not run twice, and waits for a decision"]
    started_at: float
    succeeded_at: Annotated[float, "end of the last success; 0: none"]
    target: TargetPart
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesLine(Line):
    """An app whose outputs this one read."""

    type: ClassVar[str] = "uses"
    when: ClassVar[str] = "`state export`: an app whose outputs this one read"
    app: Annotated[str, "`app/stage`, with `@URL` for one in another store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitLine(Line):
    """A commit to the state."""

    type: ClassVar[str] = "commit"
    when: ClassVar[str] = "`state history`, oldest first"
    serial: int
    at: Annotated[float, "seconds since 1970"]
    author: str
    command: str
    touched: Annotated[Sequence[str], "keys, `outputs`"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLine(Line):
    """A change that a run or a manual edit made or tried to make."""

    type: ClassVar[str] = "audit"
    when: ClassVar[str] = "`state audit`, oldest first"
    app: str
    stage: str
    id: Annotated[str, "random and unique"]
    at: Annotated[float, "when the outcome was recorded, seconds since 1970"]
    author: Annotated[str, "`user@host`"]
    principal: Annotated[str, "ARN that signed; empty if unknown"]
    action: AuditAction
    outcome: AuditOutcome
    key: str
    generation: int
    resource_type: Annotated[str, "empty for actions and for the state itself"]
    identifier: str
    account: str
    region: str
    plan: Annotated[str, "digest"]
    request_token: Annotated[str, "empty without an answer"]
    error: Annotated[str, "AWS's error code; empty without one"]
    command: Annotated[str, "for a manual edit, such as `state rm`; empty for a run"]
    detail: Annotated[str, "the former key of a move, or the holder of a broken lock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine(Line):
    """How one record differs between two serials."""

    type: ClassVar[str] = "difference"
    when: ClassVar[str] = "`state diff`; `state push`: what it would change"
    key: str
    generation: int
    kind: Annotated[str, OneOf(("added", "removed", "changed"))]
    before: RecordLine | None
    after: Annotated[RecordLine | None, "`record` objects or null"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledLine(Line):
    """The state as one document."""

    type: ClassVar[str] = "pulled"
    when: ClassVar[str] = "`state pull`"
    serial: int
    path: str | None
    document: Annotated[Mapping[str, object] | None, "null if it was written to a file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine(Line):
    """The state was edited."""

    type: ClassVar[str] = "changed"
    when: ClassVar[str] = "`state mv`, `state rm`, `state push`, `actions confirm`, `actions rerun`"
    app: str
    stage: str
    serial: int
    what: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedLine(Line):
    """The state was copied to another store."""

    type: ClassVar[str] = "copied"
    when: ClassVar[str] = "`state copy`"
    from_: str
    to: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedLine(Line):
    """A store is ready."""

    type: ClassVar[str] = "prepared"
    when: ClassVar[str] = "`state init`"
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredLine(Line):
    """Deleted objects of the state were restored."""

    type: ClassVar[str] = "restored"
    when: ClassVar[str] = "`state restore`"
    app: str
    stage: str
    objects: Annotated[int, "number of restored objects"]
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedLine(Line):
    """The state is sealed with a new key."""

    type: ClassVar[str] = "rotated"
    when: ClassVar[str] = "`secrets rotate`"
    app: str
    stage: str
    kind: Annotated[str, OneOf(("file", "passphrase", "kms"))]
    key: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLine(Line):
    """Who holds the lock."""

    type: ClassVar[str] = "lease"
    when: ClassVar[str] = "`unlock`: who holds the lock; `state list`: the run that is in progress"
    id: str
    user: str
    host: str
    pid: int
    command: str
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockedLine(Line):
    """The lock was released."""

    type: ClassVar[str] = "unlocked"
    when: ClassVar[str] = "`unlock`"
    lease: Annotated[str | None, "its id; null: no lock was held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetLine(Line):
    """An uploaded asset."""

    type: ClassVar[str] = "asset"
    when: ClassVar[str] = "`assets list`; `assets prune`: one that would be deleted"
    bucket: str
    key: str
    size: Annotated[int, "bytes"]
    uploaded_at: Annotated[float, "seconds since the epoch"]
    used_by: Annotated[Sequence[str], "`APP/STAGE`, of this store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedLine(Line):
    """Unused assets were deleted."""

    type: ClassVar[str] = "pruned"
    when: ClassVar[str] = "`assets prune`"
    bucket: str
    assets: Annotated[int, "number of deleted assets"]
    bytes: int
