from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.state.memory import MemoryDatabase, MemoryStore
from conformance.state import StateConformance, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestMemoryStore(StateConformance):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        database = MemoryDatabase()
        world = World(lambda app, stage, clock: MemoryStore(app, stage, clock=clock, database=database))
        yield world
        await world.close()
