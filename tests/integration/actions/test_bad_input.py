"""What users get wrong with actions, and the errors they get."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import ActionContext, action, asset
from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import Status
from cloudwright.errors import (
    DependencyCycle,
    DuplicateKey,
    InvalidProperties,
    PlanDeviation,
    ProgramError,
    StateError,
)
from cloudwright.plan.saved import Saved, from_json, to_json
from cloudwright.provider import BlockedLoopWarning
from cloudwright.state import action_edits
from cloudwright.state.action_records import ActionStatus
from integration.actions.migration import Migration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app_kit import World


@dataclass(frozen=True)
class Version:
    number: int


def declaring(declare: Callable[[], object]) -> Callable[[], None]:
    def program() -> None:
        declare()

    return program


def blocking() -> Any:
    def run(context: ActionContext) -> None: ...

    return action(run)  # type: ignore[arg-type]


def contextless() -> Any:
    async def run() -> None: ...

    return action(run)  # type: ignore[arg-type]


def unknown_when() -> Any:
    async def run(context: ActionContext) -> None: ...

    return action(when="sometimes")(run)  # type: ignore[call-overload]


def unknown_delivery() -> Any:
    async def run(context: ActionContext) -> None: ...

    return action(delivery="exactly-once")(run)  # type: ignore[call-overload]


def impatient() -> Any:
    async def run(context: ActionContext) -> None: ...

    return action(timeout=0)(run)


def formless_argument() -> Any:
    async def run(context: ActionContext, when: set[str]) -> None: ...

    return action(run)({"a"})


def formless_result() -> Any:
    async def run(context: ActionContext) -> Path:
        raise NotImplementedError

    return action(run)()


def file_argument() -> Any:
    async def run(context: ActionContext, file: object) -> None: ...

    return action(run)(asset(__file__))


def twice() -> Any:
    async def run(context: ActionContext) -> None: ...

    action(run)()
    return action(run)()


def circular() -> Any:
    async def first(context: ActionContext, other: str) -> str:
        return other

    async def second(context: ActionContext, other: str) -> str:
        return other

    one = action(after="second")(first)("x")
    return action(second)(one.result)


def resultless() -> Any:
    async def run(context: ActionContext) -> None: ...

    return action(run)().result


def misspelt_member() -> Any:
    async def run(context: ActionContext) -> Version:
        return Version(1)

    done = action(run)()
    AWS.SSM.Parameter("p", Name="/p", Type="String", Value=done.result.nummer)  # type: ignore[attr-defined]
    return done


@pytest.mark.parametrize(
    ("declare", "error", "text"),
    [
        (blocking, ProgramError, "@action takes an `async def` function"),
        (contextless, ProgramError, "action 'run': its function takes an ActionContext as its first argument"),
        (unknown_when, ProgramError, "action 'run': when='sometimes' must be one of 'changed', 'created', 'always'"),
        (unknown_delivery, ProgramError, "delivery='exactly-once' must be one of 'at-least-once', 'at-most-once'"),
        (impatient, ProgramError, "action 'run': timeout takes a positive number of seconds"),
        (formless_argument, ProgramError, r"run\(when\): set has no JSON form"),
        (formless_result, ProgramError, "action 'run': its annotations can't be evaluated: name 'Path'"),
        (file_argument, ProgramError, "action 'run': an argument can't be an asset"),
        (twice, DuplicateKey, "'run' is declared twice"),
        (circular, DependencyCycle, "these resources depend on each other in a cycle"),
        (resultless, ProgramError, "the action 'run' returns nothing that could be used"),
        (misspelt_member, InvalidProperties, "the result of run has no /nummer; did you mean 'number'?"),
    ],
)
async def test_the_program_is_refused_before_anything_is_called(
    world: World, declare: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await world.plan(declaring(declare))


async def returned(world: World, value: object) -> str:
    async def run(context: ActionContext) -> Version:
        return value  # type: ignore[return-value]

    result = await world.deploy(declaring(action(run)))
    [outcome] = result.outcomes
    assert Status.FAILED is outcome.status
    return outcome.message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", "the action 'run' ran, but its result can't be used: the result is a str; its type is Version"),
        ({"number": "1"}, "the action 'run' ran, but its result can't be used: the result.number is a str; its type"),
        (None, "the action 'run' ran, but its result can't be used: the result is None; its type is Version"),
    ],
)
async def test_a_result_of_another_type_is_a_failure_that_says_that_it_ran(
    world: World, value: object, text: str
) -> None:
    assert (await returned(world, value)).startswith(text)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), {"a": object()}])
async def test_a_result_without_a_json_form_is_a_failure(world: World, value: object) -> None:
    async def run(context: ActionContext) -> object:
        return value

    result = await world.deploy(declaring(action(run)))
    assert "its result can't be used: the result" in result.outcomes[0].message


async def test_an_argument_of_another_type_is_refused_before_the_call(world: World) -> None:
    called: list[int] = []

    async def run(context: ActionContext, count: int) -> None:
        called.append(count)

    queue: list[Any] = []

    def program() -> None:
        queue.append(AWS.SQS.Queue("queue", QueueName="jobs"))
        action(run)(queue[-1].QueueName)

    result = await world.deploy(program)
    [failed] = result.failed
    assert "the action 'run' was not called: count is a str; its type is int" == failed.message
    assert [] == called


async def test_a_blocking_function_is_named_by_a_warning(world: World) -> None:
    async def run(context: ActionContext) -> None:
        time.sleep(1.1)  # noqa: ASYNC251 - that is the point

    with pytest.warns(BlockedLoopWarning, match=r"the action 'run' blocked the event loop for 1\.\d s"):
        await world.deploy(declaring(action(run)))


async def test_one_that_takes_too_long_is_cancelled(world: World) -> None:
    async def hang(_: str) -> None:
        await asyncio.sleep(10_000)

    migration = Migration(timeout=60, body=hang)
    result = await world.deploy(migration.program)

    [failed] = [one for one in result.outcomes if one.status is Status.FAILED]
    assert "the action 'migrate' did not end within 60 s and was cancelled" == failed.message


async def test_a_timeout_error_of_its_own_is_not_taken_for_ours(world: World) -> None:
    async def late(_: str) -> None:
        raise TimeoutError("the database was slow")

    result = await world.deploy(Migration(body=late).program)
    [failed] = [one for one in result.outcomes if one.status is Status.FAILED]
    assert "the action 'migrate' raised TimeoutError: the database was slow" == failed.message


async def test_a_saved_plan_runs_what_it_shows_and_is_stale_after_a_run(world: World) -> None:
    migration = Migration(uses=False)
    saved = from_json(to_json(Saved(await world.plan(migration.program))))
    assert (await world.app(migration.program).deploy(saved.plan, allow_findings=True)).ok
    assert 1 == len(migration.calls)

    with pytest.raises(Exception, match="the state changed"):
        await world.app(migration.program).deploy(saved.plan, allow_findings=True)


async def test_a_saved_plan_is_stale_once_the_action_is_declared_otherwise(world: World) -> None:
    migration = Migration(uses=False)
    plan = await world.plan(migration.program)
    migration.delivery = "at-most-once"

    with pytest.raises(Exception, match="the program changed since the plan was made"):
        await world.app(migration.program).deploy(plan, allow_findings=True)


async def test_a_second_pass_that_passes_another_argument_is_a_deviation(world: World) -> None:
    passes: list[int] = []

    async def run(context: ActionContext, number: int) -> None: ...

    def program() -> None:
        passes.append(1)
        action(run)(len(passes))

    result = await world.deploy(program)
    assert isinstance(result.outcomes[0].error, PlanDeviation)
    assert "/number differs from the plan; nothing was sent for it" in result.outcomes[0].message


async def test_the_edits_refuse_what_there_is_not(world: World) -> None:
    migration = Migration(uses=False)
    await world.deploy(migration.program)
    snapshot = await world.snapshot()

    with pytest.raises(StateError, match="has no action migrat; did you mean 'migrate'"):
        action_edits.rerun(snapshot, "migrat")
    with pytest.raises(StateError, match="the last run of migrate has succeeded: there is nothing to confirm"):
        action_edits.confirm(snapshot, "migrate")
    assert ActionStatus.DONE is snapshot.actions[0].status
