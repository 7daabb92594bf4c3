"""How a step is decided once more, and what is sent for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import ResourceDescription
from cloudwright.engine.failures import OperationFailed
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.steps import StepRunner
from cloudwright.errors import CloudwrightError, PlanDeviation
from cloudwright.local.faults import Fault
from cloudwright.plan.decision import Decision
from cloudwright.plan.model import Action, Change, Declared, Order
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planned, Planner
from cloudwright.plan.resolution import Resolver
from cloudwright.plan.resolved import ABSENT
from cloudwright.program.declaration import Declaration
from cloudwright.program.reference import Ref
from cloudwright.state.changes import PutRecord
from cloudwright.state.records import RecordStatus
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, put, record
from render_samples import step
from subject_kit import context_of, subject_of, work_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.engine.run import DeployRun
    from cloudwright.state.records import Record

ROLE = "AWS::IAM::Role"
TRUST = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock())


async def runner_of(run: DeployRun, records: list[Record] | None = None, **more: Any) -> StepRunner:
    held = records or []
    await run.commit_all([PutRecord(one) for one in held])
    run.set_records(held)
    context = context_of(held, **more)
    return StepRunner(
        run=run,
        context=context,
        planner=Planner(context),
        resolver=Resolver(context=context, lookup=lambda _: "new", make_name=lambda key, _: key),
        value=lambda _: "new",
        lifecycle=Lifecycle(run),
        records={one.id: one for one in held},
    )


def declared(key: str = "a", type_name: str = TOPIC, **document: Any) -> Declaration:
    return Declaration(key=key, type=type_name, document=document)


async def state_of(run: DeployRun) -> dict[tuple[str, int], Record]:
    return {one.id: one for one in (await run.services.store.read()).records}


@pytest.mark.parametrize(
    ("type_name", "document", "action", "changed"),
    [
        (ROLE, TRUST, Action.CREATE, True),
        (ROLE, TRUST, Action.NONE, False),
        (TOPIC, {"TopicName": "t"}, Action.CREATE, False),
    ],
)
async def test_only_a_written_role_or_policy_may_explain_a_missing_permission(
    run: DeployRun, type_name: str, document: dict[str, Any], action: Action, *, changed: bool
) -> None:
    runner = await runner_of(run)
    subject = subject_of(document, type_name)
    await runner.carry_out(
        step("a", action, type=type_name, desired=subject.masked), declared("a", type_name, **document)
    )

    assert run.iam_changed == changed


async def test_a_reference_whose_value_changed_is_named(run: DeployRun) -> None:
    runner = await runner_of(run)
    runner.planner.existing["b"] = ResourceDescription("b", {"DisplayName": "old"})
    runner.planner.declared["b"] = Declared(key="b", type=TOPIC, target=HERE, properties={})
    planned = step("a", Action.CREATE, type=TOPIC, desired={"DisplayName": "old"})

    with pytest.raises(PlanDeviation, match="DisplayName of b was expected to keep its value"):
        runner._work(planned, declared(DisplayName=Ref("b", ("DisplayName",))))


async def test_a_request_of_an_earlier_run_is_not_decided_again(run: DeployRun) -> None:
    runner, resume = await runner_of(run), step("a", Action.RESUME, type=TOPIC, desired={"TopicName": "t"})
    decision = Decision(action=Action.CREATE)
    runner.planner.planned["a"] = Planned(subject=subject_of(), decision=decision, step=resume)

    assert runner._work(resume, declared(TopicName="t")).decision.action is Action.RESUME


@pytest.mark.parametrize(
    ("present", "planned", "decided"),
    [
        ("old", (Action.UPDATE, 0, None), (Action.REPLACE, 4, Order.CREATE_FIRST)),
        ("new", (Action.UPDATE, 0, None), (Action.UPDATE, 0, None)),
        ("old", (Action.REPLACE, 9, Order.CREATE_FIRST), (Action.REPLACE, 9, Order.CREATE_FIRST)),
    ],
)
async def test_an_update_that_turned_out_as_a_replacement_makes_the_next_generation(
    run: DeployRun,
    present: str,
    planned: tuple[Action, int, Order | None],
    decided: tuple[Action, int, Order | None],
) -> None:
    made = record(identifier="arn:one", declared={"TopicName": present}, generation=3)
    runner = await runner_of(run, [made], options=PlanOptions(allow_replace=("a",)))
    action, generation, order = planned
    showed = step("a", action, type=TOPIC, may_replace=action is Action.UPDATE, generation=generation, order=order)
    work = runner._decided(showed, subject_of({"TopicName": "new", "DisplayName": "x"}))

    assert (work.step.action, work.step.generation, work.step.order) == decided


@pytest.mark.parametrize(
    ("order", "held", "known", "torn"),
    [
        (Order.DELETE_FIRST, False, True, True),
        (Order.DELETE_FIRST, True, True, False),
        (Order.CREATE_FIRST, False, True, False),
        (Order.DELETE_FIRST, False, False, False),
    ],
)
async def test_an_old_half_is_gone_once_its_record_is(
    run: DeployRun, order: Order, *, held: bool, known: bool, torn: bool
) -> None:
    old = record(identifier="one")
    runner = await runner_of(run, [old] if held else [])

    assert runner._torn_down(step("a", Action.REPLACE, order=order), old if known else None) == torn


async def test_a_record_moves_to_its_new_key_before_anything_is_sent(world: World, run: DeployRun) -> None:
    document = {"TopicName": "t", "DisplayName": "old"}
    old = record(identifier=put(world, TOPIC, document), key="old", declared=document)
    runner = await runner_of(run, [old])
    subject = subject_of({"TopicName": "t", "DisplayName": "new"})
    await runner._act(work_of(subject, Change("/DisplayName", "replace", "old", "new"), record=old))

    assert [*(await state_of(run))] == [("a", 0)]
    assert [*runner.records] == [("a", 0)]
    serial = (await run.services.store.read()).serial
    same = record(identifier="one")
    assert await runner._rekeyed(work_of(subject), same) is same
    assert (await run.services.store.read()).serial == serial


async def test_a_doubtful_record_is_adopted_not_replaced(world: World, run: DeployRun) -> None:
    document = {"TopicName": "t"}
    doubtful = record(identifier=put(world, TOPIC, document), declared=document, status=RecordStatus.DOUBTFUL)
    runner = await runner_of(run, [doubtful])
    runner.planner.found["a"] = ResourceDescription(doubtful.identifier, document)
    done = await runner._act(work_of(subject_of(document), action=Action.IMPORT, record=doubtful))

    assert done.record is not None
    assert (done.record.status, done.record.identifier) == (RecordStatus.LIVE, doubtful.identifier)
    assert len(world.cloud.resources()) == 1


@pytest.mark.parametrize(
    ("may_replace", "code", "protect", "replaced"),
    [
        (True, "NotUpdatable", False, True),
        (True, "AccessDenied", False, False),
        (False, "NotUpdatable", False, False),
        (True, "NotUpdatable", True, False),
    ],
)
async def test_an_update_is_replaced_only_if_that_was_shown_and_the_service_cannot_update(
    world: World, run: DeployRun, code: str, *, may_replace: bool, protect: bool, replaced: bool
) -> None:
    document = {"DisplayName": "old"}
    old = record(identifier=put(world, TOPIC, document), declared=document, protect=protect)
    runner = await runner_of(run, [old])
    world.cloud.faults.add(Fault("fail", operation="UPDATE", options={"code": code}))
    change = Change("/DisplayName", "replace", "old", "new")
    work = work_of(subject_of({"DisplayName": "new"}), change, record=old, may_replace=may_replace)
    if replaced:
        done = await runner._act(work)
        assert done.record is not None
        assert done.record.id == ("a", 1)
        return
    with pytest.raises(OperationFailed):
        await runner._act(work)
    assert [*(await state_of(run))] == [("a", 0)]


async def test_only_records_of_what_a_read_found_deleted_are_dropped(run: DeployRun) -> None:
    gone, there, unread = (record(identifier=f"arn:{number}", generation=number) for number in range(3))
    runner = await runner_of(run, [gone, there, unread], live={gone.id: ABSENT, there.id: {"TopicName": "t"}})
    await runner._forget_vanished("a")

    assert [*(await state_of(run))] == [there.id, unread.id] == [*runner.records]


async def test_what_no_step_can_do_is_an_error(run: DeployRun) -> None:
    runner = await runner_of(run)
    for action in (Action.RESUME, Action.UPDATE, Action.REPLACE):
        with pytest.raises(CloudwrightError, match="there is nothing left to"):
            await runner._act(work_of(subject_of(), action=action))
