"""How long a step waits before its next attempt."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.control.verdict import Verdict, VerdictKind
from cloudwright.engine.retry import pause
from cloudwright.testing.loop import VirtualClock
from dead_runs import entry_of, record, running

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("kind", "attempt", "chance", "seconds"),
    [
        (VerdictKind.RETRY, 3, 0.0, 4.0),
        (VerdictKind.RETRY, 3, 1.0, 8.0),
        (VerdictKind.RETRY, 10, 1.0, 30.0),
        (VerdictKind.WAIT, 10, 1.0, 1.0),
    ],
)
async def test_a_pause_grows_with_each_attempt_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: VerdictKind, attempt: int, chance: float, seconds: float
) -> None:
    monkeypatch.setattr(random, "random", lambda: chance)
    async with running(World(tmp_path, clock=VirtualClock())) as run:
        entry = entry_of(Operation.UPDATE, record(identifier="one"), run.services, attempt=attempt)
        began = asyncio.get_running_loop().time()
        await pause(run, entry, Verdict(kind=kind, reason="busy"))

        assert asyncio.get_running_loop().time() - began == pytest.approx(seconds, abs=0.001)
