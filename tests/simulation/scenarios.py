"""What is killed at every single point: a state, a change, and three ways to go on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from cloudwright.plan.options import PlanOptions
from simulation import programs as p
from simulation.faults import Calm, LateAt, Strike, StrikeAt
from simulation.machine import Machine
from simulation.programs import To
from simulation.story import Story, tell
from simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.machine import Report
    from simulation.programs import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A change from one program to another.

    Attributes:
        after: `None`: everything is destroyed.
        foreign: Resources that somebody else made, which the change adopts.
    """

    name: str
    before: Program = ()
    after: Program | None = ()
    options: PlanOptions = field(default_factory=PlanOptions)
    foreign: Program = ()


@dataclass(frozen=True, slots=True)
class Death:
    """One point of one scenario at which the machine died, or fell asleep."""

    scenario: Scenario
    point: int
    label: str
    going_on: str
    violations: tuple[str, ...]
    log: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.scenario.name}, struck at point {self.point} ({self.label}), then {self.going_on}:\n"
            + "\n".join(self.violations)
            + "\n"
            + "\n".join(self.log)
        )


GOING_ON = ("the same program", "the former program", "a destroy")
"""What the user does after the death."""


def deaths(
    scenario: Scenario, going_on: str, machine: type[Machine] = Machine, *, first: int = 0, step: int = 1
) -> Iterator[Death]:
    """Kill the change at every single point, go on, and say what was wrong then.

    Args:
        scenario: The change.
        going_on: One of `GOING_ON`.
        machine: What runs are made on.
        first: The first point at which it is killed.
        step: How far the next point is; 1 for every single one.
    """
    for number in count(first, step):
        reports: list[Report] = []
        world = tell(partial(_run_tale, scenario, StrikeAt(number), going_on, machine, reports))
        (report,) = reports
        if not report.killed:
            return
        yield Death(scenario, number, report.points[-1], going_on, tuple(world.violations), tuple(world.log))


def late_requests(
    scenario: Scenario, going_on: str, seconds: float, machine: type[Machine] = Machine
) -> Iterator[Death]:
    """Kill the change with each of its requests on the wire, go on, let the request arrive, and say what was wrong.

    Args:
        scenario: The change.
        going_on: One of `GOING_ON`.
        seconds: When the request arrives, after the next run has begun.
        machine: What runs are made on.
    """
    for number in count():
        reports: list[Report] = []
        world = tell(partial(_run_tale, scenario, LateAt(number, seconds), going_on, machine, reports))
        (report,) = reports
        if not report.killed:
            return
        label = f"{report.points[-1]}, which arrives after {seconds:g} s"
        yield Death(scenario, len(report.points), label, going_on, tuple(world.violations), tuple(world.log))


def naps(scenario: Scenario, other: str, *, first: int = 0, step: int = 1) -> Iterator[Death]:
    """Let the machine sleep for two days, while somebody else deploys, and wake again.

    It sleeps at every second point, odd ones or even ones by what the other deploys, so that between them every
    single point is slept at.

    Args:
        scenario: The change.
        other: What somebody else deploys: one of `GOING_ON`, but no destroy.
        first: The first of these points at which it sleeps.
        step: How many of these points further the next one is; 1 for each of them.
    """
    odd = GOING_ON.index(other) % 2
    for number in count(odd + 2 * first, 2 * step):
        reports: list[Report] = []
        world = tell(partial(_slept, scenario, number, other, reports))
        (report,) = reports
        if number >= len(report.points):
            return
        label = report.points[number]
        yield Death(scenario, number, label, other, tuple(world.violations), tuple(world.log))


async def _slept(scenario: Scenario, number: int, other: str, reports: list[Report]) -> World:
    story, program = Story(World()), scenario.after or ()
    if scenario.before:
        await story.deploy(scenario.before)
    others = program if other == "the same program" else scenario.before
    schedule = StrikeAt(number, Strike.SLEEP)
    reports.append(await story.asleep(program, lambda: others, schedule, before=600.0, after=172_800.0))
    await story.converge(lambda: program)
    await story.end()
    return story.world


async def _run_tale(
    scenario: Scenario, schedule: Calm, going_on: str, machine: type[Machine], reports: list[Report]
) -> World:
    story = Story(World(), machine)
    for spec in scenario.foreign:
        story.world.plant(spec.type, spec.properties)
    if scenario.before:
        await story.deploy(scenario.before)
    reports.append(await _changed(story, scenario, schedule))
    if reports[0].killed:
        await _gone_on(story, scenario, going_on)
    return story.world


