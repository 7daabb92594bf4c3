"""The world of tests that run on virtual time (see conftest.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.testing.loop import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock())
