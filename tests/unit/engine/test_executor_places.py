"""Places that nodes give back, the time that a drain takes, and whom a skipped node blames."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.engine.executor import STARTS, Executor, WorkItem
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOPIC = "AWS::SNS::Topic"


def item(id: str, run: Callable[[], Awaitable[None]], *needs: str, key: str = "") -> WorkItem:
    template = Outcome(key=key or id, type=TOPIC, action=Action.CREATE, status=Status.SKIPPED)

    async def work() -> Outcome:
        await run()
        return Outcome(key=template.key, type=TOPIC, action=Action.CREATE, status=Status.DONE)

    return WorkItem(id=id, needs=frozenset(needs), run=work, template=template)


async def test_a_place_that_was_given_back_is_one_place() -> None:
    at_work, peaks = 0, []

    async def run() -> None:
        nonlocal at_work
        at_work += 1
        peaks.append(at_work)
        await asyncio.sleep(0)
        at_work -= 1

    for executor in (Executor(of_types={TOPIC: 2}), Executor(concurrency=2)):
        for round_ in range(3):
            for number in range(6):
                executor.add(item(f"{round_}-{number}", run))
            await executor.drain()
    assert max(peaks) == 2


async def test_a_drain_ends_at_once_when_the_last_node_does() -> None:
    async def run() -> None:
        await asyncio.sleep(5.0)

    executor, clock = Executor(), asyncio.get_running_loop()
    began = clock.time()
    for number in range(100):
        executor.add(item(str(number), run))
    await executor.drain()
    assert clock.time() - began < 5.5


async def test_a_drain_takes_no_time_for_nodes_that_wait_for_nothing() -> None:
    async def run() -> None:
        """Do nothing."""

    executor, clock = Executor(), asyncio.get_running_loop()
    began = clock.time()
    for number in range(5 * STARTS):
        executor.add(item(str(number), run))
    await executor.drain()
    assert clock.time() - began < 0.5


async def test_a_skipped_node_blames_the_resource_and_not_the_node() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    async def run() -> None:
        """Do nothing."""

    executor = Executor()
    executor.add(item("a#teardown", fail, key="a"))
    executor.add(item("a", run, "a#teardown"))
    executor.add(item("b", run, "a"))
    _, torn, after = await executor.drain()

    assert (torn.waited_for, torn.message) == ("a", "a did not succeed")
    assert after.waited_for == "a"
