"""What the state holds, as plain data. A leaf: any module may import it.

Nothing here holds a secret in clear: secret and write-only leaves of `declared` and `observed` are fingerprints
(see `cloudwright.secret`), and a journal body that contains secrets is sealed.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.audit import AppendAudit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.control.model import Operation
    from cloudwright.target import Target

FORMAT = 1
"""The version of the state format that this code writes. A newer one is refused, an older one migrated."""


class RecordStatus(StrEnum):
    """Who owns the physical resource of a record, as far as is known."""

    LIVE = "live"
    """Exists, and is ours."""

    TAINTED = "tainted"
    """Its create failed, but it is proven ours: replaced by the next deploy."""

    DOUBTFUL = "doubtful"
    """Not proven ours: never deleted or replaced; the user adopts or forgets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One physical resource.

    Attributes:
        key: Scope path and id.
        generation: Replacement count; (key, generation) names one record.
        current: Whether this is the key's current generation; an older one waits for its delete.
        type: The resource type's name.
        identifier: Cloud Control's primary identifier.
        target: Where it lives and how to reach it.
        declared: The desired document of the last success (references resolved, secrets as fingerprints).
        observed: AWS's last answer (secrets as fingerprints).
        depends_on: Keys of the resources it needs.
        dirty: Pointers that an update tried to change without a confirmed end.
        tried: What such updates declared, if anything: it may have been written, and is then ours to remove.
        protect: Refuse to delete or replace it.
        retain: Forget it instead of deleting it.
        order: Position in the order of creation within this state; breaks cycles among edges of different runs.
        created_at: Seconds since the epoch.
        updated_at: Seconds since the epoch.
        note: The reason of the status, for messages.
        unobservable: Written by earlier versions, which also listed values that somebody had removed by hand; read from
            old states, otherwise unused.
        ignored: Pointers whose changes the program ignores, so that they are not drift either.
        replace_on: Digest of the values whose change replaces the resource; empty without any.
        own_name: The identifier ends with a random suffix that we chose, so a resource of that name is ours.
        sealed: Secret attributes that AWS generated and later runs need: pointer -> sealed JSON.
        unreturned: Unreturned paths, with `*` for any item of a list: a request wrote them, and repeated reads after it
            did not return them (CC47).
        adopted: It was adopted, so a value that no read returns and that was never declared may differ unnoticed
            (CC32).
        claim: Which other tool still manages it, until `doctor --handover` found that it does not any more; empty for
            none.
    """

    key: str
    generation: int = 0
    current: bool = True
    type: str
    identifier: str
    target: Target
    status: RecordStatus = RecordStatus.LIVE
    declared: Mapping[str, object] = field(default_factory=dict, repr=False)
    observed: Mapping[str, object] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()
    tried: Mapping[str, object] = field(default_factory=dict, repr=False)
    protect: bool = False
    retain: bool = False
    order: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    note: str = ""
    unobservable: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    replace_on: str = ""
    own_name: bool = False
    sealed: Mapping[str, object] = field(default_factory=dict, repr=False)
    unreturned: tuple[str, ...] = ()
    adopted: bool = False
    claim: str = ""

    @property
    def id(self) -> tuple[str, int]:
        """Key and generation, which name this record in its state."""
        return (self.key, self.generation)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One mutating request, from before it is sent until its end is known.

    Attributes:
        id: Random, names the entry.
        operation: CREATE, UPDATE or DELETE.
        client_token: Random, decided before the intent was written; the service's idempotency key.
        body: The exact request body as text, or sealed (`enc:v1:...`) when it contains secrets.
        draft: The record to write when the request succeeds (for a delete, the record to remove).
        attempted: Pointers that an update touches.
        created_at: Seconds since the epoch by AWS's clock, as far as known.
        request_token: Cloud Control's token, once it answered.
        requested_at: When the request token was learned, seconds since the epoch.
        principal: The ARN that signed, as STS names it; empty if STS could not be asked.
        attempt: 0 for the first request of a step, counting terminal retries.
        existed_before: What a read before the create found; `None`: no such read was made.
        reason: Why the step exists, for messages.
        plan: Digest of the plan that the request belongs to.
        author: `user@host` of the run that opened the entry.
        awaited: A later run has already waited for the request to be delivered.
    """

    id: str
    key: str
    generation: int
    operation: Operation
    type: str
    target: Target
    client_token: str
    body: str = field(repr=False)
    draft: Record
    identifier: str | None = None
    attempted: tuple[str, ...] = ()
    created_at: float = 0.0
    request_token: str | None = None
    requested_at: float | None = None
    principal: str = ""
    attempt: int = 0
    existed_before: bool | None = None
    reason: str = ""
    plan: str = ""
    author: str = ""
    awaited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDelivery:
    """One act of delivering images, from before its first request until its end and beyond.

    It is a journal entry until `ended_at`; then it is what a rollback goes back to.

    Attributes:
        id: Random, names it.
        verb: `run`, `promote`, `rollback` or `retire`.
        key: The distribution configuration's key.
        pipeline: The pipeline's key; empty for what has none.
        target: Account and Region of the configuration.
        client_token: Random, decided before this was written; the service's idempotency key.
        request: The members that are sent with the token.
        image: The image build version's ARN, once AWS has answered.
        started_at: Seconds since the epoch.
        ended_at: Seconds since the epoch; 0 while it is open.
        outcome: `delivered`, `partial`, `failed` or `cancelled`; empty while it is open.
        left: The user left it running, so that its end was nobody's result.
        replaced: `ACCOUNT/REGION` -> what stood there before: parameters, launch template defaults, unreadable places.
        delivered: `ACCOUNT/REGION` -> what stood there afterwards, the AMI and its launch permissions too.
        steps: For a rollback or retirement: number -> the step as it was planned, with `done` once it was carried out.
    """

    id: str
    verb: str
    key: str
    pipeline: str = ""
    target: Target
    client_token: str
    request: Mapping[str, object] = field(default_factory=dict)
    image: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0
    outcome: str = ""
    left: bool = False
    replaced: Mapping[str, object] = field(default_factory=dict)
    delivered: Mapping[str, object] = field(default_factory=dict)
    steps: Mapping[str, object] = field(default_factory=dict)


