"""How long to wait between two attempts of one step."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from cloudwright.control.verdict import VerdictKind
from cloudwright.engine.outcome import StepProgress

if TYPE_CHECKING:
    from cloudwright.control.verdict import Verdict
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.journal import JournalEntry

LONGEST = 30.0
"""Maximum of seconds between two attempts."""


async def pause(run: DeployRun, entry: JournalEntry, verdict: Verdict) -> None:
    """Wait before the next attempt, growing with each, with jitter so that many steps do not retry at once."""
    loop = asyncio.get_running_loop()
    run.observe(StepProgress(key=entry.key, text=f"retrying: {verdict.reason}", at=loop.time()))
    ceiling = min(LONGEST, 2.0**entry.attempt)
    if verdict.kind is VerdictKind.WAIT:
        ceiling = 1.0
    await asyncio.sleep(ceiling * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not cryptography


LAG = 20.0
"""Seconds during which NotFound after our own write counts as eventual consistency (CC51, CC54)."""


MAX_ATTEMPTS = 6
"""Maximum of requests for one step, terminal retries included."""
