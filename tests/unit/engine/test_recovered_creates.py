"""What becomes of a dead run's create that failed, and which requests may be its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.engine import recovery
from cloudwright.engine.recovery import _fits
from cloudwright.errors import NeedsHuman
from cloudwright.local.faults import Fault
from cloudwright.state.changes import PutEntry, PutRecord
from cloudwright.state.records import RecordStatus
from dead_runs import VPC, VPC_DOCUMENT, entry_of, opened, put, raise_undecided, record, running, sent, state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app_kit import World
    from cloudwright.engine.run import Services
    from cloudwright.state.journal import JournalEntry


@pytest.fixture
async def services(world: World) -> AsyncIterator[Services]:
    async with opened(world) as runtime:
        yield runtime.services


async def failed_create(world: World, services: Services, code: str) -> JournalEntry:
    """The entry of a create that has failed without naming a resource."""
    world.cloud.faults.add(Fault("fail", operation="CREATE", count=1, options={"code": code}))
    entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services)
    event = await sent(entry, services)
    await asyncio.sleep(10.0)
    return replace(entry, request_token=event.request_token)


async def test_a_failed_create_that_may_have_made_the_only_match_is_recorded_as_doubtful(
    world: World, services: Services
) -> None:
    entry = await failed_create(world, services, "GeneralServiceException")
    found = put(world, VPC, VPC_DOCUMENT)
    inspection = await recovery.inspect_journal(state(journal=[entry]), services)

    assert [(one.identifier, one.status) for one in inspection.snapshot.records] == [(found, RecordStatus.DOUBTFUL)]
    assert inspection.snapshot.journal == ()


async def test_a_failed_create_that_may_have_made_one_of_several_needs_the_user(
    world: World, services: Services
) -> None:
    entry = await failed_create(world, services, "GeneralServiceException")
    for _ in range(2):
        put(world, VPC, VPC_DOCUMENT)

    with pytest.raises(NeedsHuman, match="left a resource behind"):
        await raise_undecided(state(journal=[entry]), services)


async def test_a_failed_create_that_made_nothing_leaves_nothing(world: World, services: Services) -> None:
    entry = await failed_create(world, services, "AccessDenied")
    inspection = await recovery.inspect_journal(state(journal=[entry]), services)

    assert (inspection.snapshot.records, inspection.snapshot.journal) == ((), ())
    assert inspection.notes == ["create of a: it changed nothing"]


async def test_the_age_of_an_old_create_is_told_in_hours(services: Services) -> None:
    entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services)
    old = replace(entry, created_at=entry.created_at - 100 * 24 * 3600.0)

    with pytest.raises(NeedsHuman, match="100 days old"):
        await raise_undecided(state(journal=[old]), services)


@pytest.mark.parametrize(("earlier", "fits"), [(-5.0, True), (60.0, True), (60.5, False), (None, False)])
async def test_a_request_may_be_the_entrys_if_it_began_no_more_than_a_minute_before(
    services: Services, earlier: float | None, *, fits: bool
) -> None:
    entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services, created_at=1_000_000.0)
    event = ProgressEvent(
        type_name=VPC,
        operation=Operation.CREATE,
        status=OperationStatus.SUCCESS,
        event_time=None if earlier is None else entry.created_at - earlier,
    )

    assert _fits(entry, event) == fits


async def test_a_resumed_replacement_leaves_other_resources_current(world: World) -> None:
    old = record(VPC, "vpc-old", declared={"CidrBlock": "10.1.0.0/16"})
    other = record(VPC, "vpc-other", key="0", declared={"CidrBlock": "10.2.0.0/16"})
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT, generation=1), run.services)
        await run.commit(PutRecord(other), PutRecord(old), PutEntry(entry))
        await recovery.resume(run, entry, state([other, old], [entry]))
        snapshot = await run.services.store.read()

    assert {one.id: one.current for one in snapshot.records} == {("0", 0): True, ("a", 0): False, ("a", 1): True}
