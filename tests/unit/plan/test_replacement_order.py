"""Which half of a replacement comes first, what is torn down with it, and the order of deletes."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.errors import DependencyCycle
from cloudwright.plan.decision import Decision
from cloudwright.plan.dependency_order import deletion_needs, topological
from cloudwright.plan.model import Action, Order
from cloudwright.plan.planner import Planned, Planner
from cloudwright.plan.replacement_order import _kept_name, order_of
from cloudwright.plan.replacement_teardown import found_teardown
from cloudwright.plan.twins import Twins
from cloudwright.program.declaration import Declaration
from cloudwright.program.reference import Ref
from cloudwright.program.source import Source
from dead_runs import TOPIC, record
from render_samples import step
from subject_kit import context_of, subject_of

SERVICE, COMPONENT, BUCKET = "AWS::ECS::Service", "AWS::ImageBuilder::Component", "AWS::S3::Bucket"


@pytest.mark.parametrize(
    ("type_name", "desired", "why"),
    [
        (BUCKET, {"BucketName": "b"}, "delete-first: /BucketName gives the new one the identifier of an old one"),
        (
            COMPONENT,
            {"Name": "c", "Version": "1.0.0"},
            "delete-first: /Name and /Version give the new one the identifier of an old one",
        ),
    ],
)
def test_the_old_half_goes_first_if_both_would_have_one_name(type_name: str, desired: dict[str, Any], why: str) -> None:
    context = context_of([record(type_name, "one", declared=desired)])

    assert order_of(subject_of(desired, type_name), context) == (Order.DELETE_FIRST, why)
    other = {name: f"{value}9" for name, value in desired.items()}
    assert order_of(subject_of(other, type_name), context) == (Order.CREATE_FIRST, "")


ARN = "arn:aws:ecs:us-east-1:000000000000:service/c/s"


@pytest.mark.parametrize(
    ("desired", "identifier", "kept"),
    [
        ({"ServiceName": "s", "Cluster": "c"}, f"{ARN}|c", "/ServiceName"),
        ({"ServiceName": "s", "Cluster": "d"}, f"{ARN}|c", ""),
        ({"ServiceName": "t", "Cluster": "c"}, f"{ARN}|c", ""),
        ({"ServiceName": "s", "Cluster": "c"}, f"{ARN}-more|c", ""),
    ],
)
def test_an_identifier_that_ends_in_a_declared_name_may_come_again(
    desired: dict[str, str], identifier: str, kept: str
) -> None:
    old = record(SERVICE, identifier, declared={"ServiceName": "s", "Cluster": "c"})

    assert _kept_name(subject_of(desired, SERVICE), old) == kept


@pytest.mark.parametrize("recorded", [True, False])
def test_only_what_exists_is_torn_down(*, recorded: bool) -> None:
    planner = Planner(context_of())
    for key, order in (("a", Order.DELETE_FIRST), ("b", None)):
        present = record(identifier=key, key=key) if recorded or key == "a" else None
        planner.planned[key] = Planned(
            subject=subject_of(key=key),
            decision=Decision(action=Action.REPLACE),
            step=step(key, Action.REPLACE, order=order),
            record=present,
        )
    declarations = {
        "a": Declaration(key="a", type=TOPIC, document={}),
        "b": Declaration(key="b", type=TOPIC, document={"DisplayName": Ref("a", ("TopicName",))}),
    }
    assert found_teardown(planner, declarations) == ({"b"} if recorded else set())


def test_a_cycle_is_shown_with_the_lines_that_are_known() -> None:
    with pytest.raises(DependencyCycle) as found:
        topological({"a": ["b"], "b": ["a"]}, {"a": Source("infra.py", 7)})
    assert "  a  (infra.py:7)" in found.value.message.splitlines()
    assert "  b" in found.value.message.splitlines()

    with pytest.raises(DependencyCycle) as bare:
        topological({"a": ["a"]})
    assert "  a" in bare.value.message.splitlines()


def test_deletes_follow_the_dependencies_or_if_these_form_a_cycle_the_order_of_creation() -> None:
    a, b = record(identifier="a", order=1), record(identifier="b", key="b", depends_on=("a",), order=2)
    assert deletion_needs([a, b]) == {a.id: {b.id}, b.id: set()}

    a, same = (
        record(identifier="a", depends_on=("b",), order=2),
        record(identifier="b", key="b", depends_on=("a",), order=2),
    )
    assert deletion_needs([a, same]) == {a.id: set(), same.id: set()}
    b = record(identifier="b", key="b", depends_on=("a",), order=3)
    assert deletion_needs([a, b]) == {a.id: {b.id}, b.id: set()}


def test_a_record_that_moves_to_another_resource_is_no_longer_a_twin_of_the_first() -> None:
    first, other = record(identifier="one"), record(identifier="one", key="b")
    twins = Twins([first, other], context_of([first, other]))
    assert [each.key for each in twins.twins(first)] == ["b"]

    twins.put(record(identifier="two", key="b"))
    assert list(twins.twins(first)) == []
    assert [each.key for each in twins.twins(record(identifier="two", key="c"))] == ["b"]
    twins.put(record(identifier="two", key="b", note="written again"))
    assert [each.note for each in twins.twins(record(identifier="two", key="c"))] == ["written again"]
