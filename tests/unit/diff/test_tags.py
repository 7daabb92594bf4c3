"""Default tags in every shape (CC95, CC96, CC97)."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.diff.tags import kept_tags, read_tags, with_default_tags
from diff_samples import widget

DEFAULTS = {"team": "core", "app": "shop"}


def test_a_list_of_tags_is_sorted_by_key_and_the_resource_wins() -> None:
    document = {"Tags": [{"Key": "team", "Value": "mine"}, {"Key": "b", "Value": "1"}]}

    tagged = with_default_tags(widget().resource_type, document, DEFAULTS)

    expected = [{"Key": "app", "Value": "shop"}, {"Key": "b", "Value": "1"}, {"Key": "team", "Value": "mine"}]
    assert {"Tags": expected} == tagged
    assert 2 == len(document["Tags"]), "the declaration itself is not changed"


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("AWS::ImageBuilder::DistributionConfiguration", {"Tags": {"app": "shop", "team": "core"}}),
        ("AWS::Cognito::UserPool", {"UserPoolTags": {"app": "shop", "team": "core"}}),
        (
            "AWS::CloudFront::AnycastIpList",
            {"Tags": {"Items": [{"Key": "app", "Value": "shop"}, {"Key": "team", "Value": "core"}]}},
        ),
        ("AWS::EC2::LaunchTemplate", {}),
        ("AWS::IAM::RolePolicy", {}),
    ],
)
def test_tags_go_where_the_type_has_them(type_name: str, expected: dict[str, Any]) -> None:
    assert expected == with_default_tags(CATALOG.get(type_name), {}, DEFAULTS)


def test_tags_of_an_auto_scaling_group_reach_its_instances() -> None:
    tagged = with_default_tags(CATALOG.get("AWS::AutoScaling::AutoScalingGroup"), {}, {"a": "1"})

    assert {"Tags": [{"Key": "a", "Value": "1", "PropagateAtLaunch": True}]} == tagged


def test_default_tags_never_force_a_replacement_where_tags_cannot_change_cc97() -> None:
    kind = widget(
        {"tagging": {"taggable": True, "tagUpdatable": False, "tagProperty": "/properties/Tags"}}
    ).resource_type
    before = {"Tags": [{"Key": "app", "Value": "old"}]}

    assert before == with_default_tags(kind, {}, DEFAULTS, before)
    assert {} == with_default_tags(kind, {}, DEFAULTS, {})
    assert 2 == len(with_default_tags(kind, {}, DEFAULTS)["Tags"])


@pytest.mark.parametrize(
    ("updatable", "own", "before", "kept"),
    [
        (False, [], ["app", "mine"], ("mine",)),
        (False, ["mine"], ["app", "mine"], ()),
        (False, [], ["team"], ()),
        (False, [], None, ()),
        (True, [], ["mine"], ()),
    ],
)
def test_tags_stay_that_the_program_no_longer_has_cc97(
    *, updatable: bool, own: list[str], before: list[str] | None, kept: tuple[str, ...]
) -> None:
    kind = widget(
        {"tagging": {"taggable": True, "tagUpdatable": updatable, "tagProperty": "/properties/Tags"}}
    ).resource_type

    def document(names: list[str]) -> dict[str, Any]:
        return {"Tags": [{"Key": name, "Value": "1"} for name in names]}

    declared_before = None if before is None else document(before)

    assert kept == kept_tags(kind, document(own), DEFAULTS, declared_before)


def test_tags_that_are_not_known_yet_are_left_alone() -> None:
    unknown = object()

    assert {"Tags": unknown} == with_default_tags(widget().resource_type, {"Tags": unknown}, DEFAULTS)


def test_while_a_key_is_not_known_no_tag_is_since_it_may_win_over_a_default() -> None:
    later = object()
    document = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": later, "Value": "2"}]}

    tagged = with_default_tags(widget().resource_type, document, DEFAULTS, is_unknown=lambda value: value is later)

    assert {"Tags": later} == tagged


def test_no_defaults_change_nothing() -> None:
    document = {"Tags": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]}

    assert document == with_default_tags(widget().resource_type, document, {})


def test_tags_are_read_in_their_own_shape() -> None:
    kind = widget().resource_type

    assert {"a": "1"} == read_tags(kind, [{"Key": "a", "Value": "1"}])
    assert {"a": "1"} == read_tags(kind, {"a": "1"})
    assert read_tags(kind, [{"Key": object(), "Value": "1"}]) is None
