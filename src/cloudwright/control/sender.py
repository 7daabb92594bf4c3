"""Sends calls of any service over a transport: with retries of reads, and with AWS's clock learned from the answers."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, TypeVar

from cloudwright.control.error_classes import classified
from cloudwright.control.wire import server_time
from cloudwright.errors import CredentialsError, ServiceError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.clock import Clock
    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.control.retries import RetryPolicy
    from cloudwright.target import Target

_T = TypeVar("_T")

_READ_PATIENCE = 120.0
"""Seconds after which a read is not sent again."""

_FRESH_ANSWER = 30.0
"""Seconds, suspend included, after which an answer's `Date` says nothing about the time now."""

_NOISE = 2.0
"""Seconds of difference that mean nothing: the `Date` header has a resolution of one second."""


class Sender:
    """One transport with its retries, and the difference between this machine's clock and AWS's in each Region."""

    def __init__(self, transport: Transport, clock: Clock, retries: RetryPolicy) -> None:
        """Build a sender; nothing is sent."""
        self._transport = transport
        self._clock = clock
        self._retries = retries
        self._skew: dict[str, float] = {}

    async def close(self) -> None:
        """Close the transport's connections."""
        await self._transport.close()

    def divert(self, through: Callable[[Transport], Transport]) -> None:
        """Send through another transport from now on."""
        self._transport = through(self._transport)

    def now(self, target: Target) -> float:
        """AWS's time, in seconds since the epoch, from its `Date` headers in this Region."""
        return self._clock.now() + self._skew.get(target.region, 0.0)

    async def persist(self, call: Call, once: Callable[[], Awaitable[_T]], tries: int) -> _T:
        """Repeat a read until it is answered.

        Args:
            call: The request.
            once: Sends it once.
            tries: Deliveries at most, where the kind of the error sets no other limit.

        Raises:
            ServiceError, TransportError: The last error.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        for attempt in itertools.count():
            try:
                return await once()
            except (ServiceError, TransportError) as error:
                delay = self._retries.delay(attempt, error)
                late = loop.time() + delay > started + _READ_PATIENCE
                if late or not self._retries.repeat(error, attempt, tries, reached=self._reached(call)):
                    raise
            await asyncio.sleep(delay)
        raise AssertionError  # pragma: no cover

    def delay(self, attempt: int, error: Exception) -> float:
        """Seconds until the next delivery: at least what the service requested, up to 30.

        Args:
            attempt: Number of the delivery that failed, from 0.
            error: What it ended with.
        """
        return self._retries.delay(attempt, error)

    def resend_delay(
        self, call: Call, error: ServiceError | TransportError | CredentialsError, attempt: int
    ) -> float | None:
        """Seconds until a mutation's identical bytes may be sent again; `None` if they may not.

        Args:
            call: The mutation.
            error: What its last delivery ended with.
            attempt: Number of that delivery, from 0.
        """
        delay = self._retries.delay(attempt, error)
        return delay if self._retries.resend(error, attempt, reached=self._reached(call)) else None

    async def exchange(self, call: Call, parse: Callable[[Reply], _T]) -> _T:
        """Send a call once.

        Args:
            call: The request.
            parse: Reads the answer; raises `ServiceError` for an error of the service.

        Raises:
            ServiceError: The service refused.
            TransportError: No answer.
            CredentialsError: It can't be signed, or AWS refused the signature.
        """
        sent_at = self._clock.boot()
        reply = await self._transport.send(call)
        if self._clock.boot() - sent_at < _FRESH_ANSWER:
            self._learn_time(call, reply)
        try:
            return parse(reply)
        except ServiceError as error:
            raise classified(call, error) from None

    def _reached(self, call: Call) -> bool:
        """Whether an answer ever came from the call's Region."""
        return call.target.region in self._skew

    def _learn_time(self, call: Call, reply: Reply) -> None:
        self._skew.setdefault(call.target.region, 0.0)
        server = server_time(reply)
        if server is None:
            return
        skew = server - self._clock.now()
        self._skew[call.target.region] = skew if abs(skew) > _NOISE else 0.0
