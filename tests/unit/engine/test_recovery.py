from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine import recovery
from cloudwright.engine.operations import RESEND_AGE
from cloudwright.errors import NeedsHuman
from cloudwright.local.faults import Fault
from cloudwright.state.model import DropEntry, PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import TOPIC, VPC, VPC_DOCUMENT, entry_of, opened, put, record, sent, state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from cloudwright.engine.run import Services
    from cloudwright.state.model import JournalEntry


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock(), operation_time=5.0)


@pytest.fixture
async def services(world: World) -> AsyncIterator[Services]:
    async with opened(world) as runtime:
        yield runtime.services


def create(services: Services, **more: object) -> JournalEntry:
    return entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services, **more)


async def test_a_request_that_still_runs_is_followed_though_its_token_was_never_learned(tmp_path: Path) -> None:
    # Longer than recovery waits for what the dead run may have sent at the very end.
    world = World(tmp_path, clock=VirtualClock(), operation_time=60.0)
    async with opened(world) as runtime:
        services = runtime.services
        topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
        entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",))
        event = await sent(entry, services)
        inspection = await recovery.inspect_journal(state([topic], [entry]), services)

    assert inspection.resumes["a"].request_token == event.request_token
    assert inspection.changes == []


async def test_a_request_of_another_resource_is_not_taken_for_it(world: World, services: Services) -> None:
    topics = [record(identifier=put(world, TOPIC, {"TopicName": name}), key=name) for name in ("a", "b")]
    entries = [entry_of(Operation.UPDATE, one, services, attempted=("/DisplayName",)) for one in topics]
    await sent(entries[1], services)
    inspection = await recovery.inspect_journal(state(topics, entries[:1]), services)

    assert inspection.resumes == {}
    assert inspection.snapshot.records[0].dirty == ("/DisplayName",)


async def test_a_failed_update_leaves_its_record_dirty(world: World, services: Services) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}), dirty=("/KmsMasterKeyId",))
    world.cloud.faults.add(Fault("fail", operation="UPDATE", count=1, options={"code": "AccessDenied"}))
    entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",))
    event = await sent(entry, services)
    await asyncio.sleep(10.0)
    known = replace(entry, request_token=event.request_token)
    inspection = await recovery.inspect_journal(state([topic], [known]), services)

    assert inspection.snapshot.records[0].dirty == ("/KmsMasterKeyId", "/DisplayName")
    assert inspection.snapshot.journal == ()


async def test_after_a_replacement_the_older_generation_is_no_longer_current(services: Services) -> None:
    old = record(VPC, "vpc-old", declared={"CidrBlock": "10.1.0.0/16"})
    new = record(VPC, declared=VPC_DOCUMENT, generation=1)
    entry = entry_of(Operation.CREATE, new, services)
    event = await sent(entry, services)
    await asyncio.sleep(10.0)
    inspection = await recovery.inspect_journal(
        state([old], [replace(entry, request_token=event.request_token)]), services
    )

    assert {one.generation: one.current for one in inspection.snapshot.records} == {0: False, 1: True}


async def test_a_create_is_sent_again_only_while_aws_remembers_its_token(services: Services) -> None:
    now = services.control.now(create(services).target)
    young = create(services, created_at=now - RESEND_AGE + 60.0)
    old = create(services, created_at=now - RESEND_AGE - 60.0)

    assert (await recovery.inspect_journal(state(journal=[young]), services)).resumes == {"a": young}
    with pytest.raises(NeedsHuman, match="24 hours old"):
        await recovery.inspect_journal(state(journal=[old]), services)


async def test_a_create_of_another_principal_is_not_sent_again(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")

    with pytest.raises(NeedsHuman, match=r"sent by .*somebody-else"):
        await recovery.inspect_journal(state(journal=[entry]), services)
    caller = await services.control.caller(entry.target)
    own = replace(entry, principal=caller.arn)
    assert (await recovery.inspect_journal(state(journal=[own]), services)).resumes == {"a": own}


@pytest.mark.parametrize("made", [1, 2])
async def test_an_old_create_is_found_among_the_listed_requests_only_if_it_is_the_sole_one(
    services: Services, made: int
) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    identifiers = []
    for number in range(made):
        again = entry_of(Operation.CREATE, entry.draft, services, client_token=f"token-{number}")
        await sent(again, services)
        await asyncio.sleep(10.0)
        identifiers.append((await services.control.requests(entry.target)).events[0].identifier)
    if made > 1:
        with pytest.raises(NeedsHuman):
            await recovery.inspect_journal(state(journal=[entry]), services)
        return
    inspection = await recovery.inspect_journal(state(journal=[entry]), services)
    assert [one.identifier for one in inspection.snapshot.records] == identifiers


async def test_a_listed_request_for_another_document_is_never_the_entrys(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    other = record(VPC, key="b", declared={"CidrBlock": "10.9.0.0/16"})
    await sent(entry_of(Operation.CREATE, other, services), services)
    await asyncio.sleep(10.0)

    with pytest.raises(NeedsHuman):
        await recovery.inspect_journal(state(journal=[entry]), services)


async def test_a_listed_request_whose_resource_is_recorded_is_never_another_entrys(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    await sent(create(services), services)
    await asyncio.sleep(10.0)
    identifier = (await services.control.requests(entry.target)).events[0].identifier or ""
    other = record(VPC, identifier, key="b", declared=VPC_DOCUMENT)

    with pytest.raises(NeedsHuman):
        await recovery.inspect_journal(state([other], [entry]), services)


async def test_a_create_that_met_a_recorded_resource_adds_no_second_record(services: Services) -> None:
    entry = create(services)
    event = await sent(entry, services)
    await asyncio.sleep(10.0)
    ended = await services.control.status(entry.target, event.request_token or "")
    holder = record(VPC, ended.identifier or "", key="b", declared=VPC_DOCUMENT)
    inspection = await recovery.inspect_journal(
        state([holder], [replace(entry, request_token=event.request_token)]), services
    )

    assert [one.key for one in inspection.snapshot.records] == ["b"]
    assert [type(change) for change in inspection.changes] == [PutRecord, DropEntry]


async def test_a_record_of_another_region_does_not_claim_a_listed_request(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    await sent(create(services), services)
    await asyncio.sleep(10.0)
    identifier = (await services.control.requests(entry.target)).events[0].identifier or ""
    elsewhere = replace(record(VPC, identifier, key="b"), target=replace(entry.target, region="eu-west-1"))

    inspection = await recovery.inspect_journal(state([elsewhere], [entry]), services)
    assert {one.key: one.identifier for one in inspection.snapshot.records} == {"a": identifier, "b": identifier}
