"""A `StateStore` over any backend: renews the lease, and groups commits that wait at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.clock import SystemClock
from cloudwright.errors import LeaseLost, StateCorrupt, StateError, StateTooNew, StateUnavailable
from cloudwright.lazy_dataclass import replace
from cloudwright.state.backend import Restorable
from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.leases.lease import HeldLease, lease_lost
from cloudwright.state.store_thread import InlineWorker, ThreadWorker, WorkerDuties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.clock import Clock
    from cloudwright.state.audit import AppendAudit, AuditLine
    from cloudwright.state.backend import Backend
    from cloudwright.state.changes import StateChange
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Neighbour, Snapshot
    from cloudwright.state.store_thread import StoreWorker


class HostedStore:
    """One state in one backend; implements `StateStore`.

    Closing the store without a release leaves the lease on record, as a killed process does.
    """

    def __init__(self, backend: Backend, *, clock: Clock | None = None, thread: str = "") -> None:
        """Wrap a backend.

        Args:
            backend: Reads and writes the state.
            clock: Measures the age of the last renewal.
            thread: Name of the thread to run the backend in; empty for a backend that never blocks.
        """
        self.backend = backend
        self._clock = clock or SystemClock()
        self._holds: dict[str, HeldLease] = {}
        duties = WorkerDuties(commit=backend.commit, beat=self._beat)
        self._worker: StoreWorker = ThreadWorker(thread, duties) if thread else InlineWorker(duties)

    @property
    def place(self) -> str:
        """The address of the store without its password, for messages."""
        return self.backend.place

    async def read(self) -> Snapshot:
        """Read everything at once, consistently; see `StateStore.read`."""
        return await self._worker.call(self.backend.read)

    async def acquire(self, holder: Holder, *, ttl: float) -> Lease:
        """Take the lease and keep it alive from now on; see `StateStore.acquire`."""
        taken: list[Lease] = []
        try:
            await self._worker.call(lambda: taken.append(self._take(holder, ttl)))
        except asyncio.CancelledError:
            # The caller was cancelled and never learns of this lease, so it is released here.
            self._worker.post(lambda: self._release(*taken))
            raise
        return taken[0]

    async def commit(self, lease: Lease, changes: Sequence[StateChange]) -> int:
        """Apply all changes in one durable transaction, or none; see `StateStore.commit`."""
        batch = Batch(lease, lines_of(changes))
        try:
            return await self._worker.commit(batch)
        except LeaseLost:
            self._forget(lease)
            raise

    async def confirm(self, lease: Lease) -> None:
        """Check that the lease still holds; see `StateStore.confirm`."""
        self._worker.check()
        hold = self._holds.setdefault(lease.id, HeldLease(lease, asked_at=float("-inf")))
        while not hold.fresh(self._clock.boot()):
            if hold.lost:
                raise lease_lost(lease, await self.holder())
            await self._worker.call(lambda: self._renew(hold))

    async def release(self, lease: Lease) -> None:
        """Release the lease; no effect if it is lost already."""
        await self._worker.call(lambda: self._release(lease))

    async def holder(self) -> Lease | None:
        """The lease on record, live or expired, or `None`."""
        return await self._worker.call(self.backend.holder)

    async def live_lease(self) -> Lease | None:
        """The lease of the run in progress; see `StateStore.live_lease`."""
        return await self._worker.call(self.backend.live_lease)

    async def break_lease(self, lease_id: str, audit: Sequence[AppendAudit] = ()) -> None:
        """Remove the lease of this id; see `StateStore.break_lease`."""
        lines = lines_of(audit)
        await self._worker.call(lambda: self.backend.break_lease(lease_id, lines))

    async def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        return await self._worker.call(self.backend.history)

    async def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed in this state, oldest first; see `StateStore.audit`."""
        return await self._worker.call(self.backend.audit)

    async def states(self) -> tuple[Neighbour, ...]:
        """All states in the same store, this one included; an unreadable state is listed with its error."""
        return await self._worker.call(lambda: tuple(self.backend.states()))

    async def others(self) -> tuple[Snapshot | Neighbour, ...]:
        """All other states in the same store; for an unreadable state, its error."""
        return await self._worker.call(self._others)

    def _others(self) -> tuple[Snapshot | Neighbour, ...]:
        here = self.backend.read()
        states = [each for each in self.backend.states() if (each.app, each.stage) != (here.app, here.stage)]
        return tuple(each if each.damage else self._other(each) for each in states)

    def _other(self, neighbour: Neighbour) -> Snapshot | Neighbour:
        try:
            return self.backend.read_other(neighbour.app, neighbour.stage)
        except (StateCorrupt, StateTooNew) as error:
            return replace(neighbour, damage=error.message)

    async def prepare(self) -> None:
        """Create the file, tables or bucket ahead of the first run, if the store needs any."""
        await self._worker.call(self.backend.prepare)

    async def deleted(self) -> int:
        """How many parts of the state were deleted and can be restored.

        Raises:
            StateError: This kind of store keeps nothing that is deleted.
        """
        return await self._worker.call(self._restorable.deleted)

    async def restore(self) -> int:
        """Restore what was deleted; returns the number of parts."""
        return await self._worker.call(self._restorable.restore)

    @property
    def _restorable(self) -> Restorable:
        if not isinstance(self.backend, Restorable):
            raise StateError(
                f"{self.place} keeps nothing that was deleted; only an S3 bucket with versions does",
                hint="restore it from a backup",
            )
        return self.backend

    async def close(self) -> None:
        """Stop renewals and release files and connections."""
        await self._worker.close(self.backend.close)

    def _take(self, holder: Holder, ttl: float) -> Lease:
        asked_at = self._clock.boot()
        lease = self.backend.acquire(holder, ttl)
        self._holds[lease.id] = HeldLease(lease, asked_at)
        return lease

    def _release(self, *leases: Lease) -> None:
        for lease in leases:
            self._holds.pop(lease.id, None)
            self.backend.release(lease)

    def _forget(self, lease: Lease) -> None:
        if lease.id in self._holds:
            self._holds[lease.id].lost = True

    def _renew(self, hold: HeldLease) -> None:
        asked_at = self._clock.boot()
        if self.backend.renew(hold.lease):
            hold.asked_at = asked_at
        else:
            hold.lost = True

    def _beat(self) -> float | None:
        holds = [hold for hold in self._holds.values() if not hold.lost]
        for hold in holds:
            if hold.due(self._clock.boot()):
                try:
                    self._renew(hold)
                except StateUnavailable:
                    # The next heartbeat retries; until one succeeds, `confirm` lets nothing be sent.
                    continue
        return min((hold.interval for hold in holds), default=None)
