"""States in memory: for tests, simulations, and programs that keep no state."""

from __future__ import annotations

from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.clock import SystemClock
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.cells import CellKind, Cells, assemble, audit_lines
from cloudwright.state.history import HISTORY, PastCommit, PastLine
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.lease import expired, lease_lost, lock_held, new_lease, renewed, same
from cloudwright.state.snapshot import Neighbour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.clock import Clock
    from cloudwright.errors import LeaseLost
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.cells import Batch, StoredLine
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Snapshot


@dataclass(slots=True)
class _State:
    serial: int = 0
    fence: int = 0
    cells: Cells = field(default_factory=dict)
    lease: Lease | None = None
    past: deque[PastCommit] = field(default_factory=deque)

    def write(self, line: StoredLine) -> PastLine:
        before = self.cells.get(line.address)
        if line.text is None:
            self.cells.pop(line.address, None)
        else:
            self.cells[line.address] = line.text
        return PastLine(line.address, before, line.text)


class MemoryDatabase:
    """The states that several memory stores share, as several machines share one database."""

    def __init__(self) -> None:
        """Hold no state yet."""
        self._states: dict[tuple[str, str], _State] = {}

    def state(self, app: str, stage: str) -> _State:
        """The state of one app and stage."""
        return self._states.setdefault((app, stage), _State())

    def neighbours(self) -> tuple[Neighbour, ...]:
        """The states that have been written."""
        return tuple(
            Neighbour(*name, assemble(*name, state.serial, state.cells).uses)
            for name, state in sorted(self._states.items())
            if state.serial
        )


class MemoryBackend:
    """One state of a `MemoryDatabase`; implements `Backend`."""

    def __init__(self, database: MemoryDatabase, app: str, stage: str, *, clock: Clock) -> None:
        """Open a state.

        Args:
            database: The shared states.
            app: The app's name.
            stage: The stage's name.
            clock: Measures the age of leases and commits.
        """
        self._database = database
        self._state = database.state(app, stage)
        self._app = app
        self._stage = stage
        self._clock = clock

    @property
    def place(self) -> str:
        """The name of the store in messages."""
        return "memory"

    def read(self) -> Snapshot:
        """A snapshot of the state."""
        return assemble(self._app, self._stage, self._state.serial, self._state.cells)

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease, or raise `LockHeld`."""
        state, now = self._state, self._clock.now()
        if live := self.live_lease():
            raise lock_held(live, self._app, self._stage, now)
        state.fence += 1
        state.lease = new_lease(holder, ttl=ttl, fence=state.fence, now=now)
        return state.lease

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        if not same(self._state.lease, lease):
            return False
        self._state.lease = renewed(lease, self._clock.now())
        return True

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches; the fence is checked for each of them."""
        return [self._write(batch) for batch in batches]

    def release(self, lease: Lease) -> None:
        """Remove the lease if it still holds."""
        if same(self._state.lease, lease):
            self._state.lease = None

    def holder(self) -> Lease | None:
        """The lease on record."""
        return self._state.lease

    def live_lease(self) -> Lease | None:
        """The lease on record, unless it has expired."""
        lease = self._state.lease
        return None if lease is None or expired(lease, self._clock.now()) else lease

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id."""
        if self._state.lease is not None and self._state.lease.id == lease_id:
            self._state.lease = None
            for line in lines:
                self._state.write(line)

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        return tuple(self._state.past)

    def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed, oldest first."""
        texts = (text for address, text in self._state.cells.items() if address.kind == CellKind.AUDIT)
        return audit_lines(texts, f"{self._app}/{self._stage}")

    def states(self) -> tuple[Neighbour, ...]:
        """All states of the database."""
        return self._database.neighbours()

    def read_other(self, app: str, stage: str) -> Snapshot:
        """A snapshot of another state of the database."""
        return MemoryBackend(self._database, app, stage, clock=self._clock).read()

    def prepare(self) -> None:
        """Nothing to create."""

    def close(self) -> None:
        """Nothing to release."""

    def _write(self, batch: Batch) -> int | LeaseLost:
        state = self._state
        if not same(state.lease, batch.lease):
            return lease_lost(batch.lease, state.lease)
        state.serial += batch.step
        past = tuple(done for line in batch.lines for done in [state.write(line)] if line.remembered)
        if past:
            self._remember(batch, past)
        return state.serial

    def _remember(self, batch: Batch, lines: tuple[PastLine, ...]) -> None:
        past, holder = self._state.past, batch.lease.holder
        past.append(
            PastCommit(
                serial=self._state.serial,
                at=self._clock.now(),
                author=f"{holder.user}@{holder.host}",
                command=holder.command,
                lines=lines,
            )
        )
        while past[0].serial <= self._state.serial - HISTORY:
            past.popleft()


class MemoryStore(HostedStore):
    """A complete `StateStore` in memory."""

    def __init__(
        self, app: str, stage: str, *, clock: Clock | None = None, database: MemoryDatabase | None = None
    ) -> None:
        """Open a state in memory.

        Args:
            app: The app's name.
            stage: The stage's name.
            clock: Measures the age of leases and commits; the machine's own by default.
            database: States shared with other stores; a fresh one by default.
        """
        clock = clock or SystemClock()
        super().__init__(MemoryBackend(database or MemoryDatabase(), app, stage, clock=clock), clock=clock)
