"""Reading a stage while a run works on it: what is reported is true at that moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws.control import AWS
from cloudwright.plan.model import Action
from cloudwright.testing.loop import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

OPERATION = 4.0
"""Seconds that each request is under way at AWS."""


def nothing() -> None:
    """Everything is deleted."""


def chain() -> None:
    topic = AWS.SNS.Topic("a", TopicName="a")
    AWS.SSM.Parameter("b", Name="/b", Type="String", Value=topic.TopicArn)


def edited() -> None:
    topic = AWS.SNS.Topic("a", TopicName="a", DisplayName="edited")
    AWS.SSM.Parameter("b", Name="/b", Type="String", Value=topic.TopicArn, Description="edited")


def renamed() -> None:
    topic = AWS.SNS.Topic("a", TopicName="other")
    AWS.SSM.Parameter("b", Name="/b", Type="String", Value=topic.TopicArn)


STORIES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "creates": (nothing, chain),
    "updates": (chain, edited),
    "replacement": (chain, renamed),
    "deletes": (chain, nothing),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path, operation_time=OPERATION, clock=VirtualClock())
    yield world
    world.cloud.close()


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0, 7.0])
@pytest.mark.parametrize("story", STORIES)
async def test_plan_and_drift_see_a_run_that_is_at_work(world: World, story: str, seconds: float) -> None:
    before, program = STORIES[story]
    await world.deploy(before)
    run = asyncio.create_task(world.deploy(program))
    await asyncio.sleep(seconds)
    assert not run.done()
    serial = (await world.snapshot()).serial
    plan, destroy = await world.plan(program), await world.app(program).plan_destroy()
    drift = await world.app(program).drift()

    for notes in (plan.notes, destroy.notes, drift.notes):
        assert "a run is in progress (" in notes[0] or "a deploy is in progress (" in notes[0]
        assert [note for note in notes if "interrupted" in note or "recorded as" in note] == []
    assert [step for step in plan.steps if step.action is Action.RESUME] == []
    assert "this plan does not include what that run still changes" in plan.notes[0]
    assert (await world.snapshot()).serial >= serial
    assert (await run).ok
    after = await world.plan(program)
    assert (after.empty, after.notes) == (True, ())


async def test_what_a_run_has_under_way_is_no_drift(world: World) -> None:
    await world.deploy(chain)
    run = asyncio.create_task(world.deploy(edited))
    await asyncio.sleep(2.0)
    [entry] = (await world.snapshot()).journal
    drift = await world.app(edited).drift()

    assert [resource.key for resource in drift.drifted] == []
    assert any(f"{entry.key}: an update is under way" in note for note in drift.notes)
    assert (await run).ok


async def test_the_holder_is_named(world: World) -> None:
    run = asyncio.create_task(world.deploy(chain))
    await asyncio.sleep(2.0)
    lease = await world.app(chain).holder()
    plan = await world.plan(chain)

    assert lease is not None
    assert f"{lease.holder.user}@{lease.holder.host}, pid {lease.holder.pid}, since " in plan.notes[0]
    assert "a: a create is under way" in plan.notes[0]
    await run


async def test_a_run_that_died_is_said_to_have_been_cut_off(world: World) -> None:
    run = asyncio.create_task(world.deploy(chain))
    await asyncio.sleep(2.0)
    lease = await world.app(chain).holder()
    assert lease is not None
    await world.app(chain).unlock(lease.id)
    plan = await world.plan(chain)

    assert any("an earlier run was interrupted" in note for note in plan.notes)
    assert [step.action for step in plan.steps if step.key == "a"] == [Action.RESUME]
    await asyncio.gather(run, return_exceptions=True)
