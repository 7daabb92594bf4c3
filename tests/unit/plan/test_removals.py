"""What becomes of a record without a declaration, and which deletes come early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloudwright.errors import PlanError
from cloudwright.plan.model import Action, Order
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.remaining import Remaining, uses
from cloudwright.plan.removals import check_delete_first, early_steps, removal_steps
from cloudwright.program.source import Source
from dead_runs import TOPIC, record
from render_samples import step
from subject_kit import context_of

BUCKET = "AWS::S3::Bucket"
ARN = "arn:aws:sns:us-east-1:000000000000:orders"


@pytest.mark.parametrize(
    ("type_name", "identifier", "keeps", "action"),
    [
        (TOPIC, ARN, (), Action.NONE),
        (BUCKET, ARN, (), Action.DELETE),
        (BUCKET, ARN, ("a",), Action.NONE),
        ("Acme::Test::Unknown", ARN, (), Action.DELETE),
        (TOPIC, "unnamed", (), Action.DELETE),
    ],
)
def test_what_something_names_stays_unless_its_name_may_be_a_coincidence(
    type_name: str, identifier: str, keeps: tuple[str, ...], action: Action
) -> None:
    removed, context = record(type_name, identifier), context_of()
    documents = {"b": {"Value": ARN}, **{key: {} for key in keeps}}
    (found,) = removal_steps([removed], Remaining((), documents, context), context)

    assert found.action is action


@pytest.mark.parametrize(("records", "documents"), [(["a"], []), ([], ["a"])])
def test_an_old_generation_is_one_whose_key_has_a_record_or_a_declaration(
    records: list[str], documents: list[str]
) -> None:
    context = context_of()
    kept = tuple(record(identifier="new", key=key, generation=1) for key in records)
    remaining = Remaining(kept, {key: {} for key in documents}, context)

    assert remaining.keeps("a")
    assert not remaining.keeps("b")


def test_what_an_update_leaves_as_it_is_may_name_another_resource() -> None:
    observed = replace(record(identifier="one"), observed={"DisplayName": ARN})

    assert uses({"TopicName": "t"}, observed, ["/DisplayName"]) == [{"TopicName": "t"}, ARN]
    assert uses({"TopicName": "t"}, None, ["/DisplayName"]) == [{"TopicName": "t"}]


@pytest.mark.parametrize(
    ("sources", "message", "hint"),
    [
        (None, "a is protected and the plan would delete it", "declare it again"),
        ({"a": Source("infra.py", 7)}, "a is protected (infra.py:7) and destroy", "protect=False at infra.py:7"),
        ({}, "a is protected and destroy would delete it", "in the program, which does not declare it now"),
    ],
)
def test_a_protected_resource_is_not_deleted_and_its_line_is_named(
    sources: dict[str, Source] | None, message: str, hint: str
) -> None:
    context = context_of(sources=sources)
    with pytest.raises(PlanError) as refused:
        removal_steps([record(identifier="one", protect=True)], Remaining((), {}, context), context)

    assert message in refused.value.message
    assert hint in str(refused.value.hint)


@pytest.mark.parametrize(
    ("order", "identifier", "early"),
    [(Order.DELETE_FIRST, ARN, True), (Order.CREATE_FIRST, ARN, False), (Order.DELETE_FIRST, "another", False)],
)
def test_only_what_refers_to_the_old_half_of_a_delete_first_replacement_is_deleted_early(
    order: Order, identifier: str, *, early: bool
) -> None:
    replaced = record(identifier=ARN)
    user = record(identifier="user", key="b", declared={"DisplayName": ARN})
    removed = step("b", Action.DELETE, type=TOPIC, identifier="user")
    replacement = step("a", Action.REPLACE, type=TOPIC, order=order, identifier=identifier)
    (found,) = early_steps([removed], [replacement], context_of([replaced, user]))

    reason = "deleted early: it references a, which is replaced delete-first"
    assert found.reasons == ((reason,) if early else ())


@pytest.mark.parametrize(
    ("more", "keeps", "reasons"),
    [
        ({}, (), ()),
        ({}, ("a",), ("an old generation",)),
        ({"retain": True}, (), ("it is retained: only the record is dropped",)),
    ],
)
def test_a_removal_says_why_unless_it_is_a_plain_delete(
    more: dict[str, Any], keeps: tuple[str, ...], reasons: tuple[str, ...]
) -> None:
    context = context_of()
    remaining = Remaining((), {key: {} for key in keeps}, context)
    (found,) = removal_steps([record(identifier="one", **more)], remaining, context)

    assert found.reasons == reasons
    assert found.superseded == bool(keeps)


def test_delete_first_is_for_what_the_plan_deletes() -> None:
    context = context_of(options=PlanOptions(delete_first=("a",)))
    deleted = step("a", Action.DELETE, identifier="one")
    check_delete_first([deleted], [], context)
    check_delete_first([deleted], ["a"], context)

    with pytest.raises(PlanError, match="a is declared; --delete-first is for resources"):
        check_delete_first([], ["a"], context)
    with pytest.raises(PlanError, match="the plan does not delete a: it is limited by --target or --exclude"):
        check_delete_first([], ["b"], context)
    kept = step("a", Action.FORGET, identifier="one", reasons=("it is retained",))
    with pytest.raises(PlanError, match="the plan does not delete a: it is retained"):
        check_delete_first([kept], ["a"], context)
    check_delete_first([], ["a"], context_of())
