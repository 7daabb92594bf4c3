from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.engine.deletes import approved
from cloudwright.plan.model import Action, Order, Plan
from dead_runs import HERE, record
from render_samples import step

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
