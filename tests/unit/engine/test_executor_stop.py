"""Stopping a graph: nothing new starts, and the work grows with the number of nodes, not with its square."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Self

from cloudwright.engine.executor import Executor, WorkItem
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from types import FrameType, TracebackType

NONE: frozenset[str] = frozenset()


class CountedCalls:
    """Counts the function calls of its `with` block: a measure of work that no busy machine can change."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        self.count += event in {"call", "c_call"}

    def __enter__(self) -> Self:
        sys.setprofile(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.setprofile(None)


def node(name: str, gate: asyncio.Event, needs: frozenset[str] = NONE) -> WorkItem:
    template = Outcome(key=name, type="A::B::C", action=Action.CREATE, status=Status.SKIPPED)

    async def run() -> Outcome:
        await gate.wait()
        return Outcome(key=name, type="A::B::C", action=Action.CREATE, status=Status.DONE)

    return WorkItem(id=name, needs=needs, run=run, template=template)


async def with_running(count: int) -> tuple[Executor, asyncio.Event]:
    executor, gate = Executor(), asyncio.Event()
    for number in range(count):
        executor.add(node(f"n{number}", gate))
    executor.add(node("waiting", gate, frozenset({"n0"})))
    while len(executor.running) < count:  # noqa: ASYNC110 - they start in turns, and nothing says when
        await asyncio.sleep(0)
    return executor, gate


async def test_what_runs_ends_and_what_waits_is_skipped() -> None:
    executor, gate = await with_running(3)

    executor.stop("interrupted")
    gate.set()
    outcomes = await executor.drain()

    assert [outcome.status for outcome in outcomes] == [Status.DONE] * 3 + [Status.SKIPPED]
    assert outcomes[-1].message == "interrupted"


async def test_what_is_added_after_a_stop_is_skipped_for_the_same_reason() -> None:
    executor, gate = await with_running(1)

    executor.stop("interrupted")
    executor.add(node("late", gate))
    executor.add(node("later", gate, frozenset({"late"})))
    gate.set()

    assert [(o.status, o.message) for o in (await executor.drain())[2:]] == [
        (Status.SKIPPED, "interrupted"),
        (Status.SKIPPED, "late did not succeed"),
    ]


async def cost_of_stopping(running: int) -> int:
    executor, gate = await with_running(running)
    with CountedCalls() as calls:
        executor.stop("interrupted")
    gate.set()
    await executor.drain()
    return calls.count


async def cost_of_abandoning(running: int) -> int:
    executor, _ = await with_running(running)
    with CountedCalls() as calls:
        executor.abandon()
        outcomes = await executor.drain()
    assert {outcome.status for outcome in outcomes} == {Status.SKIPPED}
    return calls.count


async def cost_of_adding_after_a_stop(count: int) -> int:
    executor, gate = await with_running(1)
    executor.stop("interrupted")
    with CountedCalls() as calls:
        for number in range(count):
            executor.add(node(f"late{number}", gate))
    gate.set()
    await executor.drain()
    return calls.count


async def test_the_cost_of_stopping_grows_with_the_number_of_nodes() -> None:
    for cost in (cost_of_stopping, cost_of_abandoning, cost_of_adding_after_a_stop):
        few, many = await cost(50), await cost(500)

        assert many < 15 * few, cost.__name__
