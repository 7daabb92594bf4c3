from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.engine.deletes import Deletions, approved
from cloudwright.engine.executor import Executor
from cloudwright.plan.context import PlanContext
from cloudwright.plan.model import Action, Order, Plan
from cloudwright.state.changes import PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, put, record, running
from render_samples import step

if TYPE_CHECKING:
    from pathlib import Path

OLD = record(identifier="topic-old")


def plan(action: Action, identifier: str | None, **more: object) -> Plan:
    wanted = replace(step("a", action), identifier=identifier, target=HERE, **more)  # type: ignore[arg-type]
    return Plan(app="test", stage="dev", serial=1, digest="", steps=(wanted,))


@pytest.mark.parametrize("action", [Action.DELETE, Action.FORGET])
def test_only_the_resource_that_the_plan_showed_leaves(action: Action) -> None:
    shown = approved(plan(action, "topic-old"), {OLD.id: OLD})
    assert [each.record for each in shown] == [OLD]

    assert approved(plan(action, "topic-other"), {OLD.id: OLD}) == []
    assert approved(plan(action, "topic-old", generation=1), {OLD.id: OLD}) == []


def test_of_a_replacement_only_the_old_half_that_the_plan_showed_leaves() -> None:
    new = replace(OLD, generation=1, identifier="topic-new")
    records = {one.id: one for one in (OLD, new)}
    replacement = plan(Action.REPLACE, "topic-old", order=Order.CREATE_FIRST)
    assert [each.record for each in approved(replacement, records)] == [OLD]

    assert approved(plan(Action.REPLACE, "topic-other", order=Order.CREATE_FIRST), records) == []
    assert approved(replacement, {OLD.id: OLD}) == []


def test_of_a_replacement_that_deletes_first_nothing_is_left_to_delete() -> None:
    new = replace(OLD, generation=1, identifier="topic-new")
    replacement = plan(Action.REPLACE, "topic-old", order=Order.DELETE_FIRST)

    assert approved(replacement, {one.id: one for one in (OLD, new)}) == []


async def _left(folder: Path, action: Action, *users: str) -> list[str]:
    """The topics that are left when the old half of `a` was to be removed, which others may refer to."""
    world = World(folder, clock=VirtualClock(), operation_time=5.0)
    old, new = (put(world, TOPIC, {"TopicName": name}) for name in ("old", "new"))
    halves = (record(identifier=old), record(identifier=new, generation=1))
    rest = (record("AWS::SNS::Subscription", f"of-{key}", key=key, declared={"TopicArn": old}) for key in users)
    records = {one.id: one for one in (*halves, *rest)}
    async with running(world) as run:
        await run.commit(*map(PutRecord, records.values()))
        services = run.services
        context = PlanContext(
            snapshot=await services.store.read(), catalog=services.catalog, fingerprint=services.sealing.fingerprint
        )
        wanted = plan(action, old, order=Order.CREATE_FIRST)
        await Deletions(run, context, Executor()).delete_leftovers(wanted, records)
    return [one.identifier.rpartition(":")[2] for one in world.cloud.resources()]


async def test_the_old_half_of_a_replacement_stays_while_a_kept_resource_refers_to_it(tmp_path: Path) -> None:
    assert await _left(tmp_path / "free", Action.REPLACE) == ["new"]
    assert await _left(tmp_path / "used", Action.REPLACE, "b") == ["old", "new"]


async def test_a_planned_delete_is_done_though_a_kept_resource_names_it(tmp_path: Path) -> None:
    assert await _left(tmp_path, Action.DELETE, "b") == ["new"]
