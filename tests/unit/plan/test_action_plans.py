"""What an action's step says, and what it may return."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloudwright.plan.actions import (
    ActionDecision,
    PlannedAction,
    ResolvedAction,
    RunCause,
    _changed,
    action_step,
    doubtful_finding,
    forgotten_actions,
    planned_news,
    planned_result,
    recorded_news,
)
from cloudwright.plan.model import Action
from cloudwright.program.declaration import ActionSpec, Declaration
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from cloudwright.program.shape import FieldType
from cloudwright.secret import Secret
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.snapshot import Snapshot
from dead_runs import HERE, record
from render_samples import step
from subject_kit import context_of

RAN = ActionRecord(key="act", status=ActionStatus.DONE, once=False, target=HERE, token="t")
TEXT = FieldType(name="str", schema={"type": "string"}, read=lambda value, _: value)


async def never(_: Any, __: Any) -> None:
    raise NotImplementedError


def action(result: FieldType | None = None, **arguments: Any) -> ResolvedAction:
    spec = ActionSpec(when="changed", once=False, after=("table",), runs_locally=False, call=never, result=result)
    declaration = Declaration(key="act", type=ActionSpec.TYPE, document={}, action=spec)
    return ResolvedAction(declaration=declaration, spec=spec, target=HERE, arguments=arguments, masked=arguments)


@pytest.mark.parametrize(
    ("before", "now", "kind"), [({}, {"A": 1}, "add"), ({"A": 1}, {}, "remove"), ({"A": 1}, {"A": 2}, "replace")]
)
def test_an_argument_is_added_removed_or_changed(before: dict[str, Any], now: dict[str, Any], kind: str) -> None:
    (change,) = _changed(action(**now), replace(RAN, arguments=before))

    assert (change.path, change.kind) == ("/A", kind)


def test_a_resource_that_may_be_replaced_is_no_certain_news() -> None:
    (news,) = planned_news(step("table", Action.UPDATE, may_replace=True), "created")

    assert news == RunCause("table may be replaced", certain=False)


def test_there_is_no_news_of_what_the_state_does_not_hold() -> None:
    present = record(identifier="one", key="table")

    assert list(recorded_news(action(), None, present, "table")) == []
    assert list(recorded_news(action(), RAN, None, "table")) == []
    assert len(list(recorded_news(action(), RAN, present, "table"))) == 1


def planned(decision: ActionDecision, present: ActionRecord | None, subject: ResolvedAction) -> PlannedAction:
    return PlannedAction(subject=subject, step=action_step(subject, decision), record=present)


RUNS = ActionDecision(causes=(RunCause("A changed"),))
MAY_RUN = ActionDecision(causes=(RunCause("A may change", certain=False),))


def test_a_step_may_turn_out_as_none_only_if_it_runs_at_all() -> None:
    assert not action_step(action(), RUNS).maybe
    assert action_step(action(), MAY_RUN).maybe
    nothing = action_step(action(), ActionDecision(causes=()))
    assert (nothing.action, nothing.maybe) == (Action.NONE, False)


@pytest.mark.parametrize(("value", "prior"), [("before", "before"), (Secret("before"), None)], ids=["clear", "secret"])
def test_the_result_of_a_run_is_unknown_and_its_former_value_is_known_unless_it_is_secret(
    monkeypatch: pytest.MonkeyPatch, value: object, prior: object
) -> None:
    from cloudwright.plan import actions

    monkeypatch.setattr(actions, "recorded_result", lambda *_: value)
    ref, subject = Ref("act", ()), action(TEXT)
    assert planned_result(ref, planned(RUNS, RAN, subject), context_of()) == Unknown(ref, prior=prior)
    assert planned_result(ref, planned(RUNS, None, subject), context_of()) == Unknown(ref)


def test_an_action_that_became_a_resource_or_left_the_program_is_forgotten() -> None:
    context = context_of(snapshot=Snapshot(app="test", stage="dev", serial=1, actions=(RAN,)))
    same = {"act": action().declaration}
    other = {"act": Declaration(key="act", type="AWS::SNS::Topic", document={})}

    assert list(forgotten_actions(context, same)) == []
    assert [one.superseded for one in forgotten_actions(context, other)] == [True]
    assert [one.superseded for one in forgotten_actions(context, {})] == [False]


@pytest.mark.parametrize(
    ("present", "why"),
    [
        (replace(RAN, note="it timed out"), "it timed out"),
        (RAN, "the deploy that called it was interrupted"),
        (None, "the deploy that called it was interrupted"),
    ],
)
def test_an_action_that_may_have_run_says_why_that_is_unknown(present: ActionRecord | None, why: str) -> None:
    assert doubtful_finding(planned(RUNS, present, action())).text.endswith(why)
