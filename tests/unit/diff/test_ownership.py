"""Whose an element of a live list is: never decided by its position alone."""

from __future__ import annotations

from typing import Any

import jsonpatch
import pytest

from cloudwright.diff.compare import arrays_of, compare_both
from cloudwright.diff.location import Location
from cloudwright.diff.ownership import Owners, owners
from cloudwright.diff.patch import build_patch, to_json
from diff_kit import context_of
from diff_samples import SCHEMA, widget

ALARM = context_of("AWS::CloudWatch::Alarm")
GROUP = context_of("AWS::EC2::SecurityGroup")


def whose(want: list[Any], have: list[Any], before: list[Any], name: str = "AlarmActions") -> Owners:
    context = GROUP if name.startswith("Security") else ALARM
    place = Location.root(context.resource_type).key(name, {})
    return owners(arrays_of(context), place, want, have, before)


@pytest.mark.parametrize(
    ("want", "have", "before", "pairs", "dropped", "foreign"),
    [
        pytest.param(["a2"], ["x", "a"], ["a"], [1], [], [0], id="edited behind a foreign one"),
        pytest.param(["a2"], ["a", "x"], ["a"], [0], [], [1], id="edited before a foreign one"),
        pytest.param(["b"], ["x", "a", "b"], ["a", "b"], [2], [1], [0], id="removed behind a foreign one"),
        pytest.param(["a", "n"], ["a", "x"], ["a"], [0, None], [], [1], id="a new one is not the foreign one"),
        pytest.param(["a", "n"], ["n", "a"], ["a"], [1, 0], [], [], id="a new one that others put there already"),
        pytest.param(["a"], ["a", "a"], ["a"], [0], [], [1], id="a foreign one that looks like ours"),
        pytest.param(["a", "a"], ["a", "x", "a"], ["a", "a"], [0, 2], [], [1], id="between two alike"),
        pytest.param(["a"], ["a", "x", "a"], ["a", "a"], [0], [2], [1], id="one of two alike is removed"),
        pytest.param(["a", "b"], ["b", "x", "a"], ["a", "b"], [2, 0], [], [1], id="others reordered ours"),
        pytest.param(["b", "a"], ["a", "x", "b"], ["a", "b"], [2, 0], [], [1], id="the program reorders its own"),
        pytest.param(["a", "b"], ["x", "a"], ["a", "b"], [1, None], [], [0], id="others removed one and added another"),
        pytest.param(["a", "c"], ["a", "x"], ["a", "b"], [0, 1], [], [], id="others edited the text where it stood"),
        pytest.param([], ["x"], ["a"], [], [0], [], id="what others edited where it stood is still ours to remove"),
        pytest.param(["a"], ["x", "y"], [], [None], [], [0, 1], id="a list that the program did not declare before"),
    ],
)
def test_each_live_element_has_one_owner(
    want: list[Any], have: list[Any], before: list[Any], pairs: list[Any], dropped: list[int], foreign: list[int]
) -> None:
    found = whose(want, have, before)

    assert [at for _, at in found.pairs] == pairs
    assert [at for _, at in found.dropped] == dropped
    assert list(found.foreign) == foreign


def rule(port: int, description: str = "old") -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8", "Description": description}


def test_an_object_is_known_by_its_content() -> None:
    edited = {**rule(443), "Description": "by hand"}

    found = whose([rule(443, "new")], [rule(22), edited], [rule(443)], "SecurityGroupIngress")

    assert (((0, 1),), (0,)) == (found.pairs, found.foreign)


def test_an_order_that_the_program_changes_leaves_the_elements_of_others_in_their_places() -> None:
    want, before = {"AlarmActions": ["b", "a", "c"]}, {"AlarmActions": ["a", "b"]}
    live = {"AlarmActions": ["x", "a", "y", "b"]}

    found, others = compare_both(ALARM, want, live, before)
    patch = build_patch(ALARM, desired=want, live=live, differences=found, foreign=others)

    assert ["x", "y"] == [one.old for one in others]
    assert ["x", "b", "y", "a", "c"] == jsonpatch.apply_patch(live, to_json(patch))["AlarmActions"]


def test_in_a_full_list_a_foreign_element_makes_room_for_ours() -> None:
    context = context_of("AWS::NetworkSecurityManager::Deployment")
    place = Location.root(context.resource_type).key("AssociatedScopeList", {})  # at most one
    found = owners(arrays_of(context), place, ["ours"], ["theirs"], ["ours"])

    assert found == Owners(pairs=((0, 0),), displacing=(0,))


