"""Kill -9 at every call of run, promote, rollback and retire: one execution, one distribution, nothing unplanned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from cloudwright.imagebuilder.delivery.retirement import RetireRules
from images_kit import ABROAD, BUILD, DEV, HOME, PROD, Gallows, Killed, Outside, deployed, program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app_kit import World
    from cloudwright import App
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan

    Act = Callable[[App], Awaitable[object]]

LEASE = 61.0
"""Seconds after which a dead run's lease can be taken over."""


async def killed_everywhere(world: World, act: Act, *, prepare: Act | None = None) -> list[Gallows]:
    """Carry out an act as often as it has calls, killed at each of them in turn, before and after it arrives.

    After each kill it is carried out once more, undisturbed.
    """
    ran: list[Gallows] = []
    for answered in (True, False):
        number = 0
        while True:
            number += 1
            gallows = Gallows(world, at=number, answered=answered)
            app = world.app(program()).configure(runtime=gallows.runtime)
            if prepare is not None:
                await prepare(world.app(program()))
            try:
                await act(app)
            except Killed:
                await asyncio.sleep(LEASE)
                await act(world.app(program()))
                ran.append(gallows)
                continue
            break
    return ran


def count(world: World, action: str, since: int) -> int:
    return sum(call.action == action and call.status == 200 for call in list(world.cloud.calls)[since:])


async def test_a_run_that_is_killed_anywhere_starts_one_execution(world: World) -> None:
    app = await deployed(world)
    first = await app.images.run()
    kills = await killed_everywhere(world, lambda one: one.images.run())
    last = await app.images.run()

    assert len(kills) > 20
    assert {"StartImagePipelineExecution", "GetImage", "GetParameters"} <= {call for one in kills for call in one.calls}
    # One image for each kill, one for each undisturbed end of a round, and the two of this test.
    assert f"1.0.0/{1 + len(kills) + 2 + 1}" == last.version
    assert "1.0.0/1" == first.version
    assert all(one.ended_at for one in (await world.snapshot()).deliveries)


async def test_a_promotion_that_is_killed_anywhere_distributes_once(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    kills = await killed_everywhere(world, lambda one: one.images.promote("images", "images"))
    last = await app.images.promote("images", "images")

    assert last is not None
    assert f"1.0.0/{1 + len(kills) + 2 + 1}" == last.version


async def test_a_rollback_that_is_killed_anywhere_ends_where_its_plan_said(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    await app.images.run()
    outside = Outside(world)

    async def forward(one: App) -> None:
        await one.images.rollback("images", version="1.0.0/2")

    await killed_everywhere(world, lambda one: one.images.rollback("images", version="1.0.0/1"), prepare=forward)
    live = await app.images.live()

    assert not live.drifted
    assert live.matrices[0].rolled_back
    assert len(await outside.amis(BUILD, HOME)) == 2


async def test_a_retirement_that_is_killed_anywhere_takes_nothing_that_its_plan_did_not_show(world: World) -> None:
    app = await deployed(world)
    for _ in range(3):
        await app.images.run()
    outside, places = Outside(world), [(BUILD, HOME), (DEV, HOME), (PROD, HOME), (BUILD, ABROAD), (PROD, ABROAD)]
    shown: set[str] = set()

    async def note(plan: RetirePlan) -> bool:
        shown.update(ami for step in plan.steps for _, ami in step.amis)
        return True

    before = {ami for place in places for ami in await outside.amis(*place)}
    rules = RetireRules(keep=2, protect_days=0)
    for number in range(1, 60):
        gallows = Gallows(world, at=number)
        try:
            await world.app(program()).configure(runtime=gallows.runtime).images.retire(rules=rules, approve=note)
        except Killed:
            await asyncio.sleep(LEASE)
        after = {ami for place in places for ami in await outside.amis(*place)}
        assert before - after <= shown
    await app.images.retire(rules=rules, approve=note)
    after = {ami for place in places for ami in await outside.amis(*place)}

    assert before - after == shown
    # The build account's oldest AMI at home stays: version 2 of the launch template launches it.
    assert len(shown) == len(places) - 1
    assert len(after) == 2 * len(places) + 1


@pytest.mark.parametrize("answered", [True, False])
async def test_the_token_is_in_the_state_before_the_call(world: World, *, answered: bool) -> None:
    app = await deployed(world)
    probe = Gallows(world)
    await world.app(program()).configure(runtime=probe.runtime).images.run()
    at = probe.calls.index("StartImagePipelineExecution") + 1
    gallows = Gallows(world, at=at, answered=answered)
    with pytest.raises(Killed):
        await world.app(program()).configure(runtime=gallows.runtime).images.run()
    (opened,) = (one for one in (await world.snapshot()).deliveries if not one.ended_at)

    assert opened.client_token
    assert "" == opened.image
    await asyncio.sleep(LEASE)
    found = await app.images.run()
    assert (True, "1.0.0/2") == (found.found, found.version)
