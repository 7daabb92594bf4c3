"""What an attribute will be after a step, and which attributes an update keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.plan.attribute_values import _is_secret, is_stable, planned_value
from cloudwright.plan.model import Action, Change, Order
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from dead_runs import TOPIC, record
from render_samples import step
from subject_kit import subject_of

BUCKET = "AWS::S3::Bucket"
OLD = record(identifier="arn:old", declared={"TopicName": "t"}, observed={"TopicArn": "arn:old"})


@pytest.mark.parametrize(
    ("action", "order", "present", "former"),
    [
        (Action.REPLACE, Order.CREATE_FIRST, OLD, "arn:old"),
        (Action.REPLACE, Order.DELETE_FIRST, OLD, None),
        (Action.REPLACE, Order.CREATE_FIRST, replace(OLD, type="AWS::SQS::Queue"), None),
        (Action.CREATE, None, None, None),
    ],
)
def test_a_new_identifier_differs_from_one_that_exists_next_to_it(
    action: Action, order: Order | None, present: Any, former: str | None
) -> None:
    planned = step("a", action, type=TOPIC, order=order)
    for path in ((), ("TopicArn",)):
        ref = Ref("a", path)
        assert planned_value(ref, subject_of({"TopicName": "t"}), planned, present) == Unknown(ref, former=former)


def test_another_attribute_of_a_new_resource_may_be_the_same_as_before() -> None:
    ref, planned = Ref("a", ("Arn",)), step("a", Action.REPLACE, type=BUCKET, order=Order.CREATE_FIRST)
    old = record(BUCKET, "old", observed={"Arn": "arn:old"})

    assert planned_value(ref, subject_of({}, BUCKET), planned, old) == Unknown(ref)


@pytest.mark.parametrize(
    ("type_name", "action", "may_replace", "value"),
    [
        (TOPIC, Action.UPDATE, False, "arn:old"),
        (TOPIC, Action.NONE, False, "arn:old"),
        (TOPIC, Action.UPDATE, True, Unknown(Ref("a", ()), prior="arn:old")),
        (TOPIC, Action.CREATE, False, Unknown(Ref("a", ()))),
        (BUCKET, Action.UPDATE, True, "chosen"),
        (BUCKET, Action.CREATE, False, "chosen"),
    ],
)
def test_an_identifier_is_known_if_it_stays_or_is_declared(
    type_name: str, action: Action, value: object, *, may_replace: bool
) -> None:
    subject = subject_of({"BucketName": "chosen"} if type_name == BUCKET else {"TopicName": "t"}, type_name)
    planned = step("a", action, type=type_name, may_replace=may_replace)

    assert planned_value(Ref("a", ()), subject, planned, replace(OLD, type=type_name)) == value


@pytest.mark.parametrize(
    ("type_name", "path", "hidden"),
    [
        ("AWS::IVS::StreamKey", ("Value",), True),
        ("AWS::IVS::StreamKey", (), True),
        ("AWS::IVS::StreamKey", ("Value", "inside"), True),
        ("AWS::IVS::StreamKey", ("Arn",), False),
        (TOPIC, ("TopicArn",), False),
    ],
)
def test_an_attribute_that_holds_a_secret_is_one(type_name: str, path: tuple[str, ...], *, hidden: bool) -> None:
    assert _is_secret(CATALOG.get(type_name), path) == hidden


@pytest.mark.parametrize(("path", "stable"), [(("TopicArn",), True), (("TopicName",), True), (("DisplayName",), False)])
def test_an_update_keeps_the_identifier_and_what_only_a_create_sets(path: tuple[str, ...], *, stable: bool) -> None:
    assert is_stable(subject_of({"TopicName": "t"}), path, [Change("/DisplayName", "replace")]) == stable
    assert is_stable(subject_of({"TopicName": "t"}), path, []) == stable