def test_in_a_full_list_a_foreign_element_replaces_the_one_that_is_missing_not_a_new_one() -> None:
    context = context_of("AWS::Events::Endpoint")
    place = Location.root(context.resource_type).key("EventBuses", {})  # always two
    ours, other, new, theirs = ({"EventBusArn": name} for name in ("ours", "other", "new", "theirs"))

    found = owners(arrays_of(context), place, [new, other], [theirs, ours], [ours, other])

    assert found == Owners(pairs=((0, None), (1, 0)), dropped=((0, 1),), displacing=(1,))


def test_a_full_list_gives_up_no_more_foreign_elements_than_it_must_and_the_same_in_any_order() -> None:
    context = context_of("AWS::Events::Rule")
    place = Location.root(context.resource_type).key("Targets", {})  # at most five
    a, b, c, d, x, y = ({"Id": name, "Arn": name} for name in "abcdxy")

    for have in ([a, b, x, y], [y, b, x, a]):
        found = owners(arrays_of(context), place, [a, b, c, d], have, [a, b])

        assert [(2, have.index(x)), (3, None)] == [pair for pair in found.pairs if pair[0] > 1]
        assert ((2,), (have.index(y),)) == (found.displacing, found.foreign)


def test_an_element_of_which_less_is_declared_is_not_taken_for_a_fuller_one() -> None:
    context = context_of("AWS::CodePipeline::Pipeline")
    place = Location.of(context.resource_type, ("Triggers", "0", "GitConfiguration", "Push"), ())
    bare: dict[str, Any]
    full: dict[str, Any]
    bare, full = {"Branches": {}}, {"Branches": {"Excludes": ["x"]}}
    filled = {"Branches": {"Excludes": ["x"], "Includes": ["*"]}}

    for live in (full, filled):
        found = owners(arrays_of(context), place, [bare, full], [live], [bare, full])

        assert found == Owners(pairs=((0, None), (1, 0)))


HOOK = context_of("AWS::CloudFormation::GuardHook")


@pytest.mark.parametrize(
    ("context", "name", "before", "live", "want", "left"),
    [
        pytest.param(HOOK, "TargetOperations", ["A"], ["A", "B"], ["B"], ["B"], id="behind ours"),
        pytest.param(HOOK, "TargetOperations", ["A"], ["B", "A"], ["B"], ["B"], id="before ours"),
        pytest.param(HOOK, "TargetOperations", ["A"], ["A", "B", "C"], ["B"], ["B", "C"], id="and another one"),
        pytest.param(HOOK, "TargetOperations", ["A"], ["A", "B"], ["C"], ["C", "B"], id="nobody else's"),
        pytest.param(GROUP, "SecurityGroupIngress", [rule(1)], [rule(1), rule(2)], [rule(2)], [rule(2)], id="objects"),
    ],
)
def test_an_edit_to_what_others_added_already_makes_no_second_one(
    context: Any, name: str, before: list[Any], live: list[Any], want: list[Any], left: list[Any]
) -> None:
    found, others = compare_both(context, {name: want}, {name: live}, {name: before})
    patch = build_patch(context, desired={name: want}, live={name: live}, differences=found, foreign=others)

    assert left == jsonpatch.apply_patch({name: live}, to_json(patch))[name]


def test_the_members_of_an_element_may_come_in_any_order_when_it_makes_room_for_ours() -> None:
    context = context_of("AWS::Events::Rule")
    place = Location.root(context.resource_type).key("Targets", {})  # at most five
    ours = [{"Id": name, "Arn": name} for name in "abcde"]
    x, y = {"Id": "x", "Arn": "x"}, {"Arn": "y", "Id": "y"}

    found = owners(arrays_of(context), place, ours[:4], [*ours[:3], x, y], ours[:3])

    assert (found.displacing, found.foreign) == ((3,), (4,))
    assert found.pairs[3] == (3, 3)


@pytest.mark.parametrize(
    ("name", "pairs"), [("Zones", ((0, 0), (1, 1), (2, 2))), ("Unordered", ((0, 0), (1, 2), (2, 1)))]
)
def test_an_element_that_is_equal_where_it_stood_has_not_moved_in_an_ordered_list(
    name: str, pairs: tuple[tuple[int, int], ...]
) -> None:
    zones = SCHEMA["properties"]["Zones"]
    context = widget({"properties": {**SCHEMA["properties"], "Unordered": {**zones, "insertionOrder": False}}})
    place = Location.root(context.resource_type).key(name, {})
    declared = [{"Zone": "z"}, {"Zone": "a"}, {"Weight": "1"}]
    live = [{"Zone": "z"}, {"Zone": "a", "Weight": "1"}, {"Zone": "a"}]

    assert owners(arrays_of(context), place, declared, live, declared).pairs == pairs
