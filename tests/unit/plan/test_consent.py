"""Which replacements need consent, and how the question is put."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import PlanError
from cloudwright.plan.consent import (
    _listed,
    _of_its_own,
    _reason,
    _refuse_protected,
    consents_needed,
    covered_later,
    marked,
)
from cloudwright.plan.decision import Decision
from cloudwright.plan.model import Action, Change, Consent, Order
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planned, Planner
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.reference import Ref
from dead_runs import TOPIC, record
from render_samples import plan, step
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Step

FORCED = Change("/TopicName", "replace", rule="createOnly", forces=True)
TORN = Change("", "replace", rule="teardown", forces=True, reason="what it references is replaced")


def planned(one: Step, *changes: Change, teardown: bool = False, options: Options | None = None) -> Planned:
    subject = subject_of({"TopicName": f"new-{one.key}"}, key=one.key, teardown=teardown, options=options)
    return Planned(subject=subject, decision=Decision(action=one.action, changes=changes), step=one)


@pytest.mark.parametrize(
    ("action", "covered"),
    [
        (Action.CREATE, True),
        (Action.UPDATE, True),
        (Action.DELETE, False),
        (Action.REPLACE, False),
        (Action.FORGET, False),
    ],
)
def test_a_later_plan_may_only_add_and_change(action: Action, *, covered: bool) -> None:
    assert covered_later(plan(step("a", Action.CREATE), step("b", action))) == covered


def test_only_steps_that_need_consent_are_marked() -> None:
    steps = marked([step("a"), step("b")], [Consent(keys=("b",), text="", fix="")])

    assert [one.needs_consent for one in steps] == [False, True]


def test_keys_are_listed_as_a_sentence_needs_them() -> None:
    assert _listed(["a"]) == "a needs"
    assert _listed(["a", "b"]) == "a and b need"
    assert _listed(["a", "b", "c"]) == "a, b and c need"


def test_the_reason_of_a_teardown_names_the_properties_that_force_it() -> None:
    one = step("a", Action.REPLACE, FORCED, Change("/Other", "replace"), TORN, reasons=("because",))

    assert _reason(planned(one)).startswith("/TopicName changes (createOnly); because; ")


@pytest.mark.parametrize(
    ("changes", "teardown", "delete_before", "own"),
    [
        ((), False, False, True),
        ((TORN,), True, True, False),
        ((TORN, FORCED), True, True, True),
        ((TORN, FORCED), True, False, False),
    ],
)
def test_a_teardown_needs_consent_unless_the_resource_is_deleted_first_anyway(
    changes: tuple[Change, ...], *, teardown: bool, delete_before: bool, own: bool
) -> None:
    options = Options(delete_before_replace=delete_before)
    one = planned(step("a", Action.REPLACE, *changes), *changes, teardown=teardown, options=options)

    assert _of_its_own(one, Planner(context_of())) == own


@pytest.mark.parametrize(("order", "asked"), [(Order.DELETE_FIRST, [("b",)]), (Order.CREATE_FIRST, [])])
def test_consent_is_asked_for_what_is_torn_down(order: Order, asked: list[tuple[str, ...]]) -> None:
    planner = Planner(context_of())
    first = step("a", Action.REPLACE, FORCED, type=TOPIC, order=Order.DELETE_FIRST)
    torn = step("b", Action.REPLACE, TORN, type=TOPIC, order=order)
    planner.planned["a"] = planned(first, FORCED, options=Options(delete_before_replace=True))
    planner.planned["b"] = planned(torn, TORN, teardown=True)
    declarations = {
        "a": Declaration(key="a", type=TOPIC, document={}),
        "b": Declaration(key="b", type=TOPIC, document={"DisplayName": Ref("a", ("TopicName",))}),
    }
    consents = consents_needed([first, torn, step("c", Action.NONE)], planner, declarations)

    assert [one.keys for one in consents] == asked


def test_consent_is_asked_for_each_possible_replacement_that_lacks_it() -> None:
    steps = [step(key, may_replace=key != "c") for key in ("a", "b", "c")]

    def asked(*given: str) -> list[tuple[str, ...]]:
        planner = Planner(context_of(options=PlanOptions(allow_replace=given)))
        return [one.keys for one in consents_needed(steps, planner, {})]

    assert asked() == [("a", "b")]
    assert asked("a") == [("b",)]
    assert asked("a", "b") == []


@pytest.mark.parametrize(
    ("action", "recorded", "declared", "refused"),
    [
        (Action.REPLACE, True, False, True),
        (Action.REPLACE, False, True, True),
        (Action.REPLACE, False, False, False),
        (Action.UPDATE, True, True, False),
    ],
)
def test_a_protected_resource_is_not_replaced(action: Action, *, recorded: bool, declared: bool, refused: bool) -> None:
    context = context_of([replace(record(identifier="one"), protect=recorded)])
    declarations = {"a": Declaration(key="a", type=TOPIC, document={}, options=Options(protect=declared))}
    steps = [step("a", action, FORCED, TORN, Change("/Other", "replace"))]
    if not refused:
        _refuse_protected(steps, declarations, context)
        return
    with pytest.raises(PlanError, match=r"\(/TopicName; what it references is replaced\)"):
        _refuse_protected(steps, declarations, context)
