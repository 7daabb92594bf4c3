"""The comparison with what a read returned: what others edited, added and put where ours belongs."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.compare import compare_both, compare_live
from cloudwright.schema.pointer import PointerSet
from cloudwright.secret import SECRET_MARKER
from diff_kit import context_of, fingerprint
from diff_samples import widget

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext

RULE = context_of("AWS::Events::Rule")


def exclusive(*path: str) -> ComparisonContext:
    return dataclasses.replace(widget(), exclusive=PointerSet([path]))


@pytest.mark.parametrize(
    ("name", "before", "live", "edited"),
    [
        ("Text", '{"a": 1}', '{"a": 2}', True),
        ("Text", '{"a": 1}', '{"a":1}', False),
        ("Text", "plain", "other", False),
        ("Text", "plain", '{"a": 2}', True),
        ("Size", 1, 2, False),
        ("Policy", {"Statement": [{"Effect": "Deny"}]}, {"Statement": [{"Effect": "Allow"}]}, True),
        ("Policy", {"Statement": [{"Effect": "Deny"}]}, {"Statement": {"Effect": "Deny"}}, False),
        ("Text", {SECRET_MARKER: fingerprint("plain")}, '{"a": 2}', False),
    ],
)
def test_what_is_removed_as_a_whole_says_whether_others_had_edited_it(
    name: str, before: object, live: object, *, edited: bool
) -> None:
    found = compare_live(widget(), {}, {name: live}, {name: before})

    assert [(one.kind, one.edited) for one in found if one.kind == "remove"] == [("remove", edited)]


@pytest.mark.parametrize(("live", "edited"), [("other", True), ("a", False)])
def test_an_element_that_is_no_longer_declared_says_whether_others_had_edited_it(live: str, *, edited: bool) -> None:
    [found] = compare_live(widget(), {"List": []}, {"List": [live]}, {"List": ["a"]})

    assert (found.kind, found.edited) == ("remove", edited)


@pytest.mark.parametrize(
    ("path", "live", "edited"),
    [
        (("Disk",), {"Size": 2}, True),
        (("Disk",), {"Size": 1}, False),
        (("Disk", "Label"), {"Size": 2}, True),
        (("Login",), {"Size": 2}, False),
    ],
)
def test_what_leaves_with_an_exclusive_collection_counts_as_edited(
    path: tuple[str, ...], live: dict[str, Any], *, edited: bool
) -> None:
    [found] = compare_live(exclusive(*path), {}, {"Disk": live}, {"Disk": {"Size": 1}})

    assert (found.kind, found.edited) == ("remove", edited)


def test_an_element_with_a_key_that_is_no_longer_declared_is_known_by_it_whatever_others_edited() -> None:
    before, live = [{"Key": "a", "Value": "1"}], [{"Key": "a", "Value": "2"}]

    [found] = compare_live(widget(), {"Tags": []}, {"Tags": live}, {"Tags": before})

    assert (found.kind, found.edited) == ("remove", False)


def test_a_new_element_that_takes_the_place_of_a_foreign_one_says_so() -> None:
    def targets(names: str) -> dict[str, Any]:
        return {"Targets": [{"Id": name, "Arn": name} for name in names]}

    found, others = compare_both(RULE, targets("abcde"), targets("xabcd"), targets("abcd"))

    assert [(one.kind, one.path, one.at, one.displaces, one.unknown) for one in found] == [
        ("replace", ("Targets", "4"), ("Targets", "0"), True, False)
    ]
    assert others == ()
    assert [one.displaces for one in compare_live(RULE, targets("abcde"), targets("abcd"), targets("abcd"))] == [False]


def statements(*effects: str, actions: str = "s3:*") -> dict[str, Any]:
    return {"Statement": [{"Sid": effect, "Effect": effect, "Action": actions} for effect in effects]}


@pytest.mark.parametrize("spelled", [lambda policy: policy, json.dumps], ids=["document", "text"])
@pytest.mark.parametrize(
    ("want", "live", "kinds", "foreign"),
    [
        (statements("Allow"), statements("Allow"), [], 0),
        (statements("Allow"), statements("Allow", "Deny"), [], 1),
        (statements("Allow"), statements("Allow", actions="sqs:*"), ["replace"], 0),
        (statements("Allow"), statements("Deny"), ["replace"], 1),
    ],
)
def test_a_policy_differs_only_in_the_statements_that_the_program_declares(
    spelled: Any, want: dict[str, Any], live: dict[str, Any], kinds: list[str], foreign: int
) -> None:
    found, others = compare_both(widget(), {"Policy": want}, {"Policy": spelled(live)}, {"Policy": want})

    assert [one.kind for one in found] == kinds
    assert len(others) == foreign


def test_a_foreign_statement_differs_where_only_declared_ones_may_exist() -> None:
    want, live = {"Policy": statements("Allow")}, {"Policy": statements("Allow", "Deny")}

    found, others = compare_both(exclusive("Policy", "Statement"), want, live, want)

    assert ([one.kind for one in found], others) == (["replace"], ())


def test_what_an_adoption_can_not_compare_counts_as_equal() -> None:
    assert compare_live(widget(), {"Mystery": "a", "Password": "p"}, {"Mystery": "b"}, None) == ()
    assert compare_live(widget(), {"Mystery": "a"}, {"Mystery": "b"}, {}) != ()


def test_the_elements_that_an_adopted_resource_has_beyond_ours_are_foreign() -> None:
    found, others = compare_both(widget(), {"List": ["a", "new"]}, {"List": ["a", "x", "y"]}, None)

    assert [(one.kind, one.path, one.at) for one in found] == [("replace", ("List", "1"), ("List", "1"))]
    assert [(one.path, one.old, one.foreign) for one in others] == [(("List", "2"), "y", True)]


@pytest.mark.parametrize(
    ("name", "path"),
    [("Labels", ("Labels",)), ("List", ("List",))],
)
def test_a_foreign_element_is_a_removal_where_only_declared_ones_may_exist(name: str, path: tuple[str, ...]) -> None:
    ours: Any = {"a": "1"} if name == "Labels" else ["a"]
    live: Any = {"a": "1", "b": "2"} if name == "Labels" else ["a", "b"]

    found, others = compare_both(exclusive(*path), {name: ours}, {name: live}, {name: ours})
    assert ([(one.kind, one.foreign, one.reason) for one in found], others) == (
        [("remove", False, "added outside cloudwright, where only declared elements may exist")],
        (),
    )
    found, others = compare_both(widget(), {name: ours}, {name: live}, {name: ours})
    assert (found, [(one.kind, one.foreign, one.reason) for one in others]) == (
        (),
        [("remove", True, "added outside cloudwright")],
    )


def test_each_element_is_compared_with_what_was_declared_for_it_before() -> None:
    users = [{"Name": "a", "Pin": "1"}, {"Name": "b", "Pin": "2"}]

    assert compare_live(widget(), {"Users": users}, {"Users": [{"Name": "b"}, {"Name": "a"}]}, {"Users": users}) == ()


def test_only_a_new_element_of_an_ordered_list_brings_its_neighbours_along() -> None:
    def sequences(name: str, want: list[Any], live: list[Any]) -> list[tuple[Any, ...]]:
        return [one.sequence for one in compare_live(widget(), {name: want}, {name: live}, {name: live})]

    old = {"Zone": "a", "Weight": "1"}
    assert sequences("Zones", [{**old, "Weight": "2"}], [old]) == [()]
    assert sequences("Zones", [old, {"Zone": "b"}], [old]) == [(0, None)]
    assert sequences("Rules", [{"Port": 1}, {"Port": 2}], [{"Port": 1}]) == [()]
