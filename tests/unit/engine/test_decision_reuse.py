"""A reused decision is the one that deciding again would make."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import ResourceDescription
from cloudwright.engine import steps
from cloudwright.engine.decision_reuse import decision_holds
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.steps import StepRunner
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.model import Action, Declared
from cloudwright.plan.planner import Planner
from cloudwright.plan.resolution import Resolver
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.document import Unknown, holds_unknown
from cloudwright.program.reference import Ref
from cloudwright.secret import Secret
from dead_runs import HERE, TOPIC, record
from subject_kit import context_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from cloudwright.engine.run import DeployRun

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"
OTHER = Ref("b", ("DisplayName",))
PLANNED: dict[str, Any] = {"TopicName": "t", "DisplayName": OTHER}
DOCUMENTS: tuple[dict[str, Any], ...] = (
    PLANNED,
    {"DisplayName": OTHER, "TopicName": "t"},
    {**PLANNED, "TopicName": "u"},
    {**PLANNED, "DisplayName": "old"},
    {**PLANNED, "KmsMasterKeyId": "alias/k"},
    {**PLANNED, "KmsMasterKeyId": Secret("alias/k")},
    {"TopicName": "t"},
)
VALUES = ("old", "new", Unknown(OTHER), CloudwrightError("there is no such attribute"))
CHOICES = (
    Options(),
    Options(ignore_changes=("/DisplayName",)),
    Options(exclusive=("/Tags",)),
)
TAGS: tuple[dict[str, str], ...] = ({}, {"team": "images"})
GENERATIONS = ("same", "older", "edited")
TARGETS = (HERE, replace(HERE, region="eu-west-1"))


def declared(document: dict[str, Any], options: Options, tags: dict[str, str]) -> Declaration:
    return Declaration(key="a", type=TOPIC, document=document, options=options, tags=tags)


def planner_of(context: Any) -> Planner:
    planner = Planner(context)
    planner.existing["b"] = ResourceDescription("b", {"DisplayName": "old"})
    planner.declared["b"] = Declared(key="b", type=TOPIC, target=HERE, properties={})
    return planner


def values(value: object) -> Callable[[Ref], Any]:
    def now(_: Ref) -> Any:
        if isinstance(value, CloudwrightError):
            raise value
        return value

    return now


def decided(runner: StepRunner, target: Any, declaration: Declaration) -> tuple[Any, ...]:
    """What a step would do: all of it, or the error."""
    planned = replace(runner.planner.planned["a"].step, target=target)
    try:
        work = runner._work(planned, declaration)
    except CloudwrightError as error:
        return type(error), str(error)
    subject = work.subject
    return work.step, work.decision, work.record, subject.desired, subject.masked, subject.target, subject.replace_on


def runner_of(run: DeployRun, generations: str, options: Options, value: object) -> StepRunner:
    """A run whose plan decided that the topic is as declared; since then its records may have changed."""
    kept = record(identifier="arn:t", declared={"TopicName": "t", "DisplayName": "old"}, generation=1)
    context = context_of([kept])
    planner = planner_of(context)
    planner.add(declared(PLANNED, options, {}), HERE)
    assert planner.planned["a"].decision.action is Action.NONE, planner.problems
    if generations != "same":
        edited = replace(kept, declared={"TopicName": "t", "DisplayName": "edited"})
        older = replace(kept, generation=0, identifier="arn:older")
        context = context_of([kept, older] if generations == "older" else [edited])
    lookup = values(value)
    return StepRunner(
        run=run,
        context=context,
        planner=planner,
        resolver=Resolver(context=context, lookup=lookup, make_name=lambda key, _: key),
        value=lookup,
        lifecycle=Lifecycle(run),
        records={kept.id: kept},
    )


async def test_a_reused_decision_is_what_would_be_decided_again(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    reused = 0
    for document, value, options, tags, generations, target in product(
        DOCUMENTS, VALUES, CHOICES, TAGS, GENERATIONS, TARGETS
    ):
        runner, declaration = runner_of(run, generations, options, value), declared(document, options, tags)
        short = decided(runner, target, declaration)
        reused += holds(runner, target, declaration)
        with monkeypatch.context() as patched:
            patched.setattr(steps, "decision_holds", lambda *_: False)
            assert decided(runner, target, declaration) == short
    assert reused == 2 * len(CHOICES), "only the planned document with the planned value, in either order"


def holds(runner: StepRunner, target: Any, declaration: Declaration) -> bool:
    planned = runner.planner.planned["a"]
    step = replace(planned.step, target=target)
    return decision_holds(planned, step, declaration, runner.context.records("a"), (runner.planner.value, runner.value))


def test_a_decision_with_a_name_that_only_the_apply_pass_can_make_is_not_reused() -> None:
    declaration = Declaration(key="a", type=DISTRIBUTION, document={}, options=Options(ignore_changes=("/Name",)))
    kept = record(DISTRIBUTION, identifier="arn:d", declared={})
    planner = Planner(context_of([kept]))
    planner.add(declaration, HERE)
    planned = planner.planned["a"]

    assert planned.decision.action is Action.NONE
    assert holds_unknown(planned.subject.desired)
    assert not decision_holds(planned, planned.step, declaration, [kept], (planner.value, planner.value))
