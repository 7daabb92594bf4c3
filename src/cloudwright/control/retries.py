"""Which failed deliveries of a call are repeated, and after how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control.verdict import THROTTLES, UNCERTAIN_REFUSALS
from cloudwright.errors import NotAnswered, NotSent, ServiceError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_TRIES = 6
"""Attempts for a call that gets no answer."""

_HANDLER_TRIES = 3
"""Attempts for a call that the service answers with an error of its own."""

_FIRST_CONTACT_TRIES = 3


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides about the next delivery of a call.

    Attributes:
        jitter: Returns numbers in [0, 1).
    """

    jitter: Callable[[], float]

    def resend(self, error: Exception, attempt: int, *, reached: bool) -> bool:
        """Whether a mutation's identical bytes may be sent again.

        Args:
            error: How the last delivery ended.
            attempt: Counts from 0.
            reached: Whether the service ever answered from this Region.
        """
        if isinstance(error, NotAnswered):
            return attempt + 1 < ANSWER_TRIES
        if isinstance(error, ServiceError) and error.name in UNCERTAIN_REFUSALS:
            return attempt + 1 < _HANDLER_TRIES
        return self.repeat(error, attempt, ANSWER_TRIES, reached=reached)

    def repeat(self, error: Exception, attempt: int, tries: int, *, reached: bool) -> bool:
        """Whether a read may be sent again.

        Args:
            error: How the last delivery ended.
            attempt: Counts from 0.
            tries: Maximum of attempts; a throttle has none.
            reached: Whether the service ever answered from this Region.
        """
        if isinstance(error, ServiceError):
            handler = error.name in UNCERTAIN_REFUSALS and attempt + 1 < min(tries, _HANDLER_TRIES)
            return error.name in THROTTLES or handler
        if isinstance(error, NotSent):
            # Before the first answer a wrong endpoint is likelier than an outage, so fail early.
            return attempt + 1 < (tries * 2 if reached else _FIRST_CONTACT_TRIES)
        return isinstance(error, NotAnswered) and attempt + 1 < tries

    def delay(self, attempt: int, error: Exception) -> float:
        """Seconds until the next delivery: at least what the service requested, up to 30.

        Args:
            attempt: Counts from 0.
            error: How the last delivery ended.
        """
        requested = error.retry_after if isinstance(error, ServiceError) else None
        ceiling = min(5.0, 0.1 * 2.0 ** min(attempt, 10))
        return max(min(requested or 0.0, 30.0), ceiling * (0.5 + self.jitter() / 2))
