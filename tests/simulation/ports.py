"""What a machine sends and writes through: each use is a point at which it may die."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from cloudwright.errors import StateUnavailable
from cloudwright.state.hosted_store import HostedStore
from simulation.faults import MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.control.model import Call, Reply
    from cloudwright.state.audit import AppendAudit, AuditLine
    from cloudwright.state.changes import StateChange
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Snapshot
    from simulation.machine import Machine


class FaultyTransport:
    """Every send is a point, before and after; in between the network decides."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    async def send(self, call: Call) -> Reply:
        machine = self.machine
        # The lease is confirmed right before this: no machine is modelled that falls asleep in between.
        await machine.point(f"before {call.action}", may_sleep=call.action not in MUTATIONS)
        if call.service == "cloudcontrolapi":
            machine.report.calls += 1
        if call.action in MUTATIONS:
            machine.check_send(call)
        fate = machine.schedule.fate(call)
        if fate.way != "ok" or fate.out > 1:
            machine.world.say(f"    {call.action}: {fate.way}, {fate.out:.2f} s")
        try:
            return await machine.world.deliver(self.changed(call), fate)
        finally:
            await machine.point(f"after {call.action}")

    def changed(self, call: Call) -> Call:
        """The call as it goes out."""
        return call

    async def close(self) -> None:
        pass


class _SleepyBackend:
    """A backend that a sleeping machine does not reach, so that its heartbeat stops."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._inner = machine, machine.world.backend()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def renew(self, lease: Lease) -> bool:
        if self._machine.dead or not self._machine.awake.is_set():
            raise StateUnavailable("the machine sleeps")
        return self._inner.renew(lease)


class FaultyStore:
    """Every commit is a point, before and after; so are taking and giving back the lease."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.inner = HostedStore(_SleepyBackend(machine), clock=machine.clock)

    @property
    def place(self) -> str:
        return self.inner.place

    async def read(self) -> Snapshot:
        await self.machine.gate()
        return await self.inner.read()

    async def acquire(self, holder: Holder, *, ttl: float) -> Lease:
        await self.machine.gate()
        lease = self.machine.lease = await self.inner.acquire(holder, ttl=ttl)
        await self.machine.point("after acquire")
        return lease

    async def commit(self, lease: Lease, changes: Sequence[StateChange]) -> int:
        label = " ".join(type(change).__name__ for change in changes)
        await self.machine.point(f"before commit {label}")
        await asyncio.sleep(self.machine.schedule.pause())
        await self.machine.gate()
        serial = await self.inner.commit(lease, self.kept(changes))
        self.machine.world.deeds.note(changes)
        await self.machine.point(f"after commit {label}")
        return serial

    def kept(self, changes: Sequence[StateChange]) -> Sequence[StateChange]:
        """The changes that are written."""
        return changes

    async def confirm(self, lease: Lease) -> None:
        await self.machine.point("before confirm")
        await self.inner.confirm(lease)

    async def release(self, lease: Lease) -> None:
        await self.machine.point("before release")
        # Who leaves at once does not wait for this, and closes the store.
        with contextlib.suppress(StateUnavailable):
            await self.inner.release(lease)

    async def holder(self) -> Lease | None:
        await self.machine.gate()
        return await self.inner.holder()

    async def audit(self) -> tuple[AuditLine, ...]:
        await self.machine.gate()
        return await self.inner.audit()

    async def live_lease(self) -> Lease | None:
        await self.machine.gate()
        return await self.inner.live_lease()

    async def break_lease(self, lease_id: str, audit: Sequence[AppendAudit] = ()) -> None:
        await self.machine.gate()
        await self.inner.break_lease(lease_id, audit)

    async def close(self) -> None:
        if not self.machine.dead:
            await self.inner.close()
