"""Kill -9 at every call of run, promote, rollback and retire: one execution, one distribution, nothing unplanned."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.delivery.retirement import RetireRules
from cloudwright.testing.loop import VirtualClock
from images_kit import BUILD, DEV, HOME, PROD, Gallows, Killed, Outside, deployed, program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cloudwright import App
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan
    from sampling import Sampling

    Act = Callable[[App], Awaitable[object]]

SMALL: dict[str, Any] = {"abroad": False}
"""One Region is enough here."""

ONE_IN = 4
"""How many points one stands for, unless the run is a whole one."""

LEASE = 61.0
"""Seconds after which a dead run's lease can be taken over."""


@dataclass(frozen=True)
class Kill:
    """A run that was killed.

    Attributes:
        point: The call, or the write of the state.
        over: Its end was in the state already, so that the next one starts anew.
    """

    point: str
    over: bool


async def killed_everywhere(
    world: World, act: Act, sampling: Sampling, name: str, *, prepare: Act | None = None
) -> list[Kill]:
    """Carry out an act as often as it has points, killed at each of them in turn, before and after it takes effect.

    After each kill it is carried out once more, undisturbed. Of the points, a run takes a sample.
    """
    ran: list[Kill] = []
    for answered in (True, False):
        first, step = sampling.first(ONE_IN, f"{name}, {answered}")
        for number in count(1 + first, step):
            gallows = Gallows(world, at=number, answered=answered)
            app = world.app(program(**SMALL)).configure(runtime=gallows.runtime)
            if prepare is not None:
                await prepare(world.app(program(**SMALL)))
            before = await recorded(world)
            try:
                await act(app)
            except Killed:
                ran.append(Kill(gallows.points[-1], over=bool(await recorded(world) - before)))
                await asyncio.sleep(LEASE)
                await act(world.app(program(**SMALL)))
                continue
            break
    return ran


async def recorded(world: World) -> set[str]:
    """The deliveries whose end is in the state."""
    return {one.id for one in (await world.snapshot()).deliveries if one.ended_at}


def images_made(kills: list[Kill]) -> int:
    """How many images two rounds of kills make: one for each kill, and another one for a run that was over by then."""
    return sum(1 + kill.over for kill in kills) + 2


async def test_a_run_that_is_killed_anywhere_starts_one_execution(world: World, sampling: Sampling) -> None:
    app = await deployed(world, **SMALL)
    first = await app.images.run()
    kills = await killed_everywhere(world, lambda one: one.images.run(), sampling, "run")
    last = await app.images.run()

    assert len(kills) > (20 if sampling.whole else 4)
    struck = {kill.point for kill in kills}
    assert {
        "StartImagePipelineExecution",
        "GetImage",
        "GetParameters",
        "state:commit",
        "state:acquire",
    } <= struck or not sampling.whole
    assert f"1.0.0/{1 + images_made(kills) + 1}" == last.version
    assert sum(kill.over for kill in kills) < 7
    assert "1.0.0/1" == first.version
    assert all(one.ended_at for one in (await world.snapshot()).deliveries)


async def test_a_promotion_that_is_killed_anywhere_distributes_once(world: World, sampling: Sampling) -> None:
    app = await deployed(world, **SMALL)
    await app.images.run()
    kills = await killed_everywhere(world, lambda one: one.images.promote("images", "images"), sampling, "promotion")
    last = await app.images.promote("images", "images")

    assert last is not None
    assert f"1.0.0/{1 + images_made(kills) + 1}" == last.version
    assert {"DistributeImage", "state:commit"} <= {kill.point for kill in kills} or not sampling.whole


async def test_a_rollback_that_is_killed_anywhere_ends_where_its_plan_said(world: World, sampling: Sampling) -> None:
    app = await deployed(world, **SMALL)
    await app.images.run()
    await app.images.run()
    outside = Outside(world)

    async def forward(one: App) -> None:
        await one.images.rollback("images", version="1.0.0/2")

    async def back(one: App) -> None:
        await one.images.rollback("images", version="1.0.0/1")

    kills = await killed_everywhere(world, back, sampling, "rollback", prepare=forward)
    live = await app.images.live()

    assert {"PutParameter", "ModifyLaunchTemplate", "state:commit"} <= {
        kill.point for kill in kills
    } or not sampling.whole
    assert not live.drifted
    assert live.matrices[0].rolled_back
    assert len(await outside.amis(BUILD, HOME)) == 2


PLACES = [(BUILD, HOME), (DEV, HOME), (PROD, HOME)]
RULES = RetireRules(keep=1, protect_days=0)


async def everything(world: World) -> set[str]:
    outside = Outside(world)
    return {ami for place in PLACES for ami in await outside.amis(*place)}


