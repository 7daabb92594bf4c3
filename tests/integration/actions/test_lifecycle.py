"""When an action runs, what its result becomes, and how a run that did not complete is made good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from cloudwright import ActionContext, Secret, action, scope, secret
from cloudwright.app.key_rotation import rotated
from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import Status
from cloudwright.errors import FindingsStop
from cloudwright.plan.actions import DOUBTFUL
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.provider import Rejected
from cloudwright.secret import MASK
from cloudwright.state import action_edits
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.sealing.keys import FileKeys
from dead_runs import running
from integration.actions.migration import Migration

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.plan.model import Plan, Step
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.changes import StateChange


async def action_record(world: World) -> ActionRecord:
    [record] = (await world.snapshot()).actions
    return record


async def edit(world: World, changes: list[StateChange]) -> None:
    async with running(world) as run:
        await run.commit(*changes)


def step_of(plan: Plan, key: str = "migrate") -> Step:
    return next(step for step in plan.steps if step.key == key)


async def boom(_: str) -> NoReturn:
    raise ConnectionError("the database is away")


async def test_it_runs_once_and_its_result_is_used_by_what_depends_on_it(world: World) -> None:
    migration = Migration()

    plan = await world.plan(migration.program)
    assert [Action.CREATE, Action.RUN, Action.CREATE] == [step.action for step in plan.steps]
    assert ("it has never run",) == step_of(plan).reasons
    result = await world.deploy(migration.program)

    assert result.ok
    assert {"version": 1} == result.outputs
    assert ["v1"] == [one["Value"] for one in world.live("SSM::Parameter")]
    assert ["jobs"] == [name for _, name in migration.calls]


async def test_nothing_changed_so_it_does_not_run_and_its_result_is_kept(world: World) -> None:
    migration = Migration()
    await world.deploy(migration.program)

    plan = await world.plan(migration.program)
    assert plan.empty
    result = await world.deploy(migration.program)

    assert {"version": 1} == result.outputs
    assert 1 == len(migration.calls)


async def test_an_update_of_what_it_follows_runs_it_again_with_a_new_token(world: World) -> None:
    migration = Migration()
    await world.deploy(migration.program)
    migration.delay = 5

    step = step_of(await world.plan(migration.program))
    assert (Action.RUN, False, ("queue is updated",)) == (step.action, step.maybe, step.reasons)
    await world.deploy(migration.program)

    assert 2 == len(set(migration.tokens))
    assert ["v2"] == [one["Value"] for one in world.live("SSM::Parameter")]


async def test_a_changed_argument_runs_it_again_and_the_plan_shows_the_argument(world: World) -> None:
    migration = Migration()
    await world.deploy(migration.program)
    migration.label = "b"

    step = step_of(await world.plan(migration.program))
    assert ("label changed",) == step.reasons
    assert [("/label", "a", "b")] == [(change.path, change.old, change.new) for change in step.changes]
    await world.deploy(migration.program)

    assert 2 == len(migration.calls)


async def test_created_means_new_resources_only(world: World) -> None:
    migration = Migration(when="created", uses=False)
    await world.deploy(migration.program)
    migration.delay, migration.label = 5, "b"
    await world.deploy(migration.program)
    assert 1 == len(migration.calls)

    plan = await world.plan(migration.program, replace=("queue",))
    assert ("queue is replaced",) == step_of(plan).reasons


async def test_always_runs_at_every_deploy_so_a_plan_is_never_empty(world: World) -> None:
    migration = Migration(when="always", uses=False)
    await world.deploy(migration.program)

    plan = await world.plan(migration.program)
    assert not plan.empty
    assert ("it runs at every deploy",) == step_of(plan).reasons
    await world.deploy(migration.program)

    assert 2 == len(set(migration.tokens))


async def test_a_failed_run_is_named_stops_its_dependents_and_is_repeated_with_its_token(world: World) -> None:
    migration = Migration(body=boom)

    result = await world.deploy(migration.program)
    outcomes = {outcome.key: outcome for outcome in result.outcomes}
    assert Status.FAILED is outcomes["migrate"].status
    assert "the action 'migrate' raised ConnectionError: the database is away" == outcomes["migrate"].message
    assert (Status.SKIPPED, "migrate") == (outcomes["version"].status, outcomes["version"].waited_for)
    assert [] == world.live("SSM::Parameter")

    migration.body = Migration().body
    step = step_of(await world.plan(migration.program))
    assert ("the action 'migrate' raised ConnectionError: the database is away",) == step.reasons
    assert (await world.deploy(migration.program)).ok
    assert 1 == len(set(migration.tokens))
    assert 2 == len(migration.calls)


async def test_a_failed_run_whose_cause_has_changed_gets_a_new_token(world: World) -> None:
    migration = Migration(body=boom)
    await world.deploy(migration.program)
    migration.body, migration.label = Migration().body, "b"
    await world.deploy(migration.program)

    assert 2 == len(set(migration.tokens))


async def killed_while_it_runs(world: World, migration: Migration) -> None:
    """End the process in the middle of the action."""
    started = asyncio.Event()

    async def hang(_: str) -> None:
        started.set()
        await asyncio.get_running_loop().create_future()

    calm, migration.body = migration.body, hang
    work = asyncio.ensure_future(world.deploy(migration.program))
    await started.wait()
    work.cancel()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.gather(work, return_exceptions=True)
    migration.body = calm


async def test_the_intent_and_the_token_are_in_the_state_before_the_call(world: World) -> None:
    migration = Migration()
    seen: list[ActionRecord] = []

    async def look(_: str) -> None:
        seen.append(await action_record(world))

    migration.body = look
    await world.deploy(migration.program)

    assert [(ActionStatus.RUNNING, migration.tokens[0])] == [(one.status, one.token) for one in seen]
    assert (ActionStatus.DONE, migration.tokens[0]) == ((now := await action_record(world)).status, now.token)


async def test_an_interrupted_run_that_may_repeat_is_repeated_with_its_token(world: World) -> None:
    migration = Migration()
    await killed_while_it_runs(world, migration)

    plan = await world.plan(migration.program)
    assert ("its last run was interrupted",) == step_of(plan).reasons
    assert (await world.deploy(migration.program)).ok
    assert 1 == len(set(migration.tokens))


async def test_an_interrupted_run_that_must_not_repeat_waits_for_the_user(world: World) -> None:
    migration = Migration(delivery="at-most-once")
    await killed_while_it_runs(world, migration)

    plan = await world.plan(migration.program)
    [found] = [one for one in plan.findings if one.id == DOUBTFUL]
    assert ("error", "migrate") == (found.severity, found.key)
    assert "`cloudwright actions confirm migrate FILE`; if not: `cloudwright actions rerun migrate FILE`" in found.fix
    with pytest.raises(FindingsStop, match="action:doubtful"):
        await world.app(migration.program).deploy()
    # Whoever overrides the finding still gets no second run.
    result = await world.deploy(migration.program)
    assert {"migrate": Status.FAILED, "version": Status.SKIPPED} == {
        one.key: one.status for one in result.outcomes if one.key != "queue"
    }
    assert 1 == len(migration.calls)


async def test_excluding_it_deploys_the_rest(world: World) -> None:
    migration = Migration(delivery="at-most-once")
    await killed_while_it_runs(world, migration)
    migration.delay = 9

    result = await world.app(migration.program).deploy(options=PlanOptions(excludes=("migrate",)))
    assert result.ok, result.failed
    assert [9] == [one["DelaySeconds"] for one in world.live("SQS::Queue")]
    assert 1 == len(migration.calls)


async def test_the_user_confirms_it_and_gives_the_result(world: World) -> None:
    migration = Migration(delivery="at-most-once")
    await killed_while_it_runs(world, migration)
    await edit(world, action_edits.confirm(await world.snapshot(), "migrate", {"version": 7, "table": "jobs"}))

    result = await world.deploy(migration.program)
    assert result.ok
    assert {"version": 7} == result.outputs
    assert 1 == len(migration.calls)


async def test_the_user_asks_for_another_run_which_gets_a_new_token(world: World) -> None:
    migration = Migration(delivery="at-most-once")
    await killed_while_it_runs(world, migration)
    await edit(world, action_edits.rerun(await world.snapshot(), "migrate"))

    plan = await world.plan(migration.program)
    assert ("another run was requested",) == step_of(plan).reasons
    assert (await world.deploy(migration.program)).ok
    assert 2 == len(set(migration.tokens))


async def refuse(_: str) -> NoReturn:
    raise Rejected("the table is locked")


async def test_at_most_once_after_an_exception_is_doubtful_unless_nothing_was_done(world: World) -> None:
    migration = Migration(delivery="at-most-once", body=refuse)
    await world.deploy(migration.program)
    assert "the action 'migrate' did nothing: the table is locked" == (await action_record(world)).note
    assert not (await action_record(world)).doubtful

    migration.body = boom
    await world.deploy(migration.program)
    assert (await action_record(world)).doubtful


async def test_an_update_that_outlives_the_process_still_runs_it(world: World) -> None:
    """The queue is updated, and the process dies before the action's intent is written."""
    migration = Migration(uses=False)
    await world.deploy(migration.program)
    migration.delay = 5
    await world.app(migration.program).deploy(options=PlanOptions(excludes=("migrate",)))

    step = step_of(await world.plan(migration.program))
    assert (Action.RUN, ("queue changed since it last ran",)) == (step.action, step.reasons)


