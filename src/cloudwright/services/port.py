"""The port through which AWS APIs other than Cloud Control are called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from cloudwright.control.client import READS_AT_ONCE
from cloudwright.control.limiter import CallPurpose, Limiter
from cloudwright.control.verdict import THROTTLES
from cloudwright.errors import ServiceError

if TYPE_CHECKING:
    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Call, Reply

_T = TypeVar("_T")

Guard = Callable[[], Awaitable[None]]
"""Awaited right before a delivery; what it raises stops the delivery."""


class ServicePort(Protocol):
    """Sends one call to an AWS API and reads its answer."""

    async def ask(self, call: Call, parse: Callable[[Reply], _T]) -> _T:
        """Send a call that changes nothing; throttled and unanswered calls are repeated.

        Args:
            call: What to send, and where.
            parse: Reads the answer; raises `ServiceError` for an error of the service.

        Raises:
            ServiceError: The service refused.
            TransportError: No answer after several tries.
            CredentialsError: It can't be signed, or AWS refused the signature.
        """
        ...

    async def send(self, call: Call, parse: Callable[[Reply], _T], guard: Guard | None = None) -> _T:
        """Send a call that changes something and may be delivered twice: it carries a client token, or sets a value.

        Args:
            call: What to send, and where.
            parse: Reads the answer; raises `ServiceError` for an error of the service.
            guard: Awaited right before each delivery, after all waiting: confirm the lease here.

        Raises:
            ServiceError: The service refused.
            TransportError: No answer after several tries.
            CredentialsError: It can't be signed, or AWS refused the signature.
        """
        ...


class RatedPort:
    """Sends through Cloud Control's client (its transport, credentials and retries), with rates of its own.

    Every service has limits of its own in each account and Region, so what one throttles must not slow another down.

    Attributes:
        calls: Deliveries so far, retries included.
    """

    def __init__(self, control: CloudControl, limiter: Limiter | None = None) -> None:
        """Open nothing.

        Args:
            control: Carries the calls.
            limiter: The rates of all services together; by default each service learns its own.
        """
        self._control = control
        self._limiters: dict[str, Limiter] = {}
        self._shared = limiter
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self.calls: int = 0

    async def ask(self, call: Call, parse: Callable[[Reply], _T]) -> _T:
        """See `ServicePort.ask`."""
        async with self._reads:
            return await self._rated(call, parse, CallPurpose.READ, None)

    async def send(self, call: Call, parse: Callable[[Reply], _T], guard: Guard | None = None) -> _T:
        """See `ServicePort.send`."""
        return await self._rated(call, parse, CallPurpose.MUTATE, guard)

    async def _rated(self, call: Call, parse: Callable[[Reply], _T], use: CallPurpose, guard: Guard | None) -> _T:
        limiter, loop = self._limiter(call.service), asyncio.get_running_loop()
        sent_at = 0.0

        async def before() -> None:
            nonlocal sent_at
            await limiter.acquire(call.target, use)
            if guard is not None:
                await guard()
            self.calls += 1
            sent_at = loop.time()

        def read(reply: Reply) -> _T:
            try:
                answer = parse(reply)
            except ServiceError as error:
                limiter.answered(call.target, sent_at=sent_at, throttled=error.name in THROTTLES)
                raise
            limiter.answered(call.target, sent_at=sent_at, throttled=False)
            return answer

        return await self._control.ask(call, read, before=before)

    def _limiter(self, service: str) -> Limiter:
        if self._shared is not None:
            return self._shared
        return self._limiters.setdefault(service, Limiter())