class ActionStatus(StrEnum):
    """How the last run of an action ended, as far as is known."""

    RUNNING = "running"
    """It was called, and nothing says how that ended: it runs now, or its process died."""

    DONE = "done"
    """It returned."""

    FAILED = "failed"
    """It did not complete, and may be called again."""

    UNCLEAR = "unclear"
    """It may be called once only, and raised: it may have done its work or a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """What the state holds about one action: a journal entry while it runs, then its result.

    Attributes:
        key: Scope path and id.
        status: How the last run ended.
        once: Whether the program declared it as at-most-once when it was called.
        target: Account and Region that it was called for.
        token: Random, written before the call; the same one until a run for the same cause has succeeded.
        arguments: What it was called with (references resolved, secrets as fingerprints).
        followed: Key -> what identified the latest change of what it follows, when it was called.
        result: `value`: what its last success returned, with secrets sealed; empty if there is none.
        started_at: When the last run was called, seconds since the epoch.
        succeeded_at: When the last success ended; 0 before the first one.
        secret_result: Whether what it returns holds secrets.
        note: Why the last run did not complete, for messages.
    """

    key: str
    status: ActionStatus
    once: bool
    target: Target
    token: str
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False)
    followed: Mapping[str, object] = field(default_factory=dict)
    result: Mapping[str, object] = field(default_factory=dict, repr=False)
    started_at: float = 0.0
    succeeded_at: float = 0.0
    secret_result: bool = False
    note: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether it may have run, must not run twice, and so waits for the user's decision."""
        return self.once and self.status in {ActionStatus.RUNNING, ActionStatus.UNCLEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a state holds, from one consistent read.

    Attributes:
        serial: Counts the commits that changed records, journal or outputs. Leases, learned figures
            and deliveries of images don't count.
        outputs: The app's last outputs, secrets sealed.
        learned: Figures that make the next run faster (durations, rates), by name.
        uses: Outputs of other apps that this one read: `app/stage` names, with `@URL` for those in another store.
        sealing: What is needed to find the sealing key (a salt and a check value, or a wrapped key); never the key
            itself.
        lookups: The answers that the last deploy was made with, by question: `label` and `answer`, secrets sealed.
        deliveries: Of images: those under way, and the latest ones.
        actions: What ran after changes, and what it returned.
    """

    app: str
    stage: str
    serial: int = 0
    records: tuple[Record, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict, repr=False)
    learned: Mapping[str, object] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    sealing: Mapping[str, object] = field(default_factory=dict, repr=False)
    lookups: Mapping[str, object] = field(default_factory=dict, repr=False)
    deliveries: tuple[ImageDelivery, ...] = ()
    actions: tuple[ActionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One of the states in a store.

    Attributes:
        uses: As in `Snapshot`.
        damage: Why it can't be read, so that what it uses is not known; empty if it can.
    """

    app: str
    stage: str
    uses: tuple[str, ...] = ()
    damage: str = ""


@dataclass(frozen=True, slots=True)
class PutRecord:
    """Write a record; replaces the one of the same key and generation."""

    record: Record


@dataclass(frozen=True, slots=True)
class DropRecord:
    """Forget a record."""

    key: str
    generation: int


@dataclass(frozen=True, slots=True)
class PutEntry:
    """Write a journal entry; replaces the one of the same id."""

    entry: JournalEntry


class EntryEnd(StrEnum):
    """Why a journal entry is dropped."""

    SENT = "sent"
    """Its request was sent, and its end is known."""

    REFUSED = "refused"
    """AWS refused its request at once, which changed nothing."""

    FOUND = "found"
    """AWS did not report a success, and a read found done what it should do."""

    UNCLEAR = "unclear"
    """Its request may have had an effect that no record shows."""

    UNSENT = "unsent"
    """Its request certainly did not reach AWS."""

    ABANDONED = "abandoned"
    """Nobody knows its end, and the user has decided to go on."""


@dataclass(frozen=True, slots=True)
class DropEntry:
    """The entry's request has reached its end.

    Attributes:
        end: How, as far as the changes beside this one don't show it.
        error: AWS's error code, for the audit.
    """

    id: str
    end: EntryEnd = EntryEnd.SENT
    error: str = ""


@dataclass(frozen=True, slots=True)
class PutOutputs:
    """Replace the app's outputs and the list of the apps it uses."""

    outputs: Mapping[str, object] = field(repr=False)
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PutLearned:
    """Merge learned figures by name; does not count as a change of the state."""

    learned: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PutSealing:
    """Replace the document from which the sealing key is found."""

    sealing: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutLookups:
    """Replace the answers of the app's lookups."""

    lookups: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutDelivery:
    """Write a delivery over the one of the same id; does not count as a change of the state."""

    delivery: ImageDelivery


@dataclass(frozen=True, slots=True)
class DropDelivery:
    """Forget a delivery."""

    id: str


@dataclass(frozen=True, slots=True)
class PutAction:
    """Write what is known about an action; replaces what was known under its key."""

    action: ActionRecord


@dataclass(frozen=True, slots=True)
class DropAction:
    """Forget an action."""

    key: str


StateChange = (
    PutRecord
    | DropRecord
    | PutEntry
    | DropEntry
    | PutOutputs
    | PutLearned
    | PutSealing
    | PutLookups
    | PutDelivery
    | DropDelivery
    | PutAction
    | DropAction
    | AppendAudit
)
"""One line of a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The holder of a lease, for messages."""

    user: str
    host: str
    pid: int
    command: str
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write one state.

    Attributes:
        id: Random, names this lease.
        fence: Higher with every lease of the state; a commit with an older one is refused.
        ttl: Seconds after the last renewal at which others may take over.
        renewed_at: The last renewal on record, seconds since the epoch by the store's clock.
    """

    id: str
    fence: int
    holder: Holder
    ttl: float
    renewed_at: float = field(default=0.0, compare=False)
