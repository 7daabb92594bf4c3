"""How thousands of nodes begin and are stopped."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine.executor import STARTS, Executor, WorkItem
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MANY = 20 * STARTS


def _item(name: str, run: Callable[[], Awaitable[None]], needs: frozenset[str] = frozenset()) -> WorkItem:
    template = Outcome(key=name, type="AWS::SNS::Topic", action=Action.CREATE, status=Status.SKIPPED)

    async def work() -> Outcome:
        await run()
        return Outcome(key=name, type=template.type, action=template.action, status=Status.DONE)

    return WorkItem(id=name, needs=needs, run=work, template=template)


async def test_the_first_request_leaves_before_the_last_node_begins() -> None:
    order: list[str] = []

    async def run() -> None:
        order.append("begun")
        await asyncio.sleep(0)
        order.append("sent")

    executor = Executor()
    for number in range(MANY):
        executor.add(_item(str(number), run))
    outcomes = await executor.drain()

    assert [outcome.status for outcome in outcomes] == [Status.DONE] * MANY
    assert order.index("sent") <= 3 * STARTS


async def test_nodes_wait_for_a_free_place_and_for_their_needs_however_many_begin() -> None:
    at_work, most = 0, 0

    async def run() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    executor = Executor(concurrency=3 * STARTS)
    for number in range(MANY):
        executor.add(_item(str(number), run, frozenset({str(number - 1)} if number % 2 else ())))
    outcomes = await executor.drain()

    assert [outcome.status for outcome in outcomes] == [Status.DONE] * MANY
    assert most <= 3 * STARTS


async def test_what_has_not_begun_when_the_run_is_stopped_never_begins() -> None:
    begun: list[str] = []

    async def run() -> None:
        begun.append("")
        await asyncio.sleep(0)

    executor = Executor()
    for number in range(MANY):
        executor.add(_item(str(number), run))
    executor.stop("asked to")
    outcomes = await executor.drain()

    assert len(begun) == STARTS
    assert [outcome.message for outcome in outcomes if outcome.status is Status.SKIPPED] == ["asked to"] * (
        MANY - STARTS
    )


async def _calls_of_a_stop(nodes: int) -> int:
    """How many functions a stop calls while this many nodes run."""
    executor, released, count = Executor(), asyncio.Event(), 0

    async def run() -> None:
        await released.wait()

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    for number in range(nodes):
        executor.add(_item(str(number), run))
    for _ in range(nodes):  # turns enough for all to begin
        await asyncio.sleep(0)
    assert len(executor.running) == nodes
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        executor.stop("asked to")
    finally:
        sys.setprofile(before)
    released.set()
    await executor.drain()
    return count


async def test_a_stop_costs_the_same_for_each_node() -> None:
    small, large = await _calls_of_a_stop(100), await _calls_of_a_stop(400)

    assert large < 4 * small * 1.2


async def test_no_more_nodes_of_a_type_run_than_its_limit_and_a_stop_starts_none_of_those_that_wait() -> None:
    at_work, most, begun = 0, 0, 0
    executor = Executor(of_types={"AWS::SNS::Topic": 2})

    async def run() -> None:
        nonlocal at_work, most, begun
        at_work, begun = at_work + 1, begun + 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1
        if begun == 6:
            executor.stop("asked to")

    for number in range(10):
        executor.add(_item(str(number), run))
    outcomes = await executor.drain()

    assert most == 2
    assert begun in {6, 7}  # one may have begun beside the sixth
    assert len(outcomes) == 10
    assert {Status.SKIPPED} == {outcome.status for outcome in outcomes[begun:]}


async def _joined(*, broken: frozenset[str], late: bool) -> dict[str, Outcome]:
    """The outcomes of two nodes and of those that wait for both under one name, added before or after they end."""

    async def run() -> None:
        await asyncio.sleep(0)

    async def fail() -> None:
        raise RuntimeError("refused")

    executor = Executor()
    for name in "ab":
        executor.add(_item(name, fail if name in broken else run))
    executor.join("both", frozenset("ab"))
    if late:
        await executor.wait("a")
        await executor.wait("b")
    executor.add(_item("c", run, frozenset({"both"})))
    return {outcome.key: outcome for outcome in await executor.drain()}


@pytest.mark.parametrize("late", [False, True])
async def test_a_join_stands_for_its_nodes_and_is_none_itself(*, late: bool) -> None:
    outcomes = await _joined(broken=frozenset(), late=late)

    assert {key: outcome.status for key, outcome in outcomes.items()} == dict.fromkeys("abc", Status.DONE)


@pytest.mark.parametrize("late", [False, True])
async def test_what_waits_for_a_join_names_the_node_that_failed(*, late: bool) -> None:
    outcomes = await _joined(broken=frozenset("b"), late=late)

    assert outcomes.keys() == set("abc")
    assert outcomes["c"].status is Status.SKIPPED
    assert (outcomes["c"].waited_for, outcomes["c"].message) == ("b", "b did not succeed")


async def test_a_stop_skips_what_waits_for_a_join() -> None:
    executor, gate = Executor(), asyncio.Event()

    async def run() -> None:
        await gate.wait()

    executor.add(_item("a", run))
    executor.join("all", frozenset("a"))
    executor.add(_item("b", run, frozenset({"all"})))
    await asyncio.sleep(0)
    executor.stop("asked to")
    gate.set()
    outcomes = {outcome.key: outcome for outcome in await executor.drain()}

    assert outcomes["a"].status is Status.DONE
    assert (outcomes["b"].status, outcomes["b"].message) == (Status.SKIPPED, "asked to")


async def test_exactly_one_turns_nodes_begin_at_once() -> None:
    begun = 0

    async def run() -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)

    executor = Executor()
    for number in range(3 * STARTS):
        executor.add(_item(str(number), run))
    counts = []
    for _ in range(6):
        counts.append(begun)
        await asyncio.sleep(0)
    await executor.drain()

    assert sorted(set(counts)) == [0, STARTS, 2 * STARTS, 3 * STARTS]


async def test_a_free_place_is_taken_once_by_each_node_and_given_back_once() -> None:
    at_work, peaks = 0, []

    async def run() -> None:
        nonlocal at_work
        at_work += 1
        peaks.append(at_work)
        await asyncio.sleep(0)
        at_work -= 1

    for executor in (Executor(concurrency=4), Executor(of_types={"AWS::SNS::Topic": 4})):
        peaks.clear()
        for number in range(12):
            executor.add(_item(str(number), run))
        await executor.drain()
        assert max(peaks) == 4
        assert len(peaks) == 12


async def test_a_node_whose_needs_never_come_is_skipped_and_names_what_is_missing() -> None:
    async def run() -> None:
        """Do nothing."""

    executor = Executor()
    executor.add(_item("here", run))
    executor.add(_item("waits", run, frozenset({"there", "elsewhere", "here"})))
    outcomes = await executor.drain()

    assert [(one.key, one.status) for one in outcomes] == [("here", Status.DONE), ("waits", Status.SKIPPED)]
    assert outcomes[1].waited_for == "elsewhere"
    assert outcomes[1].message == "its dependency elsewhere was never declared"


async def test_a_failure_skips_what_needs_it_once_and_by_its_key() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    async def run() -> None:
        """Do nothing."""

    executor = Executor()
    executor.add(_item("other", run))
    executor.add(_item("bad", fail))
    executor.add(_item("both", run, frozenset({"bad", "other"})))
    executor.add(_item("after", run, frozenset({"both"})))
    outcomes = {one.key: one for one in await executor.drain()}

    assert outcomes["bad"].message == "ValueError: broken"
    assert (outcomes["both"].status, outcomes["both"].waited_for) == (Status.SKIPPED, "bad")
    assert outcomes["after"].message == "both did not succeed"
    executor.add(_item("late", run, frozenset({"bad"})))
    assert (await executor.wait("late")).message == "bad did not succeed"


@pytest.mark.parametrize("concurrency", [1, STARTS, None])
@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("yields", [0, 1, 3])
async def test_a_drain_ends_only_when_every_node_has_run(concurrency: int | None, yields: int, *, eager: bool) -> None:
    """Whether nodes end at once, as on a loop that runs the first step of a task while it is made, or later."""
    factory = getattr(asyncio, "eager_task_factory", None) if eager else None
    if eager and factory is None:
        pytest.skip("this Python starts no task eagerly")

    async def run() -> None:
        for _ in range(yields):
            await asyncio.sleep(0)

    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)
    executor = Executor(concurrency=concurrency, of_types={"AWS::SNS::Topic": 40})
    for number in range(4 * STARTS):
        executor.add(_item(str(number), run, frozenset({str(number - 1)} if number % 3 == 1 else ())))
    outcomes = await executor.drain()
    loop.set_task_factory(None)

    assert [outcome.status for outcome in outcomes] == [Status.DONE] * (4 * STARTS)
