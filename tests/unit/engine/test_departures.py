"""How a record ends: a delete only of what nobody else has, and only in the account that was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.callers import Caller
from cloudwright.engine.deletes import RecordRemoval, remaining_of
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.errors import WrongAccount
from cloudwright.local.faults import Fault
from cloudwright.plan.context import PlanContext
from cloudwright.plan.model import Action
from cloudwright.state.changes import PutRecord
from dead_runs import TOPIC, put, record, running

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.records import Record

TEMPLATE = Outcome(key="a", type=TOPIC, action=Action.DELETE, status=Status.SKIPPED)


async def end(run: DeployRun, removed: Record, *kept: Record) -> Outcome:
    services = run.services
    context = PlanContext(
        snapshot=await services.store.read(), catalog=services.catalog, fingerprint=services.sealing.fingerprint
    )
    return await RecordRemoval(run, Lifecycle(run)).end(removed, TEMPLATE, remaining_of(kept, context))


async def test_a_resource_of_two_records_is_not_deleted_with_one_of_them(world: World) -> None:
    removed = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    twin = replace(removed, key="b")
    async with running(world) as run:
        await run.commit(PutRecord(removed), PutRecord(twin))
        outcome = await end(run, removed, twin)
        left = (await run.services.store.read()).records

    assert outcome.action is Action.FORGET
    assert [one.key for one in left] == ["b"]
    assert len(world.cloud.resources()) == 1


async def test_nothing_is_deleted_with_credentials_of_another_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def caller(target: object) -> Caller:
        return Caller("999999999999", "arn:aws:iam::999999999999:user/ada", "aws")

    removed = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    async with running(world) as run:
        await run.commit(PutRecord(removed))
        monkeypatch.setattr(run.services.control, "caller", caller)
        with pytest.raises(WrongAccount):
            await end(run, removed)
        left = (await run.services.store.read()).records

    assert [one.key for one in left] == ["a"]
    assert len(world.cloud.resources()) == 1


async def test_a_record_that_is_forgotten_as_planned_needs_no_note(world: World) -> None:
    removed = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    async with running(world) as run:
        await run.commit(PutRecord(removed))
        context = PlanContext(
            snapshot=await run.services.store.read(),
            catalog=run.services.catalog,
            fingerprint=run.services.sealing.fingerprint,
        )
        forget = replace(TEMPLATE, action=Action.FORGET)
        outcome = await RecordRemoval(run, Lifecycle(run)).end(removed, forget, remaining_of([], context))

    assert (outcome.action, outcome.notes) == (Action.FORGET, ())
    assert len(world.cloud.resources()) == 1


async def test_two_spellings_are_two_resources_only_if_both_can_be_read(world: World) -> None:
    removed = record(identifier=put(world, TOPIC, {"TopicName": "a-b"}))
    alike = record(identifier=put(world, TOPIC, {"TopicName": "a_b"}), key="b")
    async with running(world) as run:
        departure = RecordRemoval(run, Lifecycle(run))
        assert await departure._distinct(removed, alike)
        assert not await departure._distinct(removed, replace(removed, key="b"))

        world.cloud.faults.add(Fault("CC94", operation="GetResource"))
        assert not await departure._distinct(removed, alike)


async def test_what_aws_reads_under_either_spelling_is_not_deleted_with_one_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The local cloud keeps spellings apart; some services of AWS don't."""
    removed = record(identifier=put(world, TOPIC, {"TopicName": "a-b"}))
    alike = replace(removed, identifier=removed.identifier.replace("a-b", "A-B"), key="b")
    async with running(world) as run:
        await run.commit(PutRecord(removed), PutRecord(alike))
        exact = run.services.control.lookup
        monkeypatch.setattr(
            run.services.control, "lookup", lambda target, kind, _: exact(target, kind, removed.identifier)
        )
        outcome = await end(run, removed, alike)
        left = (await run.services.store.read()).records

    assert (outcome.action, [one.key for one in left]) == (Action.FORGET, ["b"])
    assert len(world.cloud.resources()) == 1


async def test_what_differs_from_a_kept_resource_in_its_spelling_is_deleted(world: World) -> None:
    removed = record(identifier=put(world, TOPIC, {"TopicName": "a-b"}))
    alike = record(identifier=put(world, TOPIC, {"TopicName": "a_b"}), key="b")
    async with running(world) as run:
        await run.commit(PutRecord(removed), PutRecord(alike))
        outcome = await end(run, removed, alike)

    assert outcome.action is Action.DELETE
    assert [one.identifier for one in world.cloud.resources()] == [alike.identifier]
