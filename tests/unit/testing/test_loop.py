from __future__ import annotations

import asyncio
import time

import pytest

from cloudwright.testing.loop import EPOCH, Deadlock, VirtualClock, VirtualLoop, run


def test_half_an_hour_passes_at_once() -> None:
    async def wait() -> float:
        await asyncio.sleep(1800)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()

    assert run(wait()) == pytest.approx(1800)
    assert time.perf_counter() - began < 1.0


def test_timers_fire_in_their_order() -> None:
    fired: list[int] = []

    async def wait(seconds: int) -> None:
        await asyncio.sleep(seconds)
        fired.append(seconds)

    async def all_of_them() -> None:
        await asyncio.gather(*map(wait, (30, 10, 20)))

    run(all_of_them())

    assert fired == [10, 20, 30]


def test_who_waits_for_nothing_learns_of_it() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run(wait())


def test_time_stands_still_while_a_thread_works() -> None:
    async def work() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        timer = asyncio.ensure_future(asyncio.sleep(5))
        await asyncio.to_thread(time.sleep, 0.02)
        return loop.time(), timer.done()

    assert run(work()) == (0.0, False)


def test_time_stands_still_for_a_thread_that_calls_back() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        answer = loop.create_future()
        timer = asyncio.ensure_future(asyncio.sleep(5))
        with loop.thread_at_work():
            loop.run_in_executor(None, lambda: loop.call_soon_threadsafe(answer.set_result, None))
            await answer
        timer.cancel()
        return loop.time()

    assert run(work()) == 0.0


def test_a_suspended_machine_ages_by_its_clocks_but_not_by_its_loop() -> None:
    async def sleep() -> tuple[float, float, float]:
        clock = VirtualClock()
        await asyncio.sleep(10)
        clock.suspend(172_800)
        return clock.now() - EPOCH, clock.boot(), asyncio.get_running_loop().time()

    assert run(sleep()) == (172_810, 172_810, 10)


def test_machines_of_one_world_share_time_but_not_its_errors() -> None:
    async def times() -> tuple[float, float]:
        clock = VirtualClock()
        other = clock.skewed(-3600)
        clock.suspend(60)
        return other.now() - clock.now(), other.boot() - clock.boot()

    assert run(times()) == (-3600, 0)
