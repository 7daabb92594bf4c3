"""Times of spans: by the event loop's clock, which never jumps, so that all spans of a run agree with each other."""

from __future__ import annotations

import asyncio
import time

from cloudwright.lazy_dataclass import dataclass

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SpanTimes:
    """From the event loop's clock to nanoseconds since the epoch.

    Attributes:
        wall: Nanoseconds since the epoch when the run began.
        at: The event loop's time then, in seconds.
    """

    wall: int
    at: float

    @classmethod
    def begin(cls) -> SpanTimes:
        """The times of a run that begins now."""
        return cls(time.time_ns(), asyncio.get_running_loop().time())

    def now(self) -> int:
        """The present time."""
        return self.of(asyncio.get_running_loop().time())

    def of(self, at: float) -> int:
        """The time of an event.

        Args:
            at: Seconds on the event loop's clock.
        """
        return self.wall + round((at - self.at) * _SECOND)


def epoch_nanoseconds(seconds: float) -> int:
    """A time that a service gave.

    Args:
        seconds: Since the epoch.
    """
    return round(seconds * _SECOND)
