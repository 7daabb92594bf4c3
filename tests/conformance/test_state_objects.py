"""The S3 store over its model in memory, as simulations use it; `test_state_s3` has the same cases over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.s3.backend import S3Backend
from conformance.memory_objects import MemoryObjects
from conformance.state import FakeClock, StateConformance, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestObjectsInMemory(StateConformance):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        objects_clock = FakeClock()
        objects = MemoryObjects(clock=objects_clock)

        def open_store(app: str, stage: str, clock: FakeClock) -> HostedStore:
            return HostedStore(S3Backend(objects, "team", app, stage, clock=clock), clock=clock)

        world = World(open_store, objects_clock.advance)
        yield world
        await world.close()
