"""Which deletes come before the end of a run, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.engine.current_records import CurrentRecords
from cloudwright.engine.early_deletes import EarlyDeletes
from cloudwright.engine.executor import Executor
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.plan.model import Action, Order, Plan
from cloudwright.plan.options import PlanOptions
from cloudwright.program.declaration import Declaration
from cloudwright.program.reference import Ref
from cloudwright.state.changes import PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import TOPIC, put, record
from render_samples import step
from subject_kit import context_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.model import Step
    from cloudwright.state.records import Record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock())


@dataclass
class Prepared:
    early: EarlyDeletes
    executor: Executor


async def prepared(
    run: DeployRun, records: list[Record], *steps: Step, planned: dict[str, Declaration] | None = None, **options: Any
) -> Prepared:
    await run.commit(*map(PutRecord, records))
    context, executor, declared = context_of(records, options=PlanOptions(**options)), Executor(), planned or {}
    early = EarlyDeletes(
        run=run,
        plan=Plan(app="test", stage="dev", serial=1, digest="", steps=steps),
        context=context,
        planned=declared,
        steps={one.key: one for one in steps if one.key in declared},
        records=CurrentRecords(context),
        executor=executor,
        lifecycle=Lifecycle(run),
    )
    return Prepared(early, executor)


def step_of(one: Record, action: Action, **more: Any) -> Step:
    return step(one.key, action, type=one.type, identifier=one.identifier, generation=one.generation, **more)


def topics(world: World, *keys: str) -> list[Record]:
    return [record(identifier=put(world, TOPIC, {"TopicName": key}), key=key) for key in keys]


async def test_only_records_that_the_plan_deletes_and_the_state_holds_are_deleted(world: World, run: DeployRun) -> None:
    a, b, c = topics(world, "a", "b", "c")
    steps = (step_of(a, Action.DELETE), step_of(b, Action.FORGET), step_of(c, Action.DELETE))
    early = (await prepared(run, [a, b], *steps)).early
    assert [one.key for one in early.removed()] == ["a"]

    early.records.pop(a.id)
    assert list(early.removed()) == []


async def test_what_is_to_be_deleted_first_is_deleted_and_nothing_else(world: World, run: DeployRun) -> None:
    a, b = topics(world, "a", "b")
    steps = (step_of(a, Action.DELETE), step_of(b, Action.DELETE))
    made = await prepared(run, [a, b], *steps, delete_first=("a",))
    made.early.add_first()
    outcomes = await made.executor.drain()

    assert [one.key for one in outcomes] == ["a"]
    (first,) = made.early.first
    assert (await made.executor.wait(first)).status == "done"
    assert [one.properties["TopicName"] for one in world.cloud.resources()] == ["b"]


async def test_without_a_wish_nothing_is_deleted_first(world: World, run: DeployRun) -> None:
    (a,) = topics(world, "a")
    made = await prepared(run, [a], step_of(a, Action.DELETE))
    made.early.add_first()

    assert await made.executor.drain() == ()
    assert made.early.first == frozenset()


@pytest.mark.parametrize(("order", "waits"), [(Order.DELETE_FIRST, True), (Order.CREATE_FIRST, False)])
async def test_a_teardown_waits_for_the_teardowns_of_what_refers_to_it(
    world: World, run: DeployRun, order: Order, *, waits: bool
) -> None:
    a, b = topics(world, "a", "b")
    planned = {
        "a": Declaration(key="a", type=TOPIC, document={"TopicName": "a"}),
        "b": Declaration(key="b", type=TOPIC, document={"DisplayName": Ref("a", ("TopicName",))}),
    }
    steps = step_of(a, Action.REPLACE, order=Order.DELETE_FIRST), step_of(b, Action.REPLACE, order=order)
    made = await prepared(run, [a, b], *steps, planned=planned)
    made.early.add_teardown(steps[0], planned["a"])
    if waits:
        assert made.executor.running == ()
        assert len(world.cloud.resources()) == 2
        made.early.add_teardown(steps[1], planned["b"])
    outcomes = await made.executor.drain()

    assert {one.status for one in outcomes} == {"done"}
    assert len(world.cloud.resources()) == (0 if waits else 1)
