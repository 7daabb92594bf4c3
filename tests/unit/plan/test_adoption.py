"""How a live resource is found and what must hold before it is adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.control.model import ResourceDescription
from cloudwright.errors import PlanError
from cloudwright.plan.adoption import (
    _arn,
    _refuse_unchangeable,
    _template_names,
    adoption,
    claimed_by,
    shown_value,
    stack_of,
    usual_names,
)
from cloudwright.plan.model import Action, Change
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from dead_runs import TOPIC, record
from subject_kit import subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1"


def live(**more: Any) -> ResourceDescription:
    return ResourceDescription("one", {"TopicName": "t", **more})


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": f"aws:cloudformation:{name.replace('_', '-')}", "Value": value} for name, value in values.items()]


def test_a_resource_of_a_stack_is_adopted_only_by_force_and_says_so() -> None:
    found = live(Tags=tags(stack_name="shop"))
    with pytest.raises(PlanError, match="belongs to the CloudFormation stack shop"):
        adoption(subject_of({"TopicName": "t"}), found, force=False, owner="a/b")

    forced = adoption(subject_of({"TopicName": "t"}), found, force=True, owner="a/b")
    assert forced.reasons[0] == "the CloudFormation stack shop manages it too and may undo changes"
    free = adoption(subject_of({"TopicName": "t"}), live(), force=False, owner="a/b")
    assert (free.action, free.reasons) == (Action.IMPORT, ())


@pytest.mark.parametrize(
    ("marks", "stack"),
    [
        ({"stack_id": STACK, "stack_name": "shop"}, "shop"),
        ({"stack_id": STACK, "logical_id": "Topic"}, STACK),
        ({}, ""),
    ],
)
def test_a_stack_is_known_by_its_name_or_else_by_another_of_its_tags(marks: dict[str, str], stack: str) -> None:
    assert stack_of(CATALOG.get(TOPIC), live(Tags=tags(**marks)).properties) == stack


def test_a_difference_that_no_update_can_remove_refuses_the_adoption() -> None:
    forced = Change("/TopicName", "replace", "t", "u", "createOnly", forces=True)
    with pytest.raises(PlanError, match=r"no update can change:\n  /TopicName \(createOnly\): it is \"t\", but \"u\""):
        _refuse_unchangeable(subject_of(), live(), [forced])

    waiting = Change("/TopicName", "replace", "t", {"$unknown": "names:/Topic"}, "createOnly", forces=True)
    with pytest.raises(PlanError, match="/TopicName comes from names:/Topic") as refused:
        _refuse_unchangeable(subject_of(), live(), [forced, waiting])
    assert refused.value.hint == "adopt names first"
    _refuse_unchangeable(subject_of(), live(), [])


def test_a_long_value_is_cut() -> None:
    shown = next(length for length in range(1, 500) if shown_value("x" * (length + 1)).endswith("..."))

    assert shown_value("x" * shown) == f'"{"x" * shown}"'
    assert shown_value(None) == "nothing"


def test_a_live_resource_is_claimed_by_the_record_that_has_it() -> None:
    records = [record(identifier="two", key="b"), record(identifier="one", key="c")]
    claimed = claimed_by(records, subject_of(), "one")

    assert claimed is not None
    assert claimed.key == "c"
    assert claimed_by(records, subject_of(), "three") is None


@pytest.mark.parametrize(
    ("type_name", "desired", "arn"),
    [
        (TOPIC, {"TopicName": "t"}, "arn:aws:sns:us-east-1:000000000000:t"),
        (TOPIC, {}, None),
        (TOPIC, {"TopicName": Unknown(Ref("b", ("Name",)))}, None),
        ("AWS::S3::Bucket", {"BucketName": "b"}, None),
        (
            "AWS::StepFunctions::StateMachine",
            {"StateMachineName": "s"},
            "arn:aws:states:us-east-1:000000000000:stateMachine:s",
        ),
    ],
)
def test_an_arn_is_known_if_it_is_made_of_one_declared_name(
    type_name: str, desired: Mapping[str, Any], arn: str | None
) -> None:
    assert _arn(subject_of(desired, type_name)) == arn


def test_the_names_in_an_arn_are_properties_that_a_program_can_set() -> None:
    assert _template_names(CATALOG.get(TOPIC)) == ("TopicName",)
    assert _template_names(CATALOG.get("AWS::SecretsManager::Secret")) == ()
    assert _template_names(CATALOG.get("AWS::Events::EventBus")) == ()


def test_a_usual_name_ends_in_the_words_of_the_type() -> None:
    assert usual_names(CATALOG.get("AWS::EC2::SecurityGroup")) == ("GroupName",)
    assert usual_names(CATALOG.get("AWS::Events::EventBus")) == ("Name",)
    assert usual_names(CATALOG.get("AWS::S3::Bucket")) == ("BucketName",)
