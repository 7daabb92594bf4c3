"""Each task and each thread of a deploy is killed in turn: the run ends, says so, and the next one loses nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import SNS, SSM, CloudFront
from cloudwright.engine.outcome import Result, Status
from cloudwright.errors import CloudwrightError, StateUnavailable
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.memory import MemoryBackend
from cloudwright.testing.loop import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.clock import Clock
    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.state.leases.lease import Lease

LONG = 900.0
"""Virtual seconds after which a run counts as hanging."""

MOMENTS = (0.03, 1.0, 1.99, 2.0, 2.2, 4.1)
"""Seconds after its begin at which something of a deploy is killed; an operation takes two."""


def program() -> None:
    for number in range(6):
        SNS.Topic(f"t{number}", TopicName=f"t{number}")
    first = SNS.Topic("first", TopicName="first")
    SSM.Parameter("user", Name="/user", Type="String", Value=first.TopicArn)
    CloudFront.OriginAccessControl(
        "control",
        OriginAccessControlConfig={
            "Name": "control",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        },
    )


def fresh(folder: Path, clock: Clock) -> World:
    world = World(folder, clock=clock)
    world.cloud = LocalCloud(Catalog.bundled(), clock=clock, operation_time=2.0)
    return world


async def converges(world: World) -> None:
    """The next runs find everything, make the rest, and then there is nothing left to do."""
    for _ in range(3):
        again = await asyncio.wait_for(world.deploy(program), LONG)
        if again.ok:
            break
    assert again.ok, again.failed
    assert (len(world.cloud.resources()), len((await world.snapshot()).records)) == (9, 9)
    assert ((await world.snapshot()).journal, (await world.deploy(program)).calls) == ((), 0)


async def tasks_of(run: asyncio.Task[Any], moment: float) -> list[asyncio.Task[Any]]:
    """The tasks that a run has begun by a moment, in an order that is the same each time."""
    before = asyncio.all_tasks()
    await asyncio.sleep(moment)
    mine = [task for task in asyncio.all_tasks() - before if task is not run]
    return sorted(mine, key=lambda task: (str(task.get_coro()).partition(" at ")[0], task.get_name()))


async def killed(world: World, moment: float, concurrency: int | None, victim: int) -> int:
    """A deploy of which one task is killed; gives the number of its tasks."""
    run = asyncio.create_task(world.app(program).deploy(concurrency=concurrency))
    tasks = await tasks_of(run, moment)
    for task in tasks[victim : victim + 1]:
        task.cancel()
    (end,) = await asyncio.wait_for(asyncio.gather(run, return_exceptions=True), LONG)
    assert isinstance(end, Result | CloudwrightError), end
    return len(tasks)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("concurrency", [None, 1])
async def test_no_killed_task_lets_a_run_hang_or_lose_something(
    tmp_path: Path, moment: float, concurrency: int | None
) -> None:
    victim, number = 0, 1
    while victim < number:
        world = fresh(tmp_path, VirtualClock())
        number = await killed(world, moment, concurrency, victim)
        await converges(world)
        victim += 1

    assert victim > 1


class LoopClock:
    """Virtual time that a thread can read, too."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> float:
        return self._loop.time()

    def boot(self) -> float:
        return self._loop.time()


class _Dying(MemoryBackend):
    """A backend whose renewals fail from the n-th on, in a way that nobody foresaw."""

    def __init__(self, world: World, left: int) -> None:
        super().__init__(world.database, "test", "dev", clock=world.clock)
        self._left = left

    def renew(self, lease: Lease) -> bool:
        self._left -= 1
        if self._left < 0:
            raise OSError("the disk was taken out")
        return super().renew(lease)


@pytest.mark.parametrize(("left", "thread"), [(0, ""), (1, ""), (3, ""), (0, "state")])
async def test_a_run_whose_state_fails_stops_sending_and_says_why(tmp_path: Path, left: int, thread: str) -> None:
    world = fresh(tmp_path, LoopClock())
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=100.0)

    async def runtime(settings: RunSettings) -> Runtime:
        made = await world.runtime(settings)
        store = HostedStore(_Dying(world, left), clock=world.clock, thread=thread)
        return replace(made, services=replace(made.services, store=store))

    app = world.app(program).configure(runtime=runtime)
    result = await asyncio.wait_for(app.deploy(), LONG)

    assert {outcome.status for outcome in result.failed} <= {Status.FAILED, Status.SKIPPED}
    reasons = [outcome for outcome in result.failed if isinstance(outcome.error, StateUnavailable)]
    assert reasons
    assert all("the disk was taken out" in outcome.message for outcome in reasons)
    await asyncio.sleep(61.0)
    await converges(world)


class _Broken:
    """A transport that breaks on some calls in a way that nobody foresaw."""

    def __init__(self, inner: Transport, action: str) -> None:
        self._inner, self._action = inner, action

    async def send(self, call: Call) -> Reply:
        if call.action == self._action:
            await asyncio.sleep(0.01)
            raise ValueError("a bug")
        return await self._inner.send(call)

    async def close(self) -> None:
        await self._inner.close()


@pytest.mark.parametrize("action", ["GetResourceRequestStatus", "ListResourceRequests"])
async def test_an_unforeseen_error_of_a_poll_is_the_steps_and_not_repeated_for_ever(
    tmp_path: Path, action: str
) -> None:
    world = fresh(tmp_path, VirtualClock())
    world.wrap = lambda inner: _Broken(inner, action)

    result = await asyncio.wait_for(world.deploy(program), LONG)

    assert result.ok is (action == "ListResourceRequests")
    assert all("a bug" in outcome.message for outcome in result.failed if outcome.status is Status.FAILED)
    world.wrap = lambda inner: inner
    await converges(world)
