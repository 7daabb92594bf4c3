"""What is said of an unanswered request whose resource the state no longer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine import recovery
from cloudwright.engine.operations import LAST_ARRIVAL
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, VPC, entry_of, opened, put, record, state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
@pytest.mark.parametrize("lives", [True, False])
async def test_a_request_about_what_is_not_recorded_changes_nothing(
    tmp_path: Path, operation: Operation, *, lives: bool
) -> None:
    world = World(tmp_path, clock=VirtualClock(), operation_time=5.0)
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    if not lives:
        world.cloud.remove(HERE.account, HERE.region, TOPIC, topic.identifier)
    async with opened(world) as runtime:
        old = runtime.services.control.now(HERE) - LAST_ARRIVAL - 100_000.0
        entry = entry_of(operation, topic, runtime.services, attempted=("/DisplayName",), created_at=old)
        inspection = await recovery.inspect_journal(state([record(VPC, "vpc-1", key="b")], [entry]), runtime.services)

    assert [one.key for one in inspection.snapshot.records] == ["b"]
    assert inspection.snapshot.journal == ()
    assert inspection.notes == [f"{operation.value.lower()} of a: it changed nothing"]
