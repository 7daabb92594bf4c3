from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from cloudwright.control.limiter import START_RATE, Bucket, CallPurpose, Limiter
from cloudwright.target import Target
from unit.control.fakes import PLACE, run

NAME = "rate/aws/111111111111/us-east-1"
BORNE = NAME.replace("rate/", "borne/")


async def burst(bucket: Bucket, count: int, use: CallPurpose = CallPurpose.MUTATE) -> float:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(bucket.acquire(use) for _ in range(count)))
    return loop.time() - started


def test_a_known_rate_is_kept() -> None:
    async def main() -> float:
        return await burst(Bucket(rate=10.0, slow_start=False), 51)

    assert run(main()) == pytest.approx(5.0, abs=0.1)


def test_without_throttles_a_hundred_calls_leave_within_a_few_round_trips() -> None:
    async def main() -> float:
        bucket = Bucket()
        loop = asyncio.get_running_loop()

        async def call() -> float:
            await bucket.acquire(CallPurpose.MUTATE)
            sent_at = loop.time()
            await asyncio.sleep(0.05)
            bucket.answered(sent_at=sent_at, throttled=False)
            return sent_at

        return max(await asyncio.gather(*(call() for _ in range(100))))

    assert run(main()) <= 0.25


def test_one_round_trip_cuts_the_rate_once() -> None:
    async def main() -> list[float]:
        bucket = Bucket(rate=100.0, slow_start=False)
        rates = []
        for _ in range(5):
            bucket.answered(sent_at=0.0, throttled=True)
            rates.append(bucket.rate)
        await asyncio.sleep(1.0)
        bucket.answered(sent_at=asyncio.get_running_loop().time(), throttled=True)
        return [*rates, bucket.rate]

    assert run(main()) == pytest.approx([85.0] * 5 + [72.25])


def test_after_a_throttle_the_rate_grows_again_while_calls_wait() -> None:
    async def main() -> tuple[float, float]:
        bucket = Bucket(rate=20.0, slow_start=False)
        bucket.answered(sent_at=0.0, throttled=True)
        cut = bucket.rate
        for _ in range(60):
            await bucket.acquire(CallPurpose.READ)
            bucket.answered(sent_at=asyncio.get_running_loop().time(), throttled=False)
        return cut, bucket.rate

    cut, grown = run(main())
    assert cut == pytest.approx(17.0)
    assert 18.0 < grown < 30.0


def test_an_idle_place_does_not_grow_for_ever() -> None:
    async def main() -> float:
        bucket = Bucket()
        for _ in range(100):
            await asyncio.sleep(10.0)
            await bucket.acquire(CallPurpose.POLL)
            bucket.answered(sent_at=asyncio.get_running_loop().time(), throttled=False)
        return bucket.rate

    assert run(main()) == START_RATE


def test_no_use_starves_another() -> None:
    async def main() -> Counter[CallPurpose]:
        bucket = Bucket(rate=20.0, slow_start=False)
        served: Counter[CallPurpose] = Counter()

        async def want(use: CallPurpose) -> None:
            await bucket.acquire(use)
            served[use] += 1

        crowd = [asyncio.create_task(want(use)) for use in CallPurpose for _ in range(300)]
        await asyncio.sleep(10.0)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return served

    served = run(main())
    assert served[CallPurpose.MUTATE] > 2 * served[CallPurpose.POLL]
    assert served[CallPurpose.POLL] >= 25
    assert served[CallPurpose.READ] >= 25


def test_a_cancelled_wait_gives_its_turn_back() -> None:
    async def main() -> float:
        bucket = Bucket(rate=1.0, slow_start=False)
        await bucket.acquire(CallPurpose.READ)
        crowd = [asyncio.create_task(bucket.acquire(CallPurpose.READ)) for _ in range(50)]
        await asyncio.sleep(0.1)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        await bucket.acquire(CallPurpose.READ)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(1.0, abs=0.01)


def test_a_turn_that_was_granted_at_the_moment_of_its_cancelling_is_not_lost() -> None:
    async def main() -> float:
        bucket = Bucket(rate=1.0, slow_start=False)
        await bucket.acquire(CallPurpose.READ)
        granted = asyncio.create_task(bucket.acquire(CallPurpose.READ))
        await asyncio.sleep(0.5)
        bucket._tokens = 1.0
        bucket._pump()
        granted.cancel()
        await asyncio.gather(granted, return_exceptions=True)
        assert granted.cancelled()
        await bucket.acquire(CallPurpose.READ)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(0.5, abs=0.01)


def test_the_learned_rate_survives_as_plain_data() -> None:
    async def main() -> dict[str, object]:
        limiter = Limiter({NAME: 40.0, "duration/x": 3.0, "rate/odd": "text"})
        await limiter.acquire(PLACE, CallPurpose.READ)
        limiter.answered(PLACE, sent_at=0.0, throttled=True)
        await limiter.acquire(Target("222222222222", "us-east-1"), CallPurpose.READ)
        return limiter.learned()

    assert run(main()) == {NAME: 34.0}


def test_a_place_that_never_throttled_has_nothing_worth_keeping() -> None:
    async def main() -> tuple[float, dict[str, object]]:
        limiter = Limiter()
        await limiter.acquire(PLACE, CallPurpose.READ)
        return limiter.rate(PLACE), limiter.learned()

    assert run(main()) == (float("inf"), {})


def test_a_place_known_to_bear_many_calls_starts_at_once_and_forgets_it_with_the_first_throttle() -> None:
    known: dict[str, object] = {BORNE: 200.0}

    async def sent_at_once(limiter: Limiter) -> int:
        waiting = [asyncio.create_task(limiter.acquire(PLACE, CallPurpose.MUTATE)) for _ in range(150)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sent = sum(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        return sent

    async def main() -> tuple[int, int, dict[str, object], dict[str, object]]:
        first, second = Limiter(), Limiter(known)
        counts = await sent_at_once(first), await sent_at_once(second)
        kept = second.learned()
        second.answered(PLACE, sent_at=0.0, throttled=True)
        return *counts, kept, second.learned()

    unknown, ready, kept, after = run(main())
    assert (unknown, ready, kept) == (10, 100, known)
    assert list(after) == [NAME]


def test_an_asynchronous_throttle_slows_its_type_alone() -> None:
    async def starts(limiter: Limiter, type_name: str) -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.gather(*(limiter.acquire_type(PLACE, type_name) for _ in range(20)))
        return loop.time() - started

    async def main() -> tuple[bool, float, float]:
        limiter = Limiter()
        limiter.type_ended(PLACE, "AWS::Lambda::Function", started_at=0.0, throttled=True)
        slows = limiter.slows_types(PLACE)
        return slows, await starts(limiter, "AWS::Lambda::Function"), await starts(limiter, "AWS::S3::Bucket")

    slows, slow, free = run(main())
    assert slows
    assert (slow > 4.0, free) == (True, 0.0)
