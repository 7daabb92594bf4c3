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


def test_an_unfinished_operation_slows_its_type_only_if_it_was_throttled() -> None:
    async def main() -> list[bool]:
        limiter = Limiter()
        slows = []
        for throttled in (False, True, False):
            limiter.type_ended(PLACE, "AWS::Lambda::Function", started_at=0.0, throttled=throttled)
            slows.append(limiter.slows_types(PLACE))
        return [*slows, limiter.slows_types(Target("222222222222", "us-east-1"))]

    assert run(main()) == [False, True, True, False]


def test_only_figures_of_rates_that_can_be_are_learned() -> None:
    limiter = Limiter(
        {NAME: 0, BORNE: -1.0, "rate/x": 12.3456, "rate/z": 0.5, "borne/y": 31, "duration/x": 3.0, "rate/t": "text"}
    )

    assert limiter.learned() == {"rate/x": 12.3456, "rate/z": 0.5, "borne/y": 31.0}


def test_a_learned_rate_is_kept_to_two_digits() -> None:
    async def main() -> dict[str, object]:
        limiter = Limiter({NAME: 33.3333})
        limiter.answered(PLACE, sent_at=0.0, throttled=True)
        return limiter.learned()

    assert run(main()) == {NAME: 28.33}


@pytest.mark.parametrize(("borne", "kept"), [(30, {}), (31, {BORNE: 31.0})])
def test_what_was_accepted_is_worth_keeping_beyond_the_likely_limit(borne: int, kept: dict[str, object]) -> None:
    async def main() -> dict[str, object]:
        limiter = Limiter()
        for _ in range(borne):
            limiter.answered(PLACE, sent_at=0.0, throttled=False)
        return limiter.learned()

    assert run(main()) == kept


@pytest.mark.parametrize(
    ("bucket", "burst"),
    [
        (Bucket(), 10.0),
        (Bucket(borne=30), 10.0),
        (Bucket(borne=31), 15.5),
        (Bucket(borne=12), 10.0),
        (Bucket(rate=5.0, slow_start=False), 1.0),
        (Bucket(rate=50.0, slow_start=False), 5.0),
        (Bucket(rate=500.0, slow_start=False, borne=400), 10.0),
    ],
)
def test_how_much_may_be_sent_at_once_after_a_pause(bucket: Bucket, burst: float) -> None:
    assert bucket._burst == burst


@pytest.mark.parametrize(("accepted", "rate"), [(5, 10.0 * 0.85), (20, 20.0 * 0.85), (40, 25.0 * 0.85)])
def test_the_first_cut_starts_from_what_was_accepted_within_the_last_second(accepted: int, rate: float) -> None:
    async def main() -> float:
        bucket = Bucket()
        bucket.answered(sent_at=0.0, throttled=False)
        await asyncio.sleep(1.0)
        for _ in range(accepted):
            bucket.answered(sent_at=1.0, throttled=False)
        bucket.answered(sent_at=1.0, throttled=True)
        return bucket.rate

    assert run(main()) == pytest.approx(rate)


def test_after_a_cut_nothing_that_was_saved_up_is_sent() -> None:
    async def main() -> float:
        bucket = Bucket(rate=20.0, slow_start=False)
        bucket.answered(sent_at=0.0, throttled=True)
        return await burst(bucket, 2)

    assert run(main()) == pytest.approx(2 / 17.0, abs=0.001)


@pytest.mark.parametrize(
    ("borne", "sent_at", "rates"),
    [
        (0, [0.01] * 30, [25.0] * 29 + [50.0]),
        (30, [0.01] * 2, [25.0] * 2),
        (31, [0.01] * 2, [50.0, 100.0]),
        (31, [0.0] * 2, [50.0] * 2),
    ],
    ids=["unknown", "up to the limit", "beyond it", "once a round trip"],
)
def test_the_rate_doubles_once_a_round_trip_after_thirty_answers(
    borne: int, sent_at: list[float], rates: list[float]
) -> None:
    async def main() -> list[float]:
        bucket, found = Bucket(borne=borne), list[float]()
        waiting = [asyncio.create_task(bucket.acquire(CallPurpose.MUTATE)) for _ in range(500)]
        await asyncio.sleep(0.01)
        for at in sent_at:
            bucket.answered(sent_at=at, throttled=False)
            found.append(bucket.rate)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return found

    assert run(main()) == rates


