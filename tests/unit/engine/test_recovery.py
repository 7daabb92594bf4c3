from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.callers import Caller
from cloudwright.control.client import CloudControl
from cloudwright.control.model import Operation
from cloudwright.engine import recovery, unanswered
from cloudwright.engine.operations import LAST_ARRIVAL, RESEND_AGE, UNSENT_LIMIT
from cloudwright.errors import NeedsHuman, ServiceError
from cloudwright.local.faults import Fault
from cloudwright.state.changes import DropEntry, PutEntry, PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import (
    HERE,
    TOPIC,
    VPC,
    VPC_DOCUMENT,
    entry_of,
    opened,
    put,
    raise_undecided,
    record,
    running,
    sent,
    state,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from cloudwright.control.model import RequestPage
    from cloudwright.engine.run import Services
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.target import Target


@pytest.fixture
async def services(world: World) -> AsyncIterator[Services]:
    async with opened(world) as runtime:
        yield runtime.services


def create(services: Services, **more: object) -> JournalEntry:
    return entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services, **more)


def _long_ago(services: Services, topic: Record, operation: Operation, **more: object) -> JournalEntry:
    """A request so old that it can't arrive any more."""
    now = services.control.now(topic.target)
    return entry_of(operation, topic, services, created_at=now - LAST_ARRIVAL - 1.0, **more)


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
    other = record(VPC, "vpc-other", key="b", declared={"CidrBlock": "10.2.0.0/16"})
    inspection = await recovery.inspect_journal(
        state([old, other], [replace(entry, request_token=event.request_token)]), services
    )

    current = {one.id: one.current for one in inspection.snapshot.records}
    assert current == {("a", 0): False, ("a", 1): True, ("b", 0): True}


async def test_a_request_that_ended_is_recorded_with_what_a_read_shows(world: World, services: Services) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entries = [
        entry_of(Operation.CREATE, record(VPC, key="b", declared=VPC_DOCUMENT), services),
        entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",)),
    ]
    events = [await sent(entry, services) for entry in entries]
    await asyncio.sleep(10.0)
    known = [replace(entry, request_token=event.request_token) for entry, event in zip(entries, events, strict=True)]
    inspection = await recovery.inspect_journal(state([topic], known), services)

    found = {one.key: one for one in inspection.snapshot.records}
    assert found["b"].observed["CidrBlock"] == VPC_DOCUMENT["CidrBlock"]
    assert found["a"].observed["TopicName"] == "a"
    assert found["a"].dirty == ()
    assert inspection.notes == ["create of b: recorded as live", "update of a: recorded as live"]


@pytest.mark.parametrize(("code", "known"), [("RequestTokenNotFoundException", False), ("AccessDeniedException", True)])
async def test_only_a_request_that_aws_has_forgotten_is_looked_for_otherwise(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch, code: str, *, known: bool
) -> None:
    async def refuses(*_: object) -> None:
        raise ServiceError(code, "no", status=400)

    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = _long_ago(services, topic, Operation.UPDATE, attempted=("/DisplayName",), request_token="forgotten")
    monkeypatch.setattr(services.control, "status", refuses)
    if known:
        with pytest.raises(ServiceError, match="no"):
            await recovery.inspect_journal(state([topic], [entry]), services)
        return
    inspection = await recovery.inspect_journal(state([topic], [entry]), services)

    assert inspection.snapshot.records[0].dirty == ("/DisplayName",)
    assert inspection.notes == ["update of a: its outcome is unknown, so its resource is read again"]


async def test_a_create_is_sent_again_only_while_aws_remembers_its_token(services: Services) -> None:
    now = services.control.now(create(services).target)
    young = create(services, created_at=now - RESEND_AGE + 60.0)
    old = create(services, created_at=now - RESEND_AGE - 60.0)

    assert (await recovery.inspect_journal(state(journal=[young]), services)).resumes == {"a": young}
    with pytest.raises(NeedsHuman, match="24 hours old"):
        await raise_undecided(state(journal=[old]), services)


