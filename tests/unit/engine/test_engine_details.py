"""Details of a run that larger tests pass by: what is deleted early and once, what an action keeps, what is counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.diff.patch_operations import PatchOp
from cloudwright.engine.actions import ActionRunner
from cloudwright.engine.audit import ended_requests
from cloudwright.engine.convergence import WrittenPaths, converged, sent_by_update
from cloudwright.engine.current_records import CurrentRecords
from cloudwright.engine.deletes import Deletions
from cloudwright.engine.deviation import check_decision
from cloudwright.engine.early_deletes import EarlyDeletes
from cloudwright.engine.executor import Executor, WorkItem
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.errors import ActionFailed, PlanDeviation
from cloudwright.plan.actions import ResolvedAction
from cloudwright.plan.decision import Decision
from cloudwright.plan.model import Action, Change, Order, Plan
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planner
from cloudwright.program.action import WrongArgument
from cloudwright.program.declaration import ActionSpec, Declaration
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.changes import DropEntry, PutRecord
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, entry_of, put, record
from render_samples import step
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.model import Step
    from cloudwright.state.records import Record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock())


def topics(world: World, *keys: str) -> list[Record]:
    return [record(identifier=put(world, TOPIC, {"TopicName": key}), key=key) for key in keys]


def step_of(one: Record, action: Action, **more: Any) -> Step:
    return step(one.key, action, type=one.type, identifier=one.identifier, generation=one.generation, **more)


def plan_of(*steps: Step) -> Plan:
    return Plan(app="test", stage="dev", serial=1, digest="", steps=steps)


@pytest.mark.parametrize("first", [(), ("b",)])
async def test_what_refers_to_a_torn_down_resource_is_deleted_before_it_and_once(
    world: World, run: DeployRun, first: tuple[str, ...]
) -> None:
    a, b = topics(world, "a", "b")
    b = replace(b, depends_on=("a",))
    await run.commit(PutRecord(a), PutRecord(b))
    declaration = Declaration(key="a", type=TOPIC, document={"TopicName": "a"})
    steps = step_of(a, Action.REPLACE, order=Order.DELETE_FIRST), step_of(b, Action.DELETE)
    context, executor = context_of([a, b], options=PlanOptions(delete_first=first)), Executor()
    early = EarlyDeletes(
        run=run,
        plan=plan_of(*steps),
        context=context,
        planned={"a": declaration},
        steps={"a": steps[0]},
        records=CurrentRecords(context),
        executor=executor,
        lifecycle=Lifecycle(run),
    )
    early.add_first()
    early.add_teardown(steps[0], declaration)
    await executor.drain()

    deleted = [request.identifier for request in world.cloud.requests() if request.operation == "DELETE"]
    assert deleted == [b.identifier, a.identifier]


async def test_a_record_is_deleted_or_forgotten_as_the_plan_says(world: World, run: DeployRun) -> None:
    a, b = topics(world, "a", "b")
    await run.commit(PutRecord(a), PutRecord(b))
    context = context_of([a, b])
    plan = plan_of(step_of(a, Action.DELETE), step_of(b, Action.FORGET))
    outcomes = await Deletions(run, context, Executor()).delete_leftovers(plan, {one.id: one for one in (a, b)})

    assert [(one.key, one.action, one.status) for one in outcomes] == [
        ("a", Action.DELETE, Status.DONE),
        ("b", Action.FORGET, Status.DONE),
    ]
    assert [one.identifier for one in world.cloud.resources()] == [b.identifier]


async def test_only_nodes_that_have_ended_have_outcomes() -> None:
    released, executor = asyncio.Event(), Executor()
    done = Outcome(key="a", type=TOPIC, action=Action.CREATE, status=Status.DONE)

    async def work() -> Outcome:
        await released.wait()
        return done

    executor.add(WorkItem(id="a", needs=frozenset(), run=work, template=done))
    assert executor.outcomes == ()
    released.set()
    assert await executor.drain() == (done,)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((Change("/TopicName", "replace", forces=True),), "but /TopicName would make it a replace"),
        ((Change("/DisplayName", "replace"),), "but its values would make it a replace"),
    ],
)
def test_an_unplanned_replacement_names_what_forces_it(changes: tuple[Change, ...], words: str) -> None:
    with pytest.raises(PlanDeviation, match=words):
        check_decision(step("a"), subject_of(), Decision(action=Action.REPLACE, changes=changes), None, ())


@pytest.mark.parametrize(
    ("written", "named", "known"), [("new", None, "new"), (None, "sent", "sent"), (None, None, "drafted")]
)
async def test_the_audit_names_the_resource_as_it_is_called_now(
    run: DeployRun, written: str | None, named: str | None, known: str
) -> None:
    drafted = record(identifier="drafted")
    entry = replace(entry_of(Operation.UPDATE, drafted, run.services), identifier=named)
    records = [PutRecord(replace(drafted, identifier=written))] if written else []
    (line,) = ended_requests({entry.id: entry}, [*records, DropEntry(entry.id)], 1.0)

    assert line.line.identifier == known


def test_a_request_removed_only_what_it_took_away() -> None:
    before = record(declared={"TopicName": "t", "DisplayName": "old", "KmsMasterKeyId": "k"})
    live = {"TopicName": "t", "DisplayName": "old", "KmsMasterKeyId": "k"}
    patch = [PatchOp("replace", ("DisplayName",), "new"), PatchOp("remove", ("KmsMasterKeyId",))]
    sent = sent_by_update(subject_of({"TopicName": "t", "DisplayName": "new"}), before, live, patch)

    assert sent.places == (("DisplayName",),)
    assert sent.removed == {(("KmsMasterKeyId",), "remove")}


def test_a_value_that_earlier_reads_returned_is_missing_and_not_one_that_reads_never_return() -> None:
    subject, sent = subject_of({"TopicName": "t", "DisplayName": "d"}), WrittenPaths((("TopicName",), ("DisplayName",)))
    draft = record(declared={"TopicName": "t"})
    never = converged(subject, sent, {"TopicName": "t"}, draft)
    once = converged(subject, sent, {"TopicName": "t"}, draft, earlier=lambda: [{"DisplayName": "x"}])

    assert (never.absent, never.missing) == ((("DisplayName",),), ())
    assert (once.absent, once.missing) == ((), ("/DisplayName",))


# -- actions


def action(*, once: bool = False, error: Exception | None = None) -> ResolvedAction:
    async def call(_: Any, __: Any) -> None:
        if error is not None:
            raise error

    spec = ActionSpec(when="changed", once=once, after=("table",), runs_locally=True, call=call, result=None)
    declaration = Declaration(key="act", type=ActionSpec.TYPE, document={}, action=spec)
    return ResolvedAction(declaration=declaration, spec=spec, target=HERE, arguments={}, masked={})


def runner_of(run: DeployRun, present: Record | None) -> ActionRunner:
    context = context_of()
    return ActionRunner(
        run=run,
        context=context,
        planner=Planner(context),
        value=lambda _: None,
        deployed=lambda _: present,
        simulated=True,
    )


async def test_a_run_that_is_repeated_for_the_same_cause_keeps_its_token(run: DeployRun) -> None:
    table = record(identifier="table", key="table")
    runner = runner_of(run, table)
    first = runner._opened(action(), None)
    assert (first.succeeded_at, first.result) == (0.0, {})

    failed = replace(first, status=ActionStatus.FAILED)
    assert runner._opened(action(), failed).token == first.token
    assert runner._opened(action(), replace(first, status=ActionStatus.DONE)).token != first.token
    assert runner._opened(action(), replace(failed, arguments={"A": 1})).token != first.token
    other = runner_of(run, replace(table, updated_at=5.0))
    assert other._opened(action(), failed).token != first.token


@pytest.mark.parametrize(
    ("error", "once", "status"),
    [
        (WrongArgument("no number"), True, ActionStatus.FAILED),
        (ValueError("broken"), True, ActionStatus.UNCLEAR),
        (ValueError("broken"), False, ActionStatus.FAILED),
    ],
)
async def test_an_action_that_certainly_did_nothing_may_run_again(
    run: DeployRun, error: Exception, status: ActionStatus, *, once: bool
) -> None:
    with pytest.raises(ActionFailed):
        await runner_of(run, None)._run(action(once=once, error=error), None)
    (kept,) = (await run.services.store.read()).actions

    assert isinstance(kept, ActionRecord)
    assert kept.status is status
