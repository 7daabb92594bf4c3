"""Runs after each other in one world, with the checks in between."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.errors import ConsentNeeded, LockHeld, NeedsHuman
from cloudwright.plan.options import PlanOptions
from cloudwright.state import action_edits
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.lease import Holder
from cloudwright.state.records import RecordStatus
from cloudwright.testing import loop
from simulation import invariants
from simulation.deeds import check_actions, check_always
from simulation.faults import Calm
from simulation.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from cloudwright.state.changes import StateChange
    from simulation.faults import Schedule
    from simulation.machine import Report
    from simulation.programs import Program
    from simulation.world import World

TAKEOVER = 61.0
"""Seconds after which the lease of a dead run may be taken over."""

LATEST = 1200.0
"""Seconds after which no request of a dead run arrives any more."""

TRIES = 6
"""Calm deploys within which everything must be in place."""


class Story:
    """Drives one world."""

    def __init__(self, world: World, machine: Callable[..., Machine] = Machine) -> None:
        self.world = world
        self.skew = 0.0
        self._machine = machine

    def machine(self, schedule: Schedule | None = None) -> Machine:
        """A machine for one run."""
        return self._machine(self.world, schedule or Calm(), self.skew)

    async def deploy(
        self,
        program: Program,
        schedule: Schedule | None = None,
        options: PlanOptions | None = None,
        *,
        concurrency: int | None = None,
    ) -> Report:
        """One deploy with a consenting user, and the checks after it."""
        self.world.say(f"deploy of {[spec.id for spec in program]}")
        options, before = options or PlanOptions(), len(self.world.deeds.done)
        report = await self.machine(schedule).deploy(program, options, concurrency=concurrency)
        if isinstance(report.error, ConsentNeeded):
            consenting = replace(options, allow_replace=tuple(spec.id for spec in program))
            report = await self.machine(schedule).deploy(program, consenting, concurrency=concurrency)
        if report.ok and not (options.targets or options.excludes):
            check_actions(self.world, self.world.snapshot(), program)
            check_always(self.world, program, before)
        await self.checked(report)
        return report

    async def saved(self, program: Program, schedule: Schedule | None = None) -> None:
        """A plan that is saved and deployed later, when other answers are to be had; after a death once more."""
        self.world.say(f"a plan of {[spec.id for spec in program]} is saved")
        consent = PlanOptions(allow_replace=tuple(spec.id for spec in program))
        saved = await self.machine().plan(program, consent)
        if saved is None:
            return
        self.world.facts.move_all()
        for each in (schedule, None):
            report = await self.machine(each).deploy(program, saved.options, plan=saved.plan)
            await self.checked(report)
            if not report.killed:
                break

    async def destroy(self, schedule: Schedule | None = None) -> Report:
        """One destroy, and the checks after it."""
        self.world.say("destroy")
        report = await self.machine(schedule).destroy()
        await self.checked(report)
        return report

    async def asleep(
        self, program: Program, other: Callable[[], Program], schedule: Schedule, *, before: float, after: float
    ) -> Report:
        """A deploy whose machine falls asleep; meanwhile somebody else deploys; then it wakes.

        Args:
            program: What the sleeper deploys.
            other: What somebody else deploys.
            schedule: Says where it falls asleep.
            before: Seconds of sleep before the other deploy.
            after: Seconds of sleep after it.
        """
        machine = self.machine(schedule)
        self.world.say(f"deploy of {[spec.id for spec in program]} on a machine that falls asleep")
        consent = PlanOptions(allow_replace=tuple(spec.id for spec in program))
        run = asyncio.ensure_future(machine.deploy(program, consent))
        asleep = asyncio.ensure_future(machine.fell_asleep.wait())
        await asyncio.wait({run, asleep}, return_when=asyncio.FIRST_COMPLETED)
        asleep.cancel()
        if machine.fell_asleep.is_set() and not run.done():
            self.world.clock.suspend(before)
            await self.deploy(other())
            self.world.clock.suspend(after)
            self.world.say(f"  machine {machine.number} wakes")
            machine.awake.set()
        report = await run
        await self.checked(report)
        return report

    async def checked(self, report: Report) -> None:
        """Wait for what is under way, then check; after a death, until the lease may be taken over."""
        await self.world.settled()
        invariants.check(self.world)
        self.world.stir_facts()
        if report.killed or isinstance(report.error, LockHeld):
            self.world.clock.suspend(TAKEOVER)

    async def converge(self, program: Callable[[], Program], options: PlanOptions | None = None) -> None:
        """Deploy without trouble until everything is in place, then once more to see that nothing happens."""
        for _ in range(TRIES):
            report = await self.deploy(program(), options=options)
            if self.satisfied(report):
                if not self.outstanding():
                    break
                await self.outlast()
                options = None
            else:
                options = await self.helped(report)
                await self.decide()
        else:
            self.world.violated(f"it does not converge: {report}")
            return
        invariants.check_converged(self.world, program(), report)
        again = await self.deploy(program())
        invariants.check_noop(self.world, program(), again)
        invariants.check_converged(self.world, program(), again)

    async def end(self) -> None:
        """Destroy everything and look whether anything is left."""
        for _ in range(TRIES):
            report = await self.destroy()
            if self.satisfied(report):
                if not self.outstanding():
                    break
                await self.outlast()
            else:
                await self.helped(report)
        else:
            self.world.violated(f"the destroy does not end well: {report}")
        invariants.check_gone(self.world)

    def satisfied(self, report: Report) -> bool:
        """Whether nothing is left for the user to do."""
        doubtful = any(record.status is RecordStatus.DOUBTFUL for record in self.world.snapshot().records)
        return report.ok and not doubtful

    def outstanding(self) -> bool:
        """Whether a request of a run that has ended may still take effect."""
        return self.world.is_late or bool(self.world.snapshot().journal)

    async def outlast(self) -> None:
        """Let every late request arrive, and wait until none could any more."""
        await self.world.landed()
        self.world.say("every late request has arrived")
        self.world.clock.suspend(LATEST)

    async def decide(self) -> None:
        """What the user does about actions that may have run: looks whether they did."""
        snapshot = self.world.snapshot()
        for action in snapshot.actions:
            if action.doubtful:
                did = [deed.what for deed in self.world.deeds.done if deed.token == action.token]
                self.world.say(f"the user looks at {action.key}: it did {did}")
                edit = action_edits.confirm(snapshot, action.key, did[0]) if did else None
                self.world.deeds.accounted.add(action.token)
                await self._write_edit(edit or action_edits.rerun(snapshot, action.key))

    async def _write_edit(self, changes: list[StateChange]) -> None:
        store = HostedStore(self.world.backend(), clock=self.world.clock)
        lease = await store.acquire(Holder(user="ada", host="desk", pid=1, command="actions", since=0.0), ttl=60.0)
        await store.commit(lease, changes)
        await store.release(lease)
        await store.close()

    async def helped(self, report: Report) -> PlanOptions:
        """What a person does whom cloudwright asks: looks minutes later, when all that was sent has arrived."""
        if isinstance(report.error, NeedsHuman):
            await self.world.landed()
        return self.help(report)

    def help(self, report: Report) -> PlanOptions:
        """What the user does about a run that did not end well; by default, runs it again."""
        return PlanOptions()


def tell(story: Callable[[], Coroutine[Any, Any, World]]) -> World:
    """Run a story in virtual time, with repeatable dice for the product's own jitter."""
    state = random.getstate()
    random.seed(0)
    try:
        return loop.run(_closed(story))
    finally:
        random.setstate(state)


async def _closed(story: Callable[[], Coroutine[Any, Any, World]]) -> World:
    world = await story()
    world.closing = True
    world.cloud.close()
    return world