async def test_a_create_of_another_principal_is_not_sent_again(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")

    with pytest.raises(NeedsHuman, match=r"sent by .*somebody-else"):
        await raise_undecided(state(journal=[entry]), services)
    caller = await services.control.caller(entry.target)
    own = replace(entry, principal=caller.arn)
    assert (await recovery.inspect_journal(state(journal=[own]), services)).resumes == {"a": own}


@pytest.mark.parametrize(("role", "same"), [("deployer", True), ("auditor", False)])
async def test_any_session_of_the_role_that_sent_a_create_sends_it_again_but_no_other_role(
    services: Services, monkeypatch: pytest.MonkeyPatch, role: str, *, same: bool
) -> None:
    async def caller(target: Target) -> Caller:
        return Caller(target.account, f"arn:aws:sts::{target.account}:assumed-role/{role}/run", "aws")

    monkeypatch.setattr(services.control, "caller", caller)
    for session in ("run", "run-before"):
        sender = f"arn:aws:sts::{HERE.account}:assumed-role/deployer/{session}"
        entry = create(services, principal=sender)
        if same:
            assert (await recovery.inspect_journal(state(journal=[entry]), services)).resumes == {"a": entry}
        else:
            with pytest.raises(NeedsHuman, match=rf"sent by .*{session}"):
                await raise_undecided(state(journal=[entry]), services)


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
            await raise_undecided(state(journal=[entry]), services)
        return
    inspection = await recovery.inspect_journal(state(journal=[entry]), services)
    assert [one.identifier for one in inspection.snapshot.records] == identifiers


async def test_a_listed_request_for_another_document_is_never_the_entrys(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    other = record(VPC, key="b", declared={"CidrBlock": "10.9.0.0/16"})
    await sent(entry_of(Operation.CREATE, other, services), services)
    await asyncio.sleep(10.0)

    with pytest.raises(NeedsHuman):
        await raise_undecided(state(journal=[entry]), services)


async def test_a_listed_request_whose_resource_is_recorded_is_never_another_entrys(services: Services) -> None:
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")
    await sent(create(services), services)
    await asyncio.sleep(10.0)
    identifier = (await services.control.requests(entry.target)).events[0].identifier or ""
    other = record(VPC, identifier, key="b", declared=VPC_DOCUMENT)

    with pytest.raises(NeedsHuman):
        await raise_undecided(state([other], [entry]), services)


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


async def test_a_resumed_update_that_fails_leaves_its_record_dirty(world: World) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    world.cloud.faults.add(Fault("fail", operation="UPDATE", count=1, options={"code": "AccessDenied"}))
    async with running(world) as run:
        entry = entry_of(Operation.UPDATE, topic, run.services, attempted=("/DisplayName",))
        event = await sent(entry, run.services)
        entry = replace(entry, request_token=event.request_token, requested_at=entry.created_at)
        await run.commit(PutRecord(topic), PutEntry(entry))
        await recovery.resume(run, entry, await run.services.store.read())
        snapshot = await run.services.store.read()

    assert [one.dirty for one in snapshot.records] == [("/DisplayName",)]
    assert snapshot.journal == ()


async def test_a_resumed_replacement_ends_the_older_generation(world: World) -> None:
    old = record(VPC, "vpc-old", declared={"CidrBlock": "10.1.0.0/16"})
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT, generation=1), run.services)
        await run.commit(PutRecord(old), PutEntry(entry))
        await recovery.resume(run, entry, await run.services.store.read())
        snapshot = await run.services.store.read()

    assert {one.generation: one.current for one in snapshot.records} == {0: False, 1: True}