async def _changed(story: Story, scenario: Scenario, schedule: Calm) -> Report:
    if scenario.after is None:
        return await story.destroy(schedule)
    return await story.deploy(scenario.after, schedule, scenario.options)


async def _gone_on(story: Story, scenario: Scenario, going_on: str) -> None:
    if going_on == "the same program" and scenario.after is not None:
        await story.converge(lambda: scenario.after or (), scenario.options)
    elif going_on == "the former program":
        await story.converge(lambda: scenario.before)
    await story.end()


# -- the changes

DIAMOND: Program = (
    p.topic("top", "top"),
    p.infrastructure("left", "left", topic_id="top"),
    p.recipe("right", "right"),
    p.distribution("third", "third"),
    p.pipeline("bottom", "bottom", "right", "left", "third"),
)


def _followed(note: str, *, once: bool, own: str = "a") -> Program:
    """A topic, an action that follows it, and a parameter that takes its result."""
    return (
        p.topic("top", "top", note),
        p.acting("act", To("top", "TopicName"), own, once=once),
        p.parameter("below", "below", To("act", "result", text="did: ")),
    )


_ADOPTING = (replace(p.bucket("one", "bucket", "b"), options={"adopt": True}),)

SCENARIOS = (
    Scenario(name="create", after=(p.distribution("one", "one"),)),
    Scenario(name="create a server-named one without tags", after=(p.access_control("one", "one"),)),
    Scenario(name="update", before=(p.distribution("one", "one"),), after=(p.distribution("one", "one", "b"),)),
    Scenario(
        name="replace create-first", before=(p.distribution("one", "one"),), after=(p.distribution("one", "two"),)
    ),
    Scenario(
        name="replace create-first with a dependent",
        before=(p.topic("top", "one"), p.infrastructure("below", "below", topic_id="top")),
        after=(p.topic("top", "two"), p.infrastructure("below", "below", topic_id="top")),
    ),
    Scenario(
        name="replace delete-first",
        before=(p.distribution("one", "Same one"),),
        after=(p.distribution("one", "same-one"),),
    ),
    Scenario(
        name="replace delete-first with a dependent",
        before=(p.recipe("top", "one"), p.infrastructure("side", "side"), p.pipeline("below", "below", "top", "side")),
        after=(p.recipe("top", "One"), p.infrastructure("side", "side"), p.pipeline("below", "below", "top", "side")),
    ),
    Scenario(
        name="replace delete-first with an orphan in the way",
        before=(
            *(p.distribution("top", "Same one"), p.recipe("one", "one"), p.infrastructure("side", "side")),
            p.pipeline("below", "below", "one", "side", "top"),
        ),
        after=(p.distribution("top", "same-one"), p.recipe("one", "one"), p.infrastructure("side", "side")),
    ),
    Scenario(
        name="replace what has no update handler",
        before=(p.vpc("vpc", 1), p.vpc_cidr("cidr", "vpc", 20)),
        after=(p.vpc("vpc", 1), p.vpc_cidr("cidr", "vpc", 21)),
    ),
    Scenario(
        name="update that turns out as a replacement",
        before=(p.vpc("one", 1), p.subnet("below", "one", 1)),
        after=(p.vpc("two", 1), p.subnet("below", "two", 1)),
        options=PlanOptions(allow_replace=("below",)),
    ),
    Scenario(name="delete", before=(p.distribution("one", "one"),), after=None),
    Scenario(name="adopt", after=_ADOPTING, foreign=(p.bucket("one", "bucket"),)),
    Scenario(
        name="orphan removal",
        before=(p.topic("top", "top"), p.infrastructure("below", "below", topic_id="top")),
        after=(p.topic("top", "top"),),
    ),
    Scenario(name="move", before=(p.bucket("one", "bucket"),), after=(p.bucket("two", "bucket"),)),
    Scenario(name="action", after=_followed("a", once=False)),
    Scenario(name="action at most once", after=_followed("a", once=True)),
    Scenario(
        name="action after an update", before=_followed("a", once=False), after=_followed("b", once=False, own="a")
    ),
    Scenario(
        name="action at most once after an update",
        before=_followed("a", once=True),
        after=_followed("b", once=True, own="b"),
    ),
    Scenario(name="action that is dropped", before=_followed("a", once=False), after=(p.topic("top", "top"),)),
    Scenario(name="diamond", after=DIAMOND),
    Scenario(name="diamond destroyed", before=DIAMOND, after=None),
)
