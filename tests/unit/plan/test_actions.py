"""Whether an action runs: a pure decision from its record, its arguments and what it follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.plan.actions import (
    ResolvedAction,
    RunCause,
    decide_action,
    planned_news,
    recorded_news,
    version_of,
)
from cloudwright.plan.model import Action, Step
from cloudwright.program.declaration import ActionSpec, Declaration
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.records import Record
from cloudwright.target import Target

HERE = Target("111122223333", "us-east-1")
RECORD = ActionRecord(
    key="act", status=ActionStatus.DONE, once=False, target=HERE, token="t", arguments={"table": "a"}, started_at=1.0
)
TABLE = Record(key="table", type="AWS::DynamoDB::Table", identifier="orders", target=HERE, created_at=1, updated_at=2)


async def never(_: Any, __: Any) -> None:
    raise NotImplementedError


def action(when: str = "changed", **arguments: Any) -> ResolvedAction:
    spec = ActionSpec(when=when, once=False, after=("table",), runs_locally=False, call=never, result=None)
    declaration = Declaration(key="act", type=ActionSpec.TYPE, document={}, action=spec)
    given = arguments or {"table": "a"}
    masked = {name: {"$unknown": "x:/"} if isinstance(v, Unknown) else v for name, v in given.items()}
    return ResolvedAction(declaration=declaration, spec=spec, target=HERE, arguments=given, masked=masked)


def causes(subject: ResolvedAction, record: ActionRecord | None, *news: RunCause) -> list[str]:
    return [cause.text for cause in decide_action(subject, record, news).causes]


def test_without_a_cause_it_does_not_run() -> None:
    assert causes(action(), RECORD) == []
    assert not decide_action(action(), RECORD, ()).changes


@pytest.mark.parametrize("when", ["changed", "created", "always"])
def test_an_action_that_never_completed_runs_on_any_trigger(when: str) -> None:
    assert causes(action(when), None) == ["it has never run"]
    failed = replace(RECORD, status=ActionStatus.FAILED, note="it failed")
    assert causes(action(when), failed) == ["it failed"]
    interrupted = replace(RECORD, status=ActionStatus.RUNNING)
    assert causes(action(when), interrupted) == ["its last run was interrupted"]
    assert causes(action(when), replace(interrupted, once=True)) == [
        "it is not known whether its last run did its work"
    ]


def test_an_argument_that_may_change_makes_a_run_that_may_be_none() -> None:
    decision = decide_action(action(table=Unknown(Ref("x"))), RECORD, ())

    assert decision.maybe
    assert [cause.text for cause in decision.causes] == ["table may change"]
    assert not decide_action(action(table=Unknown(Ref("x"))), RECORD, (RunCause("table is updated"),)).maybe


def test_an_argument_under_an_earlier_sealing_key_is_the_same() -> None:
    subject = replace(action(table={"$secret": "new"}), former=({"table": {"$secret": "old"}},))

    assert causes(subject, replace(RECORD, arguments={"table": {"$secret": "old"}})) == []
    assert causes(subject, replace(RECORD, arguments={"table": {"$secret": "other"}})) == ["table changed"]


@pytest.mark.parametrize(
    ("step", "changed", "created"),
    [
        (Action.CREATE, ["table is created"], ["table is created"]),
        (Action.REPLACE, ["table is replaced"], ["table is replaced"]),
        (Action.IMPORT, ["table is adopted"], ["table is adopted"]),
        (Action.UPDATE, ["table is updated"], []),
        (Action.MOVE, [], []),
        (Action.NONE, [], []),
    ],
)
def test_what_a_planned_step_means(step: Action, changed: list[str], created: list[str]) -> None:
    planned = Step(key="table", type=TABLE.type, action=step, target=HERE)

    assert [cause.text for cause in planned_news(planned, "changed")] == changed
    assert [cause.text for cause in planned_news(planned, "created")] == created


def news(when: str, record: ActionRecord, present: Record, key: str = "table", **moves: str) -> list[str]:
    subject = replace(action(when), moves=moves)
    return [cause.text for cause in recorded_news(subject, record, present, key)]


def test_a_key_that_moved_is_the_same_resource() -> None:
    record = replace(RECORD, followed={"old": version_of(TABLE)})

    assert news("changed", record, TABLE, table="old") == []
    assert news("changed", record, TABLE) == ["it has not run since it follows table"]


@given(
    before=st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab")),
    after=st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab")),
)
def test_every_write_counts_as_changed_and_every_new_resource_as_created(
    before: tuple[int, int, str], after: tuple[int, int, str]
) -> None:
    one, other = (
        replace(TABLE, created_at=created, updated_at=updated, identifier=identifier)
        for created, updated, identifier in (before, after)
    )
    record = replace(RECORD, followed={"table": version_of(one)})

    assert bool(news("changed", record, other)) == (before != after)
    assert bool(news("created", record, other)) == ((before[0], before[2]) != (after[0], after[2]))
