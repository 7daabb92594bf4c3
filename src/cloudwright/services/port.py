"""The port through which AWS APIs other than Cloud Control are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from cloudwright.control.limiter import Limiter, Use

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Call, Reply

_T = TypeVar("_T")


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


class RatedPort:
    """Sends through Cloud Control's client (its transport, credentials and retries), with rates of its own.

    Other services have limits of their own, so what they throttle must not slow Cloud Control down.
    """

    def __init__(self, control: CloudControl, limiter: Limiter | None = None) -> None:
        """Open nothing.

        Args:
            control: Carries the calls.
            limiter: The rates; fresh ones by default.
        """
        self._control = control
        self._limiter = limiter or Limiter()

    async def ask(self, call: Call, parse: Callable[[Reply], _T]) -> _T:
        """See `ServicePort.ask`."""
        return await self._control.ask(call, parse, before=lambda: self._limiter.acquire(call.target, Use.READ))
