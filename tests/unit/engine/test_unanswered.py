"""What is said of an unanswered request whose resource the state no longer holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine import recovery
from cloudwright.engine.operations import LAST_ARRIVAL
from cloudwright.engine.unanswered import RunningRequests, _ends, recorded
from cloudwright.state.changes import DropEntry
from cloudwright.state.journal import EntryEnd
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


@pytest.mark.parametrize(
    ("operation", "made", "end"),
    [
        (Operation.DELETE, 0.0, EntryEnd.SENT),
        (Operation.DELETE, None, EntryEnd.UNCLEAR),
        (Operation.DELETE, 1e12, EntryEnd.UNCLEAR),
        (Operation.UPDATE, 0.0, EntryEnd.UNCLEAR),
    ],
)
async def test_only_a_delete_whose_resource_still_lives_certainly_did_nothing(
    tmp_path: Path, operation: Operation, made: float | None, end: EntryEnd
) -> None:
    topic = record(identifier="one")
    async with opened(World(tmp_path, clock=VirtualClock())) as runtime:
        old = runtime.services.control.now(HERE) - LAST_ARRIVAL - 1.0
        entry = entry_of(operation, topic, runtime.services, attempted=("/A",), created_at=old)
        present = None if made is None else replace(topic, created_at=made)

        assert _ends(entry, present, RunningRequests.NONE, runtime.services) == (DropEntry(entry.id, end),)


async def test_a_request_is_about_the_resource_that_it_names_or_else_about_its_own_record(tmp_path: Path) -> None:
    own, again = record(identifier="moved"), record(identifier="one", key="b")
    async with opened(World(tmp_path)) as runtime:
        entry = entry_of(Operation.UPDATE, record(identifier="one"), runtime.services)

    other = record(VPC, "vpc-1", key="c")
    assert recorded(entry, state([own, again])) == again
    assert recorded(entry, state([other, own])) == own
    assert recorded(entry, state([other])) is None
