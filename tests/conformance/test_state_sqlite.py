from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.state.sql.sqlite import SqliteStore
from conformance.state import StateConformance, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class TestSqliteStore(StateConformance):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[World]:
        path = tmp_path / ".cloudwright" / "state.db"
        world = World(lambda app, stage, clock: SqliteStore(path, app, stage, clock=clock))
        yield world
        await world.close()
