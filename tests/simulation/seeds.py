"""One random story for each seed: programs, edits, deaths, storms and somebody who helps where help is asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from cloudwright.control.model import Operation
from cloudwright.engine.operations import RESEND_AGE
from cloudwright.errors import NeedsHuman
from cloudwright.local.faults import Fault
from cloudwright.plan.options import PlanOptions
from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import DropEntry, DropRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.records import RecordStatus
from simulation.aftermath import tell_aftermath
from simulation.drafts import Author
from simulation.faults import Belated, Calm, Stormy, Weather
from simulation.invariants import of_record
from simulation.machine import Machine
from simulation.outsider import Outsider
from simulation.programs import shown
from simulation.story import TAKEOVER, Story, tell
from simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cloudwright.state.changes import StateChange
    from simulation.faults import Schedule
    from simulation.machine import Report
    from simulation.programs import Program

HURRIED = 0.4
"""How likely a death is followed by a run at once."""

HOUR, DAY = 3600.0, 86_400.0

WEATHERS = (
    Weather(),
    Weather(kill=0.02, action=0.4),
    Weather(kill=0.05, slow=0.2, action=0.4),
    Weather(trouble=0.1),
    Weather(trouble=0.3, slow=0.3),
    Weather(kill=0.02, trouble=0.1, slow=0.1, action=0.4),
    Weather(action=0.4),
    Weather(interrupt=0.02),
    Weather(interrupt=0.05, trouble=0.1, slow=0.3),
    Weather(sleep=0.03),
    Weather(sleep=0.02, trouble=0.1),
)

_OURS = frozenset({"password", "answered", "named", "action"})
"""Kinds that only a program declares."""

MISSING = {"code": "NotFound", "message": "The specified key policy was not found"}
"""What a handler says about something that the resource refers to."""

SERVICE_FAULTS = {
    "CC72": Fault("CC72", probability=0.2),
    "CC73": Fault("CC73", probability=0.2),
    "CC49": Fault("CC49", probability=0.1),
    "CC51": Fault("CC51", probability=0.1),
    "CC54": Fault("CC54", probability=0.3),
    "CC62": Fault("CC62", probability=0.2),
    "CC70": Fault("CC70", probability=0.2),
    "CC81": Fault("CC81", probability=0.05),
    "CC82": Fault("CC82", probability=0.1),
    "CC75": Fault("CC75", probability=0.1),
    "CC94": Fault("CC94", probability=0.02),
    "CC9": Fault("CC9", probability=0.3),
    "pending": Fault("pending", probability=0.3),
    "missing": Fault("fail", probability=0.2, options=MISSING),
    "missing, unread": Fault("fail", operation="DELETE", probability=0.2, options=MISSING),
    "busy": Fault("busy", probability=0.6),
    "busy, unnamed": Fault("busy", probability=0.6, options={"named": "false"}),
}
"""Faults of the services behind, each with how likely it strikes while it is on."""


class RandomStory(Story):
    """The story of one seed."""

    def __init__(self, seed: int, machine: type[Machine] = Machine) -> None:
        self.dice = Random(seed)
        super().__init__(
            World(
                operation_time=self.dice.choice([0.3, 0.3, 2.0, 2.0, 30.0] if self.dice.random() < 0.97 else [1800.0])
            ),
            machine,
        )
        self.author = Author(self.dice)
        self.outsider = Outsider(self.world, Random(seed))
        self.lateness = Random(f"late {seed}")
        self.world.facts.dice.seed(seed)
        self.vandalised = False

    async def tell(self) -> World:
        """Everything, from an empty account to an empty account."""
        self.author.write(self.dice.choice([5, 8, 12, 30] if self.dice.random() < 0.15 else [1, 2, 3, 4]))
        self._plant()
        for _ in range(self.dice.randint(1, 3)):
            await self._chapter()
            if self.world.violations:
                return self.world
        self._calm_down()
        await self.converge(self.author.program, PlanOptions(refresh=self._must_look))
        await self._finish()
        return self.world

    async def _finish(self) -> None:
        """Where others changed what is ours, they do so once more at the end; then everything is destroyed."""
        if self.outsider.was_here and not self.world.violations:
            await tell_aftermath(self, self.author.program())
        if not self.world.violations:
            await self.end()

    async def checked(self, report: Report) -> None:
        """After a death, sometimes somebody takes the lease away and goes on while the last request is on its way."""
        lease = self.world.backend().holder()
        options = self._hurried() if report.killed and lease is not None else None
        if lease is not None and options is not None:
            self.world.say("somebody unlocks the state and deploys at once")
            self.world.backend().break_lease(lease.id)
            report = await self.machine().deploy(self.author.program(), options)
        await super().checked(report)

    def _hurried(self) -> PlanOptions | None:
        """With which options somebody takes the lease away from a dead run; `None` if nobody does."""
        return self._options() if self.dice.random() < HURRIED else None

    @property
    def _must_look(self) -> bool:
        """Whether only a deploy that reads first brings everything in line."""
        return self.vandalised or self.outsider.was_here

    # -- trouble

    def _plant(self) -> None:
        """Resources of somebody else, some of which have the names that we want."""
        other = Author(self.dice)
        other.write(2)
        for draft in other.drafts:
            if not draft.parents and draft.kind not in _OURS:
                spec = draft.spec()
                self.world.plant(spec.type, spec.properties)

    async def _chapter(self) -> None:
        for _ in range(self.dice.randint(0, 3)):
            self.author.edit()
        self._service_faults()
        self.outsider.come(self.dice.choice([0.0, 0.0, 0.3, 0.8]))
        self.world.facts.rate = self.dice.choice([0.0, 0.5])
        weather = self.dice.choice(WEATHERS)
        self.world.say(f"weather {weather}, faults {[f.name for f in self.world.cloud.faults.listing()]}")
        self.skew = self.dice.choice([0.0, 0.0, 0.0, 3600.0, -3600.0])
        late = self.lateness.choice([0.0, 0.0, 0.2, 0.5])
        schedule = Belated(Stormy(self.dice, weather), self.lateness, late)
        drawn = self.dice.random()
        if weather.sleep:
            await self._asleep(schedule)
        elif drawn < 0.1:
            await self.destroy(schedule)
        elif drawn < 0.15:
            await self._both(schedule)
        elif drawn < 0.2:
            await self.saved(self.author.program(), schedule)
        else:
            at_once = self.dice.choice([None, None, 1, 3])
            await self.deploy(self.author.program(), schedule, self._options(), concurrency=at_once)
        self._time_passes()
        self._vandal()
        self._visit()

    def _options(self) -> PlanOptions:
        """What the user asks for on the command line, mostly nothing."""
        drawn, ids = self.dice.random(), [draft.id for draft in self.author.drafts]
        if not ids or drawn > 0.2:
            return PlanOptions()
        chosen = (self.dice.choice(ids),)
        if drawn < 0.06:
            return PlanOptions(replace=chosen)
        if drawn < 0.12:
            return PlanOptions(targets=chosen)
        if drawn < 0.15:
            return PlanOptions(excludes=chosen)
        return PlanOptions(refresh=True) if drawn < 0.18 else PlanOptions(frozen=True)

    def _vandal(self) -> None:
        """Somebody deletes what is ours; a deploy that looks will notice."""
        ours = sorted(self.world.ours().keys() & {of_record(r) for r in self.world.snapshot().records})
        if ours and self.dice.random() < 0.05:
            self.world.remove_by_hand(self.dice.choice(ours))
            self.vandalised = True

    def _visit(self) -> None:
        """Somebody changes collections of ours while no run goes on."""
        self.outsider.visit()

    def _service_faults(self) -> None:
        self.world.cloud.faults.clear()
        if self.dice.random() < 0.4:
            for name in self.dice.sample(sorted(SERVICE_FAULTS), 2):
                self._switch(SERVICE_FAULTS[name])
                if name.endswith("unread"):
                    self._switch(Fault("CC86", probability=0.5))

    def _switch(self, fault: Fault) -> None:
        self.world.cloud.faults.add(replace(fault, seed=self.dice.randrange(1 << 30)))

    def _calm_down(self) -> None:
        self.outsider.leave()
        self.world.facts.rate = 0.0
        self.world.cloud.faults.clear()
        self.world.say("calm from here on")

    def _time_passes(self) -> None:
        drawn = self.dice.random()
        if drawn < 0.05:
            self.world.clock.suspend(self.dice.choice([30 * HOUR, 2 * DAY, 8 * DAY]))

    async def _both(self, schedule: Schedule) -> None:
        """Two runs at once."""
        program = self.author.program()
        first, second = self.machine(schedule), self.machine(Calm())
        reports = await asyncio.gather(first.deploy(program), second.deploy(program))
        for report in reports:
            await self.checked(report)

    async def _asleep(self, schedule: Schedule) -> None:
        """A machine falls asleep, somebody else goes on, and it wakes."""
        await self.asleep(
            self.author.program(),
            self._edited,
            schedule,
            before=self.dice.choice([30.0, TAKEOVER, 600.0]),
            after=self.dice.choice([1.0, 600.0, 2 * DAY]),
        )

    def _edited(self) -> Program:
        for _ in range(self.dice.randint(0, 2)):
            self.author.edit()
        return self.author.program()

    # -- help

    def help(self, report: Report) -> PlanOptions:
        """What a user does whom cloudwright asks: looks, then adopts or forgets."""
        changes: list[StateChange] = []
        adopted: list[str] = []
        declared = {draft.id for draft in self.author.drafts}
        for record in self.world.snapshot().records:
            if record.status is RecordStatus.DOUBTFUL:
                one = of_record(record)
                if one in self.world.foreign or record.key not in declared or one not in self.world.live():
                    changes.append(DropRecord(record.key, record.generation))
                    self._remove_by_hand(one)
                else:
                    adopted.append(record.key)
        if isinstance(report.error, NeedsHuman):
            changes += self._forgotten()
        self._write(changes)
        for key in self._collided(report):
            self.author.rename_physically(key)
        self.world.say(f"help: adopts {adopted}, forgets {[type(c).__name__ for c in changes]}")
        return PlanOptions(adopt=tuple(adopted), refresh=self._must_look)

    def _collided(self, report: Report) -> list[str]:
        """Keys whose names belong to somebody else."""
        failed = report.result.failed if report.result else ()
        taken = {n for one, r in self.world.live().items() if one in self.world.foreign for n in _names(r.properties)}
        wanted = {draft.id: _names(draft.spec().properties) for draft in self.author.drafts}
        return [outcome.key for outcome in failed if taken & wanted.get(outcome.key, set())]

    def _forgotten(self) -> list[StateChange]:
        """Creates so old, or so failed, that nobody can tell what became of them."""
        now, requests = self.world.clock.now(), self.world.cloud.requests()
        made = {r.client_token: (r.type_name, *r.place, r.identifier or "") for r in requests}
        failed = {r.client_token for r in requests if r.status == "FAILED"}
        changes: list[StateChange] = []
        for entry in self.world.snapshot().journal:
            if entry.operation is Operation.CREATE:
                if now - entry.created_at < RESEND_AGE and entry.client_token not in failed:
                    continue
                self._remove_by_hand(made.get(entry.client_token))
                changes.append(DropEntry(entry.id))
        if not changes:
            self.world.violated("asks about a create although its end is known or can be found out")
        return changes

    def _remove_by_hand(self, one: tuple[str, str, str, str] | None) -> None:
        if one is not None and one in self.world.ours():
            self.world.remove_by_hand(one)

    def _write(self, changes: list[StateChange]) -> None:
        if changes:
            backend = self.world.backend()
            holder = Holder(user="user", host="host", pid=1, command="state rm", since=self.world.clock.now())
            lease = backend.acquire(holder, 60.0)
            backend.commit([Batch(lease, lines_of(changes))])
            backend.release(lease)


_NAMES = ("TopicName", "Name", "BucketName", "RoleName")


def _names(properties: Mapping[str, Any]) -> set[str]:
    return {str(properties[name]).lower() for name in _NAMES if name in properties}


def story_of(seed: int, machine: type[Machine] = Machine) -> World:
    """Tell the story of a seed."""
    return tell(partial(_story, seed, machine))


async def _story(seed: int, machine: type[Machine]) -> World:
    story = RandomStory(seed, machine)
    try:
        return await story.tell()
    finally:
        story.world.closing = True
        story.world.say(f"the program at the end:\n{shown(story.author.program())}")
