"""A run that was cut off in the middle of a create, and is continued weeks later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import NeedsHuman
from cloudwright.plan.options import PlanOptions
from simulation import invariants
from simulation import programs as p
from simulation.faults import Calm, Strike
from simulation.machine import Machine
from simulation.story import Story, tell
from simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.plan.model import Plan
    from simulation.programs import Program

LONG_AGO = 30 * 86_400.0
"""Seconds; AWS forgets client tokens after 36 hours and requests after 7 days."""

BUCKET: Program = (p.bucket("one", "bucket"),)
TWO: Program = (p.access_control("one", "one"), p.access_control("two", "two"))
NAMELESS: Program = (p.access_control("one", "one"),)


class KilledAt(Calm):
    """The machine dies when it first comes to this point."""

    def __init__(self, label: str) -> None:
        self._label = label

    def at(self, number: int, label: str) -> Strike:
        del number
        return Strike.KILL if label == self._label else Strike.NOTHING


class Refusing(Machine):
    """Its user approves nothing."""

    async def approve(self, plan: Plan) -> bool:
        del plan
        return False


async def cut_off(program: Program, label: str) -> Story:
    """A create whose run died long ago, before it knew of any answer."""
    story = Story(World())
    killed = await story.deploy(program, KilledAt(label))
    assert killed.killed
    story.world.clock.suspend(LONG_AGO)
    asking = await story.machine().deploy(program)
    assert isinstance(asking.error, NeedsHuman)
    return story


def adopted(program: Program, options: Callable[[World], PlanOptions]) -> World:
    """What becomes of it if the user says where the resource is."""

    async def told() -> World:
        story = await cut_off(program, "after CreateResource")
        report = await story.deploy(program, options=options(story.world))
        invariants.check_converged(story.world, program, report)
        return story.world

    return tell(told)


def test_adopting_by_name_ends_an_attempt_of_which_nothing_is_known() -> None:
    world = adopted(BUCKET, lambda _: PlanOptions(adopt=("one",)))

    assert world.violations == []


def test_importing_by_identifier_ends_an_attempt_of_which_nothing_is_known() -> None:
    def named(world: World) -> PlanOptions:
        (one,) = world.ours()
        return PlanOptions(imports=(("one", one[3]),))

    assert adopted(NAMELESS, named).violations == []


class KilledAtLast(Calm):
    """The machine dies when it comes to this point for the second time."""

    def __init__(self, label: str) -> None:
        self._label, self._seen = label, 0

    def at(self, number: int, label: str) -> Strike:
        del number
        self._seen += label == self._label
        return Strike.KILL if self._seen == len(TWO) else Strike.NOTHING


def test_the_user_decides_about_several_attempts_one_after_the_other() -> None:
    async def told() -> World:
        story = Story(World())
        assert (await story.deploy(TWO, KilledAtLast("after CreateResource"))).killed
        story.world.clock.suspend(LONG_AGO)
        asking = await story.machine().deploy(TWO)
        assert isinstance(asking.error, NeedsHuman)
        assert {line.partition(":")[0] for line in asking.error.message.splitlines()} == {"one", "two"}
        made = {
            kept.properties["OriginAccessControlConfig"]["Name"]: one[3] for one, kept in story.world.ours().items()
        }
        for key in ("one", "two"):
            options = PlanOptions(imports=((key, made[key]),), targets=(key,))
            assert (await story.machine().deploy(TWO, options)).error is None
        invariants.check_converged(story.world, TWO, await story.deploy(TWO))
        return story.world

    assert tell(told).violations == []


def test_what_does_not_depend_on_an_undecided_attempt_is_deployed_without_it() -> None:
    async def told() -> World:
        story = await cut_off(BUCKET, "after CreateResource")
        program = (*BUCKET, p.access_control("two", "two"))
        report = await story.machine().deploy(program, PlanOptions(targets=("two",)))
        assert report.error is None
        snapshot = story.world.snapshot()
        assert ([r.key for r in snapshot.records], [e.key for e in snapshot.journal]) == (["two"], ["one"])
        report = await story.deploy(program, options=PlanOptions(adopt=("one",)))
        invariants.check_converged(story.world, program, report)
        return story.world

    assert tell(told).violations == []


def test_adopting_what_was_never_made_makes_it_once() -> None:
    async def told() -> World:
        story = await cut_off(BUCKET, "before CreateResource")
        report = await story.deploy(BUCKET, options=PlanOptions(adopt=("one",)))
        invariants.check_converged(story.world, BUCKET, report)
        return story.world

    assert tell(told).violations == []


def test_a_plan_that_is_refused_gives_nothing_up() -> None:
    async def told() -> World:
        story = await cut_off(BUCKET, "after CreateResource")
        await Refusing(story.world).deploy(BUCKET, PlanOptions(adopt=("one",)))
        return story.world

    world = tell(told)

    assert [entry.key for entry in world.snapshot().journal] == ["one"]
    assert world.violations == []


def test_the_first_half_of_a_replacement_found_days_later_takes_the_place_of_the_old_one() -> None:
    before, after = (p.distribution("one", "one"),), (p.distribution("one", "two"),)

    async def told() -> World:
        story = Story(World())
        await story.deploy(before)
        assert (await story.deploy(after, KilledAt("after CreateResource"))).killed
        story.world.clock.suspend(3 * 86_400.0)
        await Refusing(story.world).deploy(after)
        current = [record.generation for record in story.world.snapshot().records if record.current]
        assert [1] == current
        invariants.check_converged(story.world, after, await story.deploy(after))
        return story.world

    assert tell(told).violations == []
