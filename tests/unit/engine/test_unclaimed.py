"""What a search for a resource that nothing names must leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine.unclaimed import find_unclaimed
from cloudwright.errors import Ambiguous
from cloudwright.state.model import PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import VPC, VPC_DOCUMENT, entry_of, put, record, running

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock(), operation_time=5.0)


async def test_a_resource_that_a_record_has_is_not_found_for_another_create(world: World) -> None:
    taken = put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, key="b", declared=VPC_DOCUMENT), run.services)
        found = await find_unclaimed(entry, run.services)
        assert found is not None
        assert found.identifier == taken

        await run.commit(PutRecord(record(VPC, taken, declared=VPC_DOCUMENT)))
        assert await find_unclaimed(entry, run.services) is None


async def test_of_two_that_fit_none_is_chosen(world: World) -> None:
    for _ in range(2):
        put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
        with pytest.raises(Ambiguous):
            await find_unclaimed(entry, run.services)