@pytest.mark.parametrize("answered", [True, False])
async def test_a_retirement_that_is_killed_anywhere_takes_what_its_plan_showed(
    tmp_path: Path, sampling: Sampling, *, answered: bool
) -> None:
    struck: list[str] = []
    first, step = sampling.first(ONE_IN, f"retirement, {answered}")
    for number in count(1 + first, step):
        world = World(tmp_path, clock=VirtualClock())
        app = await deployed(world, abroad=False, launch=False)
        for _ in range(2):
            await app.images.run()
        before, shown = await everything(world), set[str]()

        async def note(plan: RetirePlan, shown: set[str] = shown) -> bool:
            shown.update(ami for step in plan.steps for _, ami in step.amis)
            return True

        gallows = Gallows(world, at=number, answered=answered)
        dying = world.app(program(abroad=False, launch=False)).configure(runtime=gallows.runtime)
        try:
            await dying.images.retire(rules=RULES, approve=note)
        except Killed:
            assert before - await everything(world) <= shown
            await asyncio.sleep(LEASE)
            await app.images.retire(rules=RULES, approve=note)
            assert before - await everything(world) == shown
            assert 3 == len(shown)
            struck.append(gallows.points[-1])
            continue
        break

    assert len(struck) > 1
    if sampling.whole:
        assert {"DeregisterImage", "state:commit", "state:acquire", "DescribeImageReferences"} <= set(struck)
        assert 3 == struck.count("DeregisterImage")


# -- at random


@dataclass
class Saga:
    """A random sequence of acts, most of them killed somewhere, and what came of it.

    Attributes:
        ended: How often each act came to its end.
        shown: The AMIs that approved plans showed as going.
    """

    world: World
    dice: Random
    ended: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)

    async def go(self, acts: int) -> None:
        for _ in range(acts):
            verb = self.dice.choice(["run", "run", "promote", "rollback", "retire"])
            gallows = Gallows(self.world, at=self.dice.randint(1, 60), answered=self.dice.random() < 0.5)
            await self._act(verb, self._app(gallows.runtime))
            await asyncio.sleep(LEASE)

    async def settle(self) -> None:
        """Carry out each verb once more, undisturbed: what was left open ends."""
        for verb in ("run", "promote", "rollback", "retire"):
            await self._act(verb, self._app(None))

    def _app(self, runtime: Any) -> App:
        app = self.world.app(program(**SMALL))
        return app.configure(runtime=runtime) if runtime else app

    async def _act(self, verb: str, app: App) -> None:
        acts: dict[str, Callable[[], Awaitable[Any]]] = {
            "run": app.images.run,
            "promote": lambda: app.images.promote("images", "images"),
            "rollback": lambda: app.images.rollback("images"),
            "retire": lambda: app.images.retire(rules=RULES, approve=self._note),
        }
        before = await recorded(self.world)
        try:
            await acts[verb]()
        except Killed:
            self.ended[verb] += bool(await recorded(self.world) - before)
        except ProgramError:
            pass  # nothing to promote, or nothing to go back to
        else:
            self.ended[verb] += 1

    async def _note(self, plan: RetirePlan) -> bool:
        self.shown.update(ami for step in plan.steps for _, ami in step.amis)
        return True


SEEDS = range(int(os.environ.get("CLOUDWRIGHT_IMAGE_SEEDS", "3")))
FOUND = (27, 29)
"""A rollback that was cut off, and completed after newer images had come."""


@pytest.mark.parametrize("seed", sorted({*SEEDS, *FOUND}))
async def test_at_random_nothing_is_built_twice_and_nothing_goes_that_no_plan_showed(world: World, seed: int) -> None:
    await deployed(world, **SMALL)
    saga = Saga(world, Random(seed))
    await saga.go(12)
    await saga.settle()
    builds = world.cloud.builds(1000)
    made = {cell.image for build in builds for cell in build.cells if cell.image}

    assert saga.ended["run"] == sum(not build.source.get("image") for build in builds)
    assert saga.ended["promote"] == sum(bool(build.source.get("image")) for build in builds)
    assert made - await everything(world) <= saga.shown
    assert all(one.ended_at for one in (await world.snapshot()).deliveries)
    assert not (await world.app(program(**SMALL)).images.live()).drifted


@pytest.mark.parametrize("answered", [True, False])
async def test_the_token_is_in_the_state_before_the_call(world: World, *, answered: bool) -> None:
    app = await deployed(world, **SMALL)
    probe = Gallows(world)
    await world.app(program(**SMALL)).configure(runtime=probe.runtime).images.run()
    at = probe.points.index("StartImagePipelineExecution") + 1
    gallows = Gallows(world, at=at, answered=answered)
    with pytest.raises(Killed):
        await world.app(program(**SMALL)).configure(runtime=gallows.runtime).images.run()
    (opened,) = (one for one in (await world.snapshot()).deliveries if not one.ended_at)

    assert opened.client_token
    assert "" == opened.image
    await asyncio.sleep(LEASE)
    found = await app.images.run()
    assert (True, "1.0.0/2") == (found.found, found.version)
