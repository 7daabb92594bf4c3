"""Time, as a port: wall time for records, durations from the event loop.

Durations are always waited for with `asyncio.sleep` and measured with `loop.time()`, so a virtual event loop
makes them instant in tests. Wall time (seconds since the epoch) comes from a `Clock`, because tests also need
machines that sleep for two days and clocks that run wrong.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """The source of wall time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def boot(self) -> float:
        """Seconds of a monotonic clock that includes the time while the machine is suspended."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def boot(self) -> float:
        """Seconds since boot, suspend included where the system has such a clock (Linux)."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


def boot_id() -> str | None:
    """What names the time since this machine booted; `None` where the system has no such name (only Linux has).

    Copied machines and containers may share a host name; none shares this with another machine.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