async def test_one_that_the_program_drops_leaves_the_state(world: World) -> None:
    migration = Migration(uses=False)
    await world.deploy(migration.program)

    def without() -> None:
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=0)

    plan = await world.plan(without)
    assert [Action.FORGET] == [step.action for step in plan.changes]
    await world.deploy(without)
    assert () == (await world.snapshot()).actions


async def test_a_resource_that_takes_its_key_is_created_while_it_leaves_the_state(world: World) -> None:
    migration = Migration(uses=False)
    await world.deploy(migration.program)

    def other() -> None:
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=0)
        AWS.SNS.Topic("migrate", TopicName="news")

    assert (await world.deploy(other)).ok
    assert () == (await world.snapshot()).actions
    assert {"queue", "migrate"} == set(await world.records())


async def test_a_destroy_empties_the_state(world: World) -> None:
    migration = Migration()
    await world.deploy(migration.program)
    assert (await world.destroy()).ok

    snapshot = await world.snapshot()
    assert ((), ()) == (snapshot.records, snapshot.actions)


async def test_actions_follow_each_other(world: World) -> None:
    calls: list[str] = []
    label = ["a"]

    def program() -> None:
        @action
        async def first(context: ActionContext, label: str) -> str:
            calls.append(f"first {label}")
            return label

        one = first(label[0])

        @action(after=one)
        async def second(context: ActionContext) -> None:
            calls.append("second")

        second()

    await world.deploy(program)
    await world.deploy(program)
    assert ["first a", "second"] == calls
    label[0] = "b"
    await world.deploy(program)
    assert ["first a", "second", "first b", "second"] == calls


