"""What the second run of a program may declare and ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.engine.apply_pass import ApplyDriver
from cloudwright.engine.executor import Executor, WorkItem
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.errors import PlanDeviation, ResourceFailed
from cloudwright.plan.model import Action, Order, Partial, PinnedAnswer, Plan
from cloudwright.plan.planner import Planner
from cloudwright.program.declaration import Declaration
from cloudwright.program.question import LookupQuestion
from cloudwright.program.reference import PlanningEnds
from cloudwright.testing.loop import VirtualClock
from dead_runs import TOPIC, record, running
from render_samples import step
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.model import Step


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[DeployRun]:
    async with running(World(tmp_path, clock=VirtualClock())) as run:
        yield run


def declared(key: str = "a", **more: Any) -> Declaration:
    return Declaration(key=key, type=TOPIC, document={"TopicName": key}, **more)


def driver_of(run: DeployRun, *steps: Step, planned: tuple[Declaration, ...] = (), **more: Any) -> ApplyDriver:
    context = context_of([record(identifier="one")])

    async def look(question: LookupQuestion) -> str:
        return f"answer to {question.text}"

    async def read(app: str, stage: str, state: str | None) -> Mapping[str, object]:
        raise NotImplementedError

    return ApplyDriver(
        run=run,
        plan=Plan(app="test", stage="dev", serial=1, digest="", steps=steps, **more),
        context=context,
        planned={one.key: one for one in planned},
        planner=Planner(context),
        executor=Executor(),
        read=read,
        look=look,
    )


async def test_the_step_of_a_declaration_is_not_that_of_its_old_generation(run: DeployRun) -> None:
    ours, old = step("a", Action.UPDATE), step("a", Action.DELETE, superseded=True)
    driver = driver_of(run, ours, old, step("b", Action.DELETE), planned=(declared(),))

    assert driver.steps == {"a": ours}


async def test_an_action_sees_what_is_deployed_so_far(run: DeployRun) -> None:
    driver, made = driver_of(run), record(identifier="one")
    deployed = driver._action_runner().deployed
    assert deployed("a") is None

    driver.runner.finished["a"] = (subject_of(), made)
    assert deployed("a") is made


async def test_what_is_not_in_the_plan_is_refused_unless_the_plan_ends_there(run: DeployRun) -> None:
    for unplanned in (declared("new"), declared("read", existing="one"), declared("a")):
        driver = driver_of(run, step("a", Action.UPDATE))
        with pytest.raises(PlanDeviation, match="it is not in the plan"):
            driver.declared(unplanned)
        assert len(driver.deviations) == 1

    stepless = driver_of(run, planned=(declared(),))
    with pytest.raises(PlanDeviation, match="it is not in the plan"):
        stepless.declared(declared())
    partial = driver_of(run, partial=Partial("it computes with an unknown value"))
    with pytest.raises(PlanningEnds):
        partial.declared(declared("new"))


async def test_a_resource_that_is_only_read_needs_no_step(run: DeployRun) -> None:
    existing = declared("read", existing="one")
    driver = driver_of(run, planned=(existing,))
    driver.declared(existing)

    assert driver.executor.outcomes == ()
    assert driver.deviations == []


@pytest.mark.parametrize(("message", "shown"), [("it broke", "a: it broke"), ("", "a: skipped")])
async def test_a_failure_of_what_is_waited_for_says_why(run: DeployRun, message: str, shown: str) -> None:
    driver = driver_of(run)
    known = Outcome(key="a", type=TOPIC, action=Action.CREATE, status=Status.SKIPPED, message=message)

    async def work() -> Outcome:
        return known

    driver.executor.add(WorkItem(id="a", needs=frozenset(), run=work, template=known))
    with pytest.raises(ResourceFailed, match=f"^{shown}$"):
        await driver.ensure("a")


def question(name: str) -> LookupQuestion:
    return LookupQuestion(kind="ssm", arguments={"path": name})


async def test_only_questions_that_the_plan_asked_are_answered_unless_it_ends_early(run: DeployRun) -> None:
    asked, other = question("asked"), question("other")
    pinned = PinnedAnswer(key="k", question=asked.text, label="l")
    driver = driver_of(run, lookups=(pinned,))
    assert await driver.answer(asked) == f"answer to {asked.text}"
    with pytest.raises(PlanDeviation):
        await driver.answer(other)

    partial = driver_of(run, partial=Partial("it computes with an unknown value"))
    assert await partial.answer(other) == f"answer to {other.text}"
    unanswered = driver_of(run)
    unanswered.unanswered = frozenset({other.text})
    assert await unanswered.answer(other) == f"answer to {other.text}"


@pytest.mark.parametrize(
    ("action", "order", "teardowns"),
    [
        (Action.REPLACE, Order.DELETE_FIRST, 1),
        (Action.REPLACE, Order.CREATE_FIRST, 0),
        (Action.UPDATE, Order.DELETE_FIRST, 0),
    ],
)
async def test_only_a_delete_first_replacement_has_a_teardown(
    run: DeployRun, action: Action, order: Order, teardowns: int
) -> None:
    driver = driver_of(run, step("a", action, order=order, identifier="one"), planned=(declared(),))
    driver.executor.stop("nothing is to be sent")
    driver.declared(declared())

    assert [one.action for one in driver.executor.outcomes] == [Action.DELETE] * teardowns + [action]
    assert not driver.clean()
