"""A local cloud in virtual time, and a run of the engine that holds the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.testing.loop import VirtualClock
from dead_runs import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from cloudwright.engine.run import DeployRun


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock(), operation_time=5.0)


@pytest.fixture
async def run(world: World) -> AsyncIterator[DeployRun]:
    async with running(world) as run:
        yield run