async def test_a_request_that_has_ended_is_not_running_although_it_is_listed(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",))
    await sent(entry, services)
    await asyncio.sleep(10.0)
    listed = CloudControl.requests

    async def unfiltered(control: CloudControl, target: Target, token: str | None, **_: object) -> RequestPage:
        return await listed(control, target, token)

    monkeypatch.setattr(CloudControl, "requests", unfiltered)
    inspection = await recovery.inspect_journal(state([topic], [entry]), services)

    assert inspection.resumes == {}
    assert inspection.snapshot.records[0].dirty == ("/DisplayName",)


async def test_a_create_from_before_the_entry_is_never_the_entrys(services: Services) -> None:
    await sent(create(services), services)
    await asyncio.sleep(120.0)
    entry = create(services, principal="arn:aws:iam::000000000000:user/somebody-else")

    with pytest.raises(NeedsHuman):
        await raise_undecided(state(journal=[entry]), services)


async def test_another_kind_of_request_is_never_the_entrys_create(world: World, services: Services) -> None:
    made = record(identifier=put(world, TOPIC, {"TopicName": "a"}), declared={"TopicName": "a"})
    stranger = "arn:aws:iam::000000000000:user/somebody-else"
    entry = entry_of(Operation.CREATE, replace(made, identifier=""), services, principal=stranger)
    await sent(entry_of(Operation.UPDATE, made, services, attempted=("/DisplayName",)), services)
    await asyncio.sleep(10.0)

    with pytest.raises(NeedsHuman):
        await raise_undecided(state(journal=[entry]), services)


async def test_what_remains_of_the_time_in_which_a_last_request_may_arrive_is_waited_out(
    world: World, services: Services
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    latest = UNSENT_LIMIT + unanswered.DELIVERY
    ages = {latest - 0.5: 0.5, latest + 1.0: 0.0, 0.0: unanswered.DELIVERY}
    for age, waited in ages.items():
        began = services.control.now(topic.target)
        entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",), created_at=began - age)
        await recovery.inspect_journal(state([topic], [entry]), services)

        assert services.control.now(topic.target) - began == pytest.approx(waited, abs=0.01)


async def test_a_request_with_a_token_that_has_not_ended_is_followed_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path, clock=VirtualClock(), operation_time=60.0)
    async with opened(world) as runtime:
        topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
        entry = entry_of(Operation.UPDATE, topic, runtime.services, attempted=("/DisplayName",))
        event = await sent(entry, runtime.services)
        known = replace(entry, request_token=event.request_token)
        began = runtime.services.control.now(topic.target)
        inspection = await recovery.inspect_journal(state([topic], [known]), runtime.services)

        assert runtime.services.control.now(topic.target) - began < unanswered.DELIVERY
    assert inspection.resumes == {"a": known}
    assert inspection.changes == []


async def test_a_delete_that_has_ended_drops_its_record_and_says_so(world: World, services: Services) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = entry_of(Operation.DELETE, topic, services)
    event = await sent(entry, services)
    await asyncio.sleep(10.0)
    known = replace(entry, request_token=event.request_token)
    inspection = await recovery.inspect_journal(state([topic], [known]), services)

    assert inspection.snapshot.records == ()
    assert inspection.notes == ["delete of a: the resource no longer exists"]


async def test_a_resumed_update_that_succeeds_leaves_its_record_clean(world: World) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    async with running(world) as run:
        entry = entry_of(Operation.UPDATE, topic, run.services, attempted=("/DisplayName",))
        event = await sent(entry, run.services)
        entry = replace(entry, request_token=event.request_token, requested_at=entry.created_at)
        await run.commit(PutRecord(topic), PutEntry(entry))
        await recovery.resume(run, entry, await run.services.store.read())
        snapshot = await run.services.store.read()

    assert [(one.dirty, one.observed["DisplayName"]) for one in snapshot.records] == [((), "x")]
    assert snapshot.journal == ()


async def test_a_resumed_delete_drops_its_record(world: World) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    async with running(world) as run:
        entry = entry_of(Operation.DELETE, topic, run.services)
        event = await sent(entry, run.services)
        entry = replace(entry, request_token=event.request_token, requested_at=entry.created_at)
        await run.commit(PutRecord(topic), PutEntry(entry))
        await recovery.resume(run, entry, await run.services.store.read())
        snapshot = await run.services.store.read()

    assert (snapshot.records, snapshot.journal) == ((), ())


async def test_a_create_may_be_sent_again_until_exactly_the_end_of_its_day(services: Services) -> None:
    now = services.control.now(create(services).target)
    entry = create(services, created_at=now - RESEND_AGE)
    assert now - entry.created_at == RESEND_AGE, "the clock of these tests has no fractions"

    assert (await recovery.inspect_journal(state(journal=[entry]), services)).resumes == {"a": entry}


async def test_an_entry_whose_requests_cant_be_listed_stays_until_exactly_the_end_of_its_longest_time(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object, **__: object) -> None:
        raise ServiceError("AccessDeniedException", "no", status=400)

    monkeypatch.setattr(services.control, "requests", refuses)
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    longest = UNSENT_LIMIT + services.catalog.get(TOPIC).timeout("UPDATE")
    for age, stays in ((longest, True), (longest + 1.0, False)):
        began = services.control.now(topic.target)
        entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",), created_at=began - age)
        assert began - entry.created_at == age, "the clock of these tests has no fractions"
        inspection = await recovery.inspect_journal(state([topic], [entry]), services)

        assert bool(inspection.snapshot.journal) == stays
        assert inspection.snapshot.records[0].dirty == ("/DisplayName",)


@pytest.mark.parametrize(
    ("lives", "note"), [(True, "it changed nothing"), (False, "the resource no longer exists")], ids=["lives", "gone"]
)
async def test_a_read_says_what_a_delete_without_an_answer_did(
    world: World, services: Services, note: str, *, lives: bool
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    if not lives:
        world.cloud.remove(topic.target.account, topic.target.region, TOPIC, topic.identifier)
    entry = _long_ago(services, topic, Operation.DELETE)
    inspection = await recovery.inspect_journal(state([topic], [entry]), services)

    assert inspection.snapshot.records == ((topic,) if lives else ())
    assert inspection.snapshot.journal == ()
    assert inspection.notes == [f"delete of a: {note}"]


async def test_an_update_without_an_answer_stays_dirty_though_a_read_finds_nothing(
    world: World, services: Services
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    world.cloud.remove(topic.target.account, topic.target.region, TOPIC, topic.identifier)
    entry = _long_ago(services, topic, Operation.UPDATE, attempted=("/DisplayName",))
    inspection = await recovery.inspect_journal(state([topic], [entry]), services)

    assert [one.dirty for one in inspection.snapshot.records] == [("/DisplayName",)]
    without = await recovery.inspect_journal(state([], [entry]), services)
    assert (without.snapshot.records, without.snapshot.journal) == ((), ())


async def test_an_unanswered_update_is_read_again_until_exactly_the_time_at_which_it_can_arrive_last(
    world: World, services: Services
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    for age, stays in ((LAST_ARRIVAL, True), (LAST_ARRIVAL + 1.0, False)):
        now = services.control.now(topic.target)
        entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",), created_at=now - age)
        inspection = await recovery.inspect_journal(state([topic], [entry]), services)

        assert bool(inspection.snapshot.journal) == stays
        assert inspection.snapshot.records[0].dirty == ("/DisplayName",)
        assert ("AWS never answered, and the request may still arrive" in inspection.notes[0]) == stays


async def test_only_one_run_waits_for_the_delivery_and_marks_nothing_twice(world: World, services: Services) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",))
    first = await recovery.inspect_journal(state([topic], [entry]), services)
    (put_record, put_entry) = first.changes
    assert isinstance(put_record, PutRecord)
    assert isinstance(put_entry, PutEntry)
    began = services.control.now(topic.target)
    second = await recovery.inspect_journal(state([put_record.record], [put_entry.entry]), services)

    assert services.control.now(topic.target) - began < 1.0
    assert second.changes == []


async def test_a_late_delete_of_what_was_made_again_marks_the_new_record(world: World, services: Services) -> None:
    made = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = entry_of(Operation.DELETE, made, services)
    await asyncio.sleep(30.0)
    again = replace(made, generation=2, created_at=services.control.now(made.target))
    world.cloud.remove(made.target.account, made.target.region, TOPIC, made.identifier)
    inspection = await recovery.inspect_journal(state([again], [entry]), services)

    assert [(one.generation, one.dirty) for one in inspection.snapshot.records] == [(2, ("",))]
    assert len(inspection.snapshot.journal) == 1


async def test_a_request_that_was_found_running_says_nothing_of_ours(world: World) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    async with running(world) as run:
        entry = entry_of(Operation.UPDATE, topic, run.services, attempted=("/DisplayName",))
        somebody = entry_of(Operation.UPDATE, topic, run.services, client_token="theirs")
        event = await sent(somebody, run.services)
        await run.commit(PutRecord(topic), PutEntry(entry))
        await recovery.resume(run, replace(entry, request_token=event.request_token), await run.services.store.read())
        snapshot = await run.services.store.read()

    assert snapshot.records == (topic,)
    assert snapshot.journal == (entry,)


async def test_what_is_unclear_about_one_request_outlives_the_end_of_a_later_one(
    world: World, services: Services
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    lost = entry_of(Operation.UPDATE, topic, services, id="lost", attempted=("/KmsMasterKeyId",))
    later = entry_of(Operation.UPDATE, topic, services, attempted=("/DisplayName",))
    event = await sent(later, services)
    await asyncio.sleep(10.0)
    known = replace(later, request_token=event.request_token, requested_at=later.created_at)
    for journal in ([lost, known], [known, lost]):
        inspection = await recovery.inspect_journal(state([topic], journal), services)

        assert [one.dirty for one in inspection.snapshot.records] == [("/KmsMasterKeyId",)]
        assert [one.id for one in inspection.snapshot.journal] == ["lost"]
