"""What the engine works with, passed in by the code that composes a run."""

from __future__ import annotations

import secrets
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.engine.audit import AuditedBy, ended_requests
from cloudwright.engine.other_owners import OtherOwners
from cloudwright.engine.ownership import OwnedResources
from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.changes import DropEntry, PutEntry, PutRecord, PutSealing
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from cloudwright.clock import Clock
    from cloudwright.control.client import CloudControl
    from cloudwright.control.polling.tracker import Tracker
    from cloudwright.engine.outcome import Event
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.records import Record
    from cloudwright.state.store import StateStore
    from cloudwright.target import Target


class Sealing(Protocol):
    """Keyed fingerprints and sealed bytes."""

    @property
    def document(self) -> Mapping[str, object]:
        """How the key is found again; the state must store it once it is not empty."""
        ...

    def fingerprint(self, value: object) -> str:
        """Keyed digest of a JSON value."""
        ...

    def former_fingerprints(self, value: object) -> tuple[str, ...]:
        """The digests that a value had under earlier keys."""
        ...

    def seal(self, plaintext: bytes, *, place: str) -> str:
        """Encrypt bytes for one place of the state."""
        ...

    def unseal(self, sealed: str, *, place: str) -> bytes:
        """Decrypt a result of `seal` for the same place.

        Raises:
            CannotUnseal: The key or the place differs.
        """
        ...


class CreateObserver(Protocol):
    """Shows what resources of some types do by themselves while they are created, such as the phases of a build."""

    @property
    def types(self) -> frozenset[str]:
        """The names of these types."""
        ...

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned from them, as figures for the state."""
        ...

    def accompany(self, entry: JournalEntry) -> AbstractAsyncContextManager[Callable[[str], None]]:
        """Accompany a create; its end must not depend on anything that happens here.

        Args:
            entry: The request.

        Returns:
            A context that lasts as long as the request; what it gives is called with the resource's identifier.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports of one run.

    Attributes:
        token: Generates random client tokens, before a journal entry is written.
        schemas: Folder of described schemas; `None` for the user's cache.
    """

    store: StateStore
    control: CloudControl
    tracker: Tracker
    catalog: Catalog
    sealing: Sealing
    clock: Clock
    token: Callable[[], str] = lambda: secrets.token_hex(16)
    schemas: Path | None = None


@dataclass(slots=True, kw_only=True)
class DeployRun:
    """One run that may write: its lease and what it has learned so far.

    Attributes:
        lease: The right to write.
        order: Position of the next record in the order of creation.
        kept: What the state stores about the sealing key.
        doubtful: Records of the state that may belong to somebody else.
        owned: What is recorded: nothing may be recorded twice.
        iam_changed: Whether a role or policy was written in this run (CC80).
        neighbours: The other states of the store.
        journal: The open requests, by the ids of their entries.
        plan: Digest of the plan that is being applied; empty before the first approval.
        companion: Accompanies creates that take long; `None` for a run that nobody watches.
    """

    services: Services
    lease: Lease
    observe: Callable[[Event], None]
    companion: CreateObserver | None = None
    order: int = 0
    kept: Mapping[str, object] = field(default_factory=dict)
    doubtful: tuple[Record, ...] = ()
    owned: OwnedResources = field(default_factory=OwnedResources)
    iam_changed: bool = False
    durations: dict[str, float] = field(default_factory=dict)
    journal: dict[str, JournalEntry] = field(default_factory=dict)
    plan: str = ""
    neighbours: OtherOwners = field(init=False)

    def __post_init__(self) -> None:
        """Set the other states of the store."""
        self.neighbours = OtherOwners(self.services.store)

    def set_records(self, records: Iterable[Record]) -> None:
        """Set the records of the state at the beginning of a stage of the run.

        Args:
            records: All records.
        """
        known = tuple(records)
        self.doubtful = tuple(one for one in known if one.status is RecordStatus.DOUBTFUL)
        self.owned = OwnedResources()
        self.owned.apply(map(PutRecord, known))
        self.order = max((one.order for one in known), default=0)

    async def commit(self, *changes: StateChange) -> int:
        """Write changes under this run's lease, with an audit line for each request that ends in them.

        Raises:
            LeaseLost: The lease is lost; nothing was written.
        """
        key = self._key()
        lines = ended_requests(self.journal, changes, self.services.clock.now())
        serial = await self.services.store.commit(self.lease, [*key, *changes, *lines])
        if key:
            self.kept = key[0].sealing
        self.owned.apply(changes)
        self._follow_journal(changes)
        return serial

    def _follow_journal(self, changes: Iterable[StateChange]) -> None:
        for change in changes:
            match change:
                case PutEntry(entry):
                    self.journal[entry.id] = entry
                case DropEntry(id=ended):
                    self.journal.pop(ended, None)

    @property
    def author(self) -> str:
        """`user@host` of this run."""
        return f"{self.lease.holder.user}@{self.lease.holder.host}"

    async def principal(self, target: Target) -> str:
        """The ARN that signs requests to a target; empty if STS can't be reached, which stops no request."""
        try:
            return (await self.services.control.caller(target)).arn
        except (CredentialsError, ServiceError, TransportError):
            return ""

    async def made(self, target: Target) -> AuditedBy:
        """Who makes a change without a request, for its audit line."""
        return AuditedBy(
            id=self.services.token(),
            at=self.services.clock.now(),
            author=self.author,
            principal=await self.principal(target),
            plan=self.plan,
        )

    async def commit_all(self, changes: Sequence[StateChange]) -> None:
        """Write changes in one transaction; no transaction if there are none."""
        if changes:
            await self.commit(*changes)

    def _key(self) -> list[PutSealing]:
        """Store how the sealing key is found, in the same transaction as the first value that it seals."""
        document = self.services.sealing.document
        return [PutSealing(document)] if document and document != self.kept else []

    def next_order(self) -> int:
        """A position in the order of creation after all records so far."""
        self.order += 1
        return self.order
