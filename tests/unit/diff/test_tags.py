"""Default tags in every shape (CC95, CC96, CC97)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.diff.tags import kept_tags, read_tags, tag_names, with_default_tags
from diff_samples import SCHEMA, widget

if TYPE_CHECKING:
    from cloudwright.schema.resource_type import ResourceType

LATER = object()
"""Stands for a value that is known after deploy."""

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


def test_only_a_type_that_lists_its_tags_has_names_for_key_and_value() -> None:
    assert tag_names(widget().resource_type) == ("Key", "Value")
    assert tag_names(CATALOG.get("AWS::ImageBuilder::DistributionConfiguration")) is None
    assert tag_names(CATALOG.get("AWS::IAM::RolePolicy")) is None


def nested(*names: str) -> ResourceType:
    """A type whose tags are in a block with these members."""
    tags = {name: SCHEMA["properties"]["Tags"] if name == "Tags" else {"type": "string"} for name in names}
    block = {"type": "object", "properties": tags}
    tagging = {"taggable": True, "tagProperty": "/properties/Block/Tags"}
    return widget({"properties": {**SCHEMA["properties"], "Block": block}, "tagging": tagging}).resource_type


A, B = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}


@pytest.mark.parametrize(
    ("names", "document", "tagged"),
    [
        (("Tags", "Label"), {}, {}),
        (("Tags", "Label"), {"Block": {"Label": "x"}}, {"Block": {"Label": "x", "Tags": [A]}}),
        (("Tags", "Label"), {"Block": {"Tags": [B]}}, {"Block": {"Tags": [A, B]}}),
        (("Tags", "Label"), {"Block": "not known yet"}, {"Block": "not known yet"}),
        (("Tags",), {}, {"Block": {"Tags": [A]}}),
        (("Tags",), {"Block": {}}, {"Block": {"Tags": [A]}}),
    ],
)
def test_tags_in_a_block_declare_it_only_if_it_holds_nothing_else(
    names: tuple[str, ...], document: dict[str, Any], tagged: dict[str, Any]
) -> None:
    assert with_default_tags(nested(*names), document, {"a": "1"}) == tagged


def specified() -> ResourceType:
    """A type whose tags are in each element of a list."""
    item = {"type": "object", "properties": {"Kind": {"type": "string"}, "Tags": SCHEMA["properties"]["Tags"]}}
    tagging = {"taggable": True, "tagProperty": "/properties/Specs/*/Tags"}
    properties = {**SCHEMA["properties"], "Specs": {"type": "array", "items": item}}
    return widget({"properties": properties, "tagging": tagging}).resource_type


def test_tags_in_the_elements_of_a_list_are_added_to_each_declared_one() -> None:
    document = {"Specs": [{"Kind": "x", "Tags": [B]}, {"Kind": "y"}]}

    assert with_default_tags(specified(), document, {"a": "1"}) == {
        "Specs": [{"Kind": "x", "Tags": [A, B]}, {"Kind": "y", "Tags": [A]}]
    }
    assert with_default_tags(specified(), {}, {"a": "1"}) == {}


def test_a_list_that_is_not_known_yet_is_not_replaced_by_an_empty_one() -> None:
    assert with_default_tags(specified(), {"Specs": LATER}, {"a": "1"}) == {"Specs": LATER}


@pytest.mark.parametrize(
    ("tags", "merged"),
    [
        ([{"Key": "b", "Value": "1"}, LATER], LATER),
        ([{"Key": "b", "Value": LATER}], [A, {"Key": "b", "Value": LATER}]),
        ([{"Key": 5, "Value": "1"}], [{"Key": 5, "Value": "1"}]),
        (["text"], ["text"]),
        ("text", "text"),
    ],
)
def test_tags_that_can_not_be_read_stay_as_they_are_or_as_unknown_as_they_are(tags: Any, merged: Any) -> None:
    tagged = with_default_tags(
        widget().resource_type, {"Tags": tags}, {"a": "1"}, is_unknown=lambda value: value is LATER
    )

    assert tagged == {"Tags": merged}
