"""The tale of a random story: everything that its dice decided, recorded while it runs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.plan.options import PlanOptions
from simulation.faults import Calm, Fate, Strike
from simulation.invariants import of_record
from simulation.machine import Machine
from simulation.seeds import RandomStory
from simulation.story import tell
from simulation.tales import Act, Lose, Plant, Storm, Tale, Visit, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import Call
    from simulation.faults import Schedule
    from simulation.machine import Report
    from simulation.programs import Program
    from simulation.tales import Step, Verb
    from simulation.world import World


class Noting:
    """A schedule that writes down what another one decides."""

    def __init__(self, inner: Schedule) -> None:
        self._inner = inner
        self._strikes: list[Strike] = []
        self._fates: list[Fate] = []
        self._pauses: list[float] = []

    def at(self, number: int, label: str) -> Strike:
        self._strikes.append(self._inner.at(number, label))
        return self._strikes[-1]

    def fate(self, call: Call) -> Fate:
        self._fates.append(self._inner.fate(call))
        return self._fates[-1]

    def pause(self) -> float:
        self._pauses.append(self._inner.pause())
        return self._pauses[-1]

    def storm(self) -> Storm:
        """What differs from calm."""
        calm = Calm()
        return Storm(
            tuple((at, each) for at, each in enumerate(self._strikes) if each is not Strike.NOTHING),
            tuple((at, each) for at, each in enumerate(self._fates) if each != Fate()),
            tuple((at, each) for at, each in enumerate(self._pauses) if each != calm.pause()),
        )


class Recorded(RandomStory):
    """The story of a seed that writes its tale."""

    def __init__(self, seed: int, machine: type[Machine] = Machine) -> None:
        super().__init__(seed, machine)
        self._steps: list[Step | Callable[[], Act]] = []
        self._seed = seed
        self._hurries: list[PlanOptions | None] = []
        self._inside = False

    def tale(self) -> Tale:
        """The story so far."""
        return Tale(
            tuple(step() if callable(step) else step for step in self._steps), self.world.operation_time, self._seed
        )

    # -- what is written down

    def _plant(self) -> None:
        super()._plant()
        self._steps += [Plant(one[0], json.loads(properties)) for one, properties in self.world.foreign.items()]

    def _time_passes(self) -> None:
        before = self.world.clock.boot()
        super()._time_passes()
        if (passed := self.world.clock.boot() - before) > 0:
            self._steps.append(Wait(passed))

    def _visit(self) -> None:
        self._steps.append(Visit())
        super()._visit()

    def _hurried(self) -> PlanOptions | None:
        self._hurries.append(super()._hurried())
        return self._hurries[-1]

    def _vandal(self) -> None:
        keys = {of_record(record): record.key for record in self.world.snapshot().records}
        there = self.world.ours()
        super()._vandal()
        self._steps += [Lose(keys[one]) for one in there.keys() - self.world.ours().keys()]

    async def deploy(
        self,
        program: Program,
        schedule: Schedule | None = None,
        options: PlanOptions | None = None,
        *,
        concurrency: int | None = None,
    ) -> Report:
        if self._inside:
            return await super().deploy(program, schedule, options, concurrency=concurrency)
        shown = {"concurrency": concurrency, "options": options or PlanOptions()}
        noting = self._noted("deploy", schedule, shown)
        return await super().deploy(program, noting, options, concurrency=concurrency)

    async def destroy(self, schedule: Schedule | None = None) -> Report:
        return await super().destroy(schedule if self._inside else self._noted("destroy", schedule))

    async def asleep(
        self, program: Program, other: Callable[[], Program], schedule: Schedule, *, before: float, after: float
    ) -> Report:
        shown: dict[str, Any] = {"before": before, "after": after}
        noting = self._noted("asleep", schedule, shown)
        self._inside = True
        report = await super().asleep(
            program, partial(self._noting_other, other, shown), noting, before=before, after=after
        )
        self._inside = False
        return report

    async def _both(self, schedule: Schedule) -> None:
        await super()._both(self._noted("both", schedule))

    async def saved(self, program: Program, schedule: Schedule | None = None) -> None:
        await super().saved(program, self._noted("saved", schedule))

    async def converge(self, program: Callable[[], Program], options: PlanOptions | None = None) -> None:
        self._inside = True
        await super().converge(program, options)

    def _noting_other(self, other: Callable[[], Program], shown: dict[str, Any]) -> Program:
        program = other()
        shown |= {"other": tuple(self.author.drafts), "numbered": self.author.numbered}
        return program

    def _noted(self, verb: Verb, schedule: Schedule | None, shown: dict[str, Any] | None = None) -> Noting:
        noting = Noting(schedule or Calm())
        faults = tuple(self.world.cloud.faults.listing())
        outside = self.outsider.rate
        act = Act(
            verb,
            tuple(self.author.drafts),
            faults=faults,
            skew=self.skew,
            outside=outside,
            moving=self.world.facts.rate,
            numbered=self.author.numbered,
        )
        hurries = self._hurries = []
        self._steps.append(lambda: replace(act, storm=noting.storm(), hurries=_options_given(hurries), **(shown or {})))
        return noting


def _options_given(hurries: list[PlanOptions | None]) -> tuple[PlanOptions | None, ...]:
    """Without the deaths at the end that nobody took as a chance."""
    last = max((at for at, each in enumerate(hurries) if each is not None), default=-1)
    return tuple(hurries[: last + 1])


def tale_of(seed: int, machine: type[Machine] = Machine) -> tuple[Tale, World]:
    """The tale of a seed, and the world in which it ran.

    Args:
        seed: Of a random story.
        machine: What runs are made on.
    """
    stories: list[Recorded] = []

    async def told() -> World:
        stories.append(Recorded(seed, machine))
        return await stories[0].tell()

    world = tell(told)
    return stories[0].tale(), world