async def test_a_secret_result_is_sealed_and_a_secret_argument_is_a_fingerprint(world: World) -> None:
    given: list[str] = []

    def program() -> None:
        @action
        async def issue(context: ActionContext, password: Secret) -> Secret:
            given.append(password.reveal())
            return secret("the-new-key")

        issued = issue(secret("hunter2-hunter2"))
        AWS.SSM.Parameter("key", Name="/key", Type="String", Value=issued.result)

    assert (await world.deploy(program)).ok
    assert (["hunter2-hunter2"], ["the-new-key"]) == (given, [one["Value"] for one in world.live("SSM::Parameter")])
    assert "hunter2" not in repr(vars_of(await action_record(world)))
    assert "the-new-key" not in repr(vars_of(await action_record(world)))
    plan = await world.plan(program)
    assert plan.empty


def vars_of(record: ActionRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in type(record).__slots__}


async def test_another_sealing_key_opens_the_result_and_changes_no_argument(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def program() -> dict[str, object]:
        @action
        async def issue(context: ActionContext, password: Secret) -> Secret:
            calls.append(context.token)
            return secret("the-new-key")

        return {"key": issue(secret("hunter2-hunter2")).result}

    await world.deploy(program)
    monkeypatch.setenv("CLOUDWRIGHT_KEY_FILE", str(world.folder / "key"))
    keys = FileKeys(world.folder / "key").renewed()
    await edit(world, rotated(await world.snapshot(), keys))

    before = await action_record(world)
    assert (await world.plan(program)).empty
    result = await world.deploy(program)
    assert {"key": secret("the-new-key")} == result.outputs
    assert 1 == len(calls)
    assert dict(before.arguments) != dict((await action_record(world)).arguments)


async def test_a_secret_argument_stays_out_of_the_failure(world: World) -> None:
    def program() -> None:
        @action
        async def issue(context: ActionContext, password: Secret) -> None:
            raise ValueError(f"bad password {password.reveal()}")

        issue(secret("hunter2-hunter2"))

    result = await world.deploy(program)
    assert f"the action 'issue' raised ValueError: bad password {MASK}" == result.outcomes[0].message
    assert "hunter2" not in repr((await action_record(world)).note)


async def test_awaiting_it_gives_plain_values(world: World) -> None:
    seen: list[int] = []

    async def program() -> None:
        @action
        async def count(context: ActionContext) -> int:
            return 41

        counted = await count()
        seen.append(counted.result + 1)

    assert (await world.deploy(program)).ok
    assert 42 == seen[-1]


async def test_one_that_always_runs_does_so_once_in_a_deploy_of_several_plans(world: World) -> None:
    calls: list[str] = []

    async def program() -> None:
        @action(when="always")
        async def count(context: ActionContext) -> int:
            calls.append(context.token)
            return len(calls)

        counted = await count()
        AWS.SSM.Parameter("p", Name=f"/p{counted.result + 1}", Type="String", Value="a")

    result = await world.deploy(program)
    assert result.ok
    assert (2, 1) == (len(result.plans), len(calls))
    assert ["/p2"] == [one["Name"] for one in world.live("SSM::Parameter")]


async def test_scopes_tell_two_calls_apart(world: World) -> None:
    calls: list[str] = []

    @action
    async def seed(context: ActionContext, table: str) -> None:
        calls.append(table)

    def program() -> None:
        for name in ("blue", "green"):
            with scope(name):
                seed(name)

    assert (await world.deploy(program)).ok
    assert ["blue", "green"] == sorted(calls)
    assert ["blue/seed", "green/seed"] == [record.key for record in (await world.snapshot()).actions]


async def test_drift_and_the_deletes_of_others_leave_it_alone(world: World) -> None:
    migration = Migration()
    await world.deploy(migration.program)

    report = await world.app(migration.program).drift()
    assert {"queue", "version"} == {resource.key for resource in report.resources}