@pytest.mark.parametrize(("borne", "sent"), [(0, 10 + 6), (31, 15 + 10)])
def test_an_answer_lets_more_than_one_call_out(borne: int, sent: int) -> None:
    async def main() -> int:
        bucket = Bucket(borne=borne)
        waiting = [asyncio.create_task(bucket.acquire(CallPurpose.MUTATE)) for _ in range(100)]
        await asyncio.sleep(0)
        for _ in range(5):
            bucket.answered(sent_at=0.0, throttled=False)
        await asyncio.sleep(0)
        done = sum(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        return done

    assert run(main()) == sent


@pytest.mark.parametrize(("idle", "rate"), [(1.0, 24.0), (1.001, 20.0)])
def test_the_rate_grows_only_if_a_call_had_to_wait_within_the_last_second(idle: float, rate: float) -> None:
    async def main() -> float:
        bucket = Bucket(rate=20.0, slow_start=False)
        waiting = asyncio.gather(*(bucket.acquire(CallPurpose.READ) for _ in range(3)))
        await waiting
        held = bucket._held_at
        await asyncio.sleep(held + idle - asyncio.get_running_loop().time())
        bucket.answered(sent_at=0.0, throttled=False)
        return bucket.rate

    assert run(main()) == pytest.approx(rate)


def test_a_turn_that_comes_back_is_one_turn() -> None:
    async def main() -> float:
        bucket = Bucket(rate=20.0, slow_start=False)
        await burst(bucket, 2)
        granted = asyncio.create_task(bucket.acquire(CallPurpose.READ))
        await asyncio.sleep(0)
        bucket._tokens = 1.0
        bucket._pump()
        granted.cancel()
        await asyncio.gather(granted, return_exceptions=True)
        return await burst(bucket, 2)

    assert run(main()) == pytest.approx(0.05, abs=0.001)


def test_what_was_accepted_more_than_a_second_ago_does_not_count() -> None:
    async def main() -> tuple[int, float]:
        bucket = Bucket()
        for _ in range(2):
            for _ in range(20):
                bucket.answered(sent_at=0.0, throttled=False)
            await asyncio.sleep(1.0)
        bucket.answered(sent_at=2.0, throttled=True)
        return bucket.borne, bucket.rate

    borne, rate = run(main())
    assert (borne, rate) == (20, 8.5)


def test_the_rate_never_falls_below_one_call_a_second() -> None:
    async def main() -> float:
        bucket = Bucket(rate=2.0, slow_start=False)
        for _ in range(20):
            await asyncio.sleep(1.0)
            bucket.answered(sent_at=asyncio.get_running_loop().time(), throttled=True)
        return bucket.rate

    assert run(main()) == 1.0


def test_a_use_that_was_idle_does_not_catch_up() -> None:
    async def main() -> Counter[CallPurpose]:
        bucket, served = Bucket(rate=20.0, slow_start=False), Counter[CallPurpose]()

        async def want(use: CallPurpose) -> None:
            await bucket.acquire(use)
            served[use] += 1

        crowd = [asyncio.create_task(want(CallPurpose.READ)) for _ in range(300)]
        await asyncio.sleep(5.0)
        served.clear()
        crowd += [asyncio.create_task(want(CallPurpose.MUTATE)) for _ in range(100)]
        await asyncio.sleep(2.0)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return served

    served = run(main())
    assert served[CallPurpose.READ] == pytest.approx(40 * 0.15 / 0.85, abs=2)
