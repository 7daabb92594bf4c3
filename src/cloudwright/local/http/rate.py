"""A token bucket for each account and Region."""

from __future__ import annotations

import asyncio


class RateLimit:
    """Admits a number of calls per second, with a burst of one second's worth.

    Attributes:
        accepted: Calls admitted so far.
        throttled: Calls refused so far.
    """

    def __init__(self, rate: float | None) -> None:
        """Set the rate.

        Args:
            rate: Calls per second; `None` admits everything.

        Raises:
            ValueError: The rate is not positive.
        """
        if rate is not None and rate <= 0:
            raise ValueError(f"the rate must be positive, not {rate}")
        self._rate = rate
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self.accepted: int = 0
        self.throttled: int = 0

    def admit(self, account: str, region: str) -> bool:
        """Whether one more call is admitted now."""
        passes = self._take(account, region)
        self.accepted += passes
        self.throttled += not passes
        return passes

    def _take(self, account: str, region: str) -> bool:
        if self._rate is None:
            return True
        now, burst = asyncio.get_running_loop().time(), max(1.0, self._rate)
        tokens, since = self._buckets.get((account, region), (burst, now))
        tokens = min(burst, tokens + (now - since) * self._rate)
        self._buckets[account, region] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens >= 1
