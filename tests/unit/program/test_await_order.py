from __future__ import annotations

import asyncio

from cloudwright.program import await_order


def frontier() -> list[str]:
    return list(await_order.current().frontier)


async def test_what_the_same_task_awaited_counts() -> None:
    await_order.begin()
    await_order.current().awaited("a", ())

    assert frontier() == ["a"]


async def test_only_the_frontier_is_kept() -> None:
    await_order.begin()
    for key, needs in [("a", ()), ("b", ("a",)), ("c", ("b",))]:
        await_order.current().awaited(key, needs)

    assert frontier() == ["c"]


async def test_a_child_inherits_what_was_awaited_before_it_started_and_nothing_later() -> None:
    await_order.begin()
    await_order.current().awaited("before", ())
    go = asyncio.Event()

    async def child() -> list[str]:
        await go.wait()
        return frontier()

    task = asyncio.create_task(child())
    await_order.current().awaited("after", ())
    go.set()

    assert await task == ["before"]


async def test_a_child_that_has_ended_counts_for_its_parent() -> None:
    await_order.begin()

    async def child(key: str) -> None:
        await_order.current().awaited(key, ())

    await asyncio.gather(child("a"), child("b"))

    assert frontier() == ["a", "b"]


async def test_a_child_that_is_still_running_does_not_count() -> None:
    await_order.begin()
    go = asyncio.Event()

    async def child() -> None:
        await_order.current().awaited("a", ())
        await go.wait()

    task = asyncio.create_task(child())
    await asyncio.sleep(0)

    assert frontier() == []
    go.set()
    await task
    assert frontier() == ["a"]


async def test_grandchildren_count_through_their_parents() -> None:
    await_order.begin()

    async def grandchild() -> None:
        await_order.current().awaited("deep", ())

    async def child() -> None:
        await asyncio.create_task(grandchild())

    await asyncio.create_task(child())

    assert frontier() == ["deep"]


async def test_siblings_do_not_see_each_other() -> None:
    await_order.begin()
    seen: list[list[str]] = []

    async def child(key: str) -> None:
        await_order.current().awaited(key, ())
        await asyncio.sleep(0)
        seen.append(frontier())

    await asyncio.gather(child("a"), child("b"))

    assert seen == [["a"], ["b"]]


async def test_an_await_is_visible_to_later_tasks_only() -> None:
    strand = await_order.begin()
    number = await_order.current().awaited("a", ())

    async def child() -> bool:
        return await_order.current().sees({strand: number})

    async def earlier() -> bool:
        return await_order.current().sees({strand: number + 1})

    assert await asyncio.create_task(child())
    assert not await asyncio.create_task(earlier())


async def test_a_loop_of_a_thousand_keeps_one_key() -> None:
    await_order.begin()
    previous: tuple[str, ...] = ()
    for number in range(1000):
        await_order.current().awaited(str(number), previous)
        previous = (str(number),)

    assert frontier() == ["999"]
