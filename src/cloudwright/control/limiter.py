"""The rate of calls: one adaptive token bucket per account and Region, shared by everything that calls there.

AWS publishes no rate for Cloud Control, so the bucket learns it: slow start from 25 calls a second until the first
throttle, carefully up to the likely limit; then additive increase, and a cut of 15% for each round trip with a
throttle. Mutations, reads and polls have shares, so that none can starve another; the others use an unused share.
Asynchronous throttles come from the service behind one type and feed a bucket of that type alone.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target

START_RATE = 25.0
"""Calls a second before anything is known (the rate that long-lived Cloud Control clients settled on)."""

BURST = 10.0
"""Burst after a pause; small, so that a low service limit throttles few of the first calls."""
LIKELY_LIMIT = 30
"""Calls a second up to which the rate grows carefully: the only limit ever measured is about 30.

An account that accepts
more is not limited there, so the rate doubles from then on."""

CAREFUL_GROWTH = 1.2
KNOWN_BURST = 0.5
"""Burst after a pause, as a share of the calls a second that this account and Region is known to accept."""

FLOOR = 1.0
CEILING = 5_000.0
CUT = 0.85
FIRST_CUT_FLOOR = 10.0
GAIN = 1.0
SEARCHING_GAIN = 4.0
"""Calls a second gained each second: once the rate is known, and while it is searched after the first cut."""
TYPE_RATE = 4.0
PREFIX = "rate/"
"""Prefix of learned rates in the state: of accounts and Regions that have throttled us."""

BORNE = "borne/"
"""Prefix of learned rates that were accepted within a second without a throttle."""

# Rounding of the loop's clock must not leave a bucket short of its next token forever.
_EPSILON = 1e-3
_SHORTEST_WAIT = 1e-6


class CallPurpose(StrEnum):
    """What a call is for; each has a share of the rate."""

    MUTATE = "mutate"
    READ = "read"
    POLL = "poll"


SHARES = {CallPurpose.MUTATE: 0.7, CallPurpose.READ: 0.15, CallPurpose.POLL: 0.15}
"""Mutations start the operations that everything else waits for, so they get the largest share."""


class Limiter:
    """Grants calls, separately for each account and Region."""

    def __init__(self, learned: Mapping[str, object] | None = None) -> None:
        """Start from what earlier runs learned.

        Args:
            learned: The state's learned figures by name; those named `rate/...` and `borne/...` are calls a second.
        """
        self._learned = {
            name: float(value)
            for name, value in (learned or {}).items()
            if name.startswith((PREFIX, BORNE)) and isinstance(value, (int, float)) and value > 0
        }
        self._buckets: dict[str, Bucket] = {}
        self._types: dict[tuple[str, str], Bucket] = {}

    async def acquire(self, target: Target, use: CallPurpose) -> None:
        """Wait until one call may be sent.

        Args:
            target: Its account and Region name the bucket.
            use: What the call is for.
        """
        await self._bucket(target).acquire(use)

    def answered(self, target: Target, *, sent_at: float, throttled: bool) -> None:
        """Learn from an answer.

        Args:
            target: Where the call went.
            sent_at: When it was sent, on the event loop's clock.
            throttled: Whether the answer was a throttle.
        """
        self._bucket(target).answered(sent_at=sent_at, throttled=throttled)

    def rate(self, target: Target) -> float:
        """Calls a second that this account and Region accepts, learned from throttles; infinite without any."""
        bucket = self._bucket(target)
        return math.inf if bucket.slow_start else bucket.rate

    def slows_types(self, target: Target) -> bool:
        """Whether any type has a bucket of its own in this account and Region."""
        return any(place == _name(target) for place, _ in self._types)

    async def acquire_type(self, target: Target, type_name: str) -> None:
        """Wait until another mutation of a type may be sent; no wait if its service never throttled."""
        if bucket := self._types.get((_name(target), type_name)):
            await bucket.acquire(CallPurpose.MUTATE)

    def type_ended(self, target: Target, type_name: str, *, started_at: float, throttled: bool) -> None:
        """Learn from the end of an operation (CC72, CC73).

        Args:
            target: Where it ran.
            type_name: Such as `AWS::Lambda::Function`.
            started_at: When it was sent, on the event loop's clock.
            throttled: Whether it ended by an asynchronous throttle.
        """
        key = (_name(target), type_name)
        if key not in self._types and throttled:
            self._types[key] = Bucket(rate=TYPE_RATE, slow_start=False)
        elif bucket := self._types.get(key):
            bucket.answered(sent_at=started_at, throttled=throttled)

    def learned(self) -> dict[str, object]:
        """What was learned, as plain data: the rate where a throttle occurred, elsewhere the most that was accepted."""
        known = dict(self._learned)
        for place, bucket in self._buckets.items():
            if bucket.slow_start and bucket.borne > LIKELY_LIMIT:
                known[BORNE + place] = float(bucket.borne)
            elif not bucket.slow_start:
                known[PREFIX + place] = round(bucket.rate, 2)
                known.pop(BORNE + place, None)
        return {**known}

    def _bucket(self, target: Target) -> Bucket:
        place = _name(target)
        if place not in self._buckets:
            rate = self._learned.get(PREFIX + place)
            borne = self._learned.get(BORNE + place, 0.0) if rate is None else 0.0
            self._buckets[place] = Bucket(
                rate=rate or max(START_RATE, borne), slow_start=rate is None, borne=int(borne)
            )
        return self._buckets[place]


def _name(target: Target) -> str:
    return "/".join(target.place)


@dataclass(slots=True)
class Bucket:
    """One adaptive token bucket with weighted fair queues.

    Attributes:
        rate: Tokens a second.
        slow_start: No throttle occurred yet: the rate doubles with each round trip in which a call had to wait.
        borne: The most calls that were accepted within a second.
    """

    rate: float = START_RATE
    slow_start: bool = True
    borne: int = 0
    _tokens: float = field(init=False)
    _at: float | None = None
    _gain: float = SEARCHING_GAIN
    _cut_at: float = float("-inf")
    _grown_at: float = float("-inf")
    _held_at: float = float("-inf")
    _answers: int = 0
    _accepted: deque[float] = field(default_factory=deque)
    _queues: dict[CallPurpose, deque[asyncio.Future[None]]] = field(
        default_factory=lambda: {use: deque() for use in CallPurpose}
    )
    _served: dict[CallPurpose, float] = field(default_factory=lambda: dict.fromkeys(CallPurpose, 0.0))
    _timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._tokens = self._burst

    async def acquire(self, use: CallPurpose) -> None:
        """Wait for a token of this use's share."""
        loop = asyncio.get_running_loop()
        self._refill(loop.time())
        turn: asyncio.Future[None] = loop.create_future()
        self._enqueue(use, turn)
        self._pump()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._tokens += 1
                self._pump()
            raise

    def answered(self, *, sent_at: float, throttled: bool) -> None:
        """Learn from one answer; `sent_at` is on the event loop's clock."""
        now = asyncio.get_running_loop().time()
        self._refill(now)
        if throttled:
            self._cut(now, sent_at)
        elif self.slow_start:
            self._double(now, sent_at)
        else:
            self._increase(now)
        self._pump()

    @property
    def _burst(self) -> float:
        if self.slow_start:
            # An account that accepted more than the likely limit within a second accepts a part of that as a burst.
            return max(BURST, self.borne * KNOWN_BURST) if self.borne > LIKELY_LIMIT else BURST
        return max(1.0, min(BURST, self.rate / 10))

    def _refill(self, now: float) -> None:
        elapsed = max(0.0, now - self._at) if self._at is not None else 0.0
        self._at = now
        self._tokens = min(max(self._burst, self._tokens), self._tokens + elapsed * self.rate)

    def _cut(self, now: float, sent_at: float) -> None:
        if sent_at <= self._cut_at:
            return  # sent before the last cut: a throttle of the same round trip
        if self.slow_start:
            # Doubling overshoots by far, so the first cut starts from what the service really accepted in a second.
            self._forget_before(now - 1.0)
            self.rate = min(self.rate, max(FIRST_CUT_FLOOR, len(self._accepted)))
            self.slow_start = False
            self._accepted.clear()
        else:
            self._gain = GAIN
        self.rate = max(FLOOR, self.rate * CUT)
        self._tokens = min(self._tokens, 0.0)
        self._cut_at = self._grown_at = now

    def _double(self, now: float, sent_at: float) -> None:
        self._accepted.append(now)
        self._forget_before(now - 1.0)
        self._answers += 1
        careful = self._answers < LIKELY_LIMIT and self.borne <= LIKELY_LIMIT
        self.borne = max(self.borne, len(self._accepted))
        # As in TCP's slow start, each answer lets more than one call out; the rate itself doubles once a round trip.
        self._tokens += CAREFUL_GROWTH if careful else 2.0
        if not careful and sent_at >= self._grown_at and self._held(now):
            self.rate = min(CEILING, self.rate * 2)
            self._grown_at = now

    def _increase(self, now: float) -> None:
        elapsed = min(1.0, now - self._grown_at)
        self._grown_at = now
        if self._held(now):
            self.rate = min(CEILING, self.rate + max(self._gain, 0.05 * self.rate) * elapsed)

    def _forget_before(self, moment: float) -> None:
        while self._accepted and self._accepted[0] <= moment:
            self._accepted.popleft()

    def _held(self, now: float) -> bool:
        return now - self._held_at <= 1.0

    def _enqueue(self, use: CallPurpose, turn: asyncio.Future[None]) -> None:
        if not self._queues[use]:
            # A use that was idle starts level with the others instead of catching up.
            active = [self._served[other] for other, queue in self._queues.items() if queue]
            self._served[use] = max([self._served[use], *([min(active)] if active else [])])
        self._queues[use].append(turn)

    def _pump(self) -> None:
        while self._tokens >= 1 - _EPSILON and (turn := self._next()) is not None:
            self._tokens -= 1
            turn.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if any(self._queues.values()):
            loop = asyncio.get_running_loop()
            self._held_at = loop.time()
            self._timer = loop.call_later(max(_SHORTEST_WAIT, (1 - self._tokens) / self.rate), self._tick)
        else:
            self._tokens = min(self._tokens, self._burst)

    def _tick(self) -> None:
        self._refill(asyncio.get_running_loop().time())
        self._pump()

    def _next(self) -> asyncio.Future[None] | None:
        while waiting := [use for use, queue in self._queues.items() if queue]:
            use = min(waiting, key=self._served.__getitem__)
            turn = self._queues[use].popleft()
            if not turn.done():
                self._served[use] += 1 / SHARES[use]
                return turn
        return None
