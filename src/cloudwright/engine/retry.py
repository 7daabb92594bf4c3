"""How long to wait between two attempts of one step."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from cloudwright.control.verdict import VerdictKind
from cloudwright.engine.outcome import StepProgress

if TYPE_CHECKING:
    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.model import JournalEntry

LONGEST = 30.0
"""Seconds between two attempts at most."""


async def pause(run: DeployRun, entry: JournalEntry, judged: JudgedRequest) -> None:
    """Wait before the next attempt, growing with each, with jitter so that many steps don't come back at once.

    Args:
        run: Is told what is going on.
        entry: The attempt that ended.
        judged: Its end.
    """
    loop = asyncio.get_running_loop()
    run.observe(StepProgress(key=entry.key, text=f"trying again: {judged.verdict.reason}", at=loop.time()))
    ceiling = min(LONGEST, 2.0**entry.attempt)
    if judged.verdict.kind is VerdictKind.WAIT:
        ceiling = 1.0
    await asyncio.sleep(ceiling * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not cryptography


LAG = 20.0
"""Seconds for which NotFound right after a write of our own is taken for a lag (CC51, CC54)."""


MAX_ATTEMPTS = 6
"""Requests for one step, counting terminal retries."""
