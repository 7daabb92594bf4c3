"""What the program declares differently than before, kind by kind."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.compare import compare_both, compare_declared, compare_live
from cloudwright.diff.live import LiveComparison
from cloudwright.diff.location import Location
from cloudwright.secret import SECRET_MARKER, secret
from diff_kit import context_of, fingerprint
from diff_samples import known, widget

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Difference

LATER = object()
"""Stands for a value that is known after deploy."""


def waiting() -> ComparisonContext:
    return dataclasses.replace(widget(), is_unknown=lambda value: value is LATER)


def masked(value: object) -> dict[str, Any]:
    return {SECRET_MARKER: fingerprint(value)}


def reported(differences: tuple[Difference, ...]) -> list[tuple[str, str]]:
    return [(one.kind, "/".join(one.path)) for one in differences]


def test_a_policy_in_place_of_another_document_is_compared_member_by_member() -> None:
    policy = {"Statement": [{"Effect": "Deny"}]}

    assert reported(compare_declared(widget(), {"Policy": policy}, {"Policy": {"Statement": []}})) == [
        ("add", "Policy/Statement/0")
    ]


@pytest.mark.parametrize(("want", "have"), [(["a"], "text"), ("text", ["a"])])
def test_a_list_in_place_of_a_text_is_replaced_as_a_whole(want: object, have: object) -> None:
    assert reported(compare_live(widget(), {"Policy": want}, {"Policy": have}, {"Policy": want})) == [
        ("replace", "Policy")
    ]


@pytest.mark.parametrize(("before", "changed"), [("anything", False), ("something", True)])
def test_what_can_not_be_compared_changed_if_its_fingerprint_did(before: str, *, changed: bool) -> None:
    found = compare_live(widget(), {"Mystery": "anything"}, {"Mystery": "else"}, {"Mystery": masked(before)})

    assert bool(found) is changed


def test_a_tag_of_aws_is_nobodys_and_any_other_foreign_member_is_reported() -> None:
    def foreign(context: ComparisonContext, name: str, members: dict[str, str]) -> list[tuple[str, str]]:
        return reported(compare_both(context, {name: {"mine": "1"}}, {name: {"mine": "1", **members}}, {name: {}})[1])

    images = context_of("AWS::ImageBuilder::DistributionConfiguration")
    assert foreign(images, "Tags", {"aws:x": "1", "theirs": "1"}) == [("remove", "Tags/theirs")]
    assert foreign(widget(), "Labels", {"aws:x": "1", "theirs": "1"}) == [
        ("remove", "Labels/aws:x"),
        ("remove", "Labels/theirs"),
    ]


def test_an_element_that_is_no_longer_declared_is_removed_but_not_a_null() -> None:
    assert reported(compare_declared(widget(), {"List": ["a"]}, {"List": ["a", "b"]})) == [("remove", "List/1")]
    assert compare_declared(widget(), {"List": ["a"]}, {"List": ["a", None]}) == ()


@pytest.mark.parametrize(
    ("desired", "before"),
    [
        ({"Policy": {"a": LATER}}, {"Policy": masked("x")}),
        ({"Password": {"a": LATER}}, {"Password": masked("x")}),
        ({"Policy": {"a": [LATER]}}, {"Policy": "text"}),
        ({"Text": LATER}, {"Text": "x"}),
    ],
    ids=["secret", "write-only", "document", "leaf"],
)
def test_what_is_known_after_deploy_is_marked_as_unknown(desired: dict[str, Any], before: dict[str, Any]) -> None:
    [found] = compare_declared(waiting(), desired, before)

    assert (found.kind, found.unknown, found.reason) == ("replace", True, "known after deploy")


def test_a_new_block_that_holds_an_unknown_is_unknown() -> None:
    assert [one.unknown for one in compare_declared(waiting(), {"Disk": {"Label": LATER}}, {})] == [True]
    assert [one.unknown for one in compare_declared(waiting(), {"Disk": {"Label": "x"}}, {})] == [False]


@pytest.mark.parametrize(
    ("name", "value", "before", "kinds"),
    [
        ("Text", secret("new"), None, ["add"]),
        ("Text", secret("new"), masked("old"), ["replace"]),
        ("Text", secret("same"), masked("same"), []),
        ("Text", secret("same"), "same", []),
        ("Text", secret("new"), "old", ["replace"]),
        ("Password", "new", None, ["add"]),
        ("Password", "new", masked("old"), ["replace"]),
        ("Password", "same", masked("same"), []),
        ("Password", {}, None, []),
        ("Password", [], None, []),
        ("Password", "", None, ["add"]),
    ],
)
def test_a_secret_and_a_write_only_value_are_compared_with_what_was_sent(
    name: str, value: object, before: object, kinds: list[str]
) -> None:
    found = compare_declared(widget(), {name: value}, {} if before is None else {name: before})

    assert [one.kind for one in found] == kinds


@pytest.mark.parametrize(
    ("want", "have", "likeness"),
    [
        ({"Port": 1}, {"Port": 1}, 1.0),
        ({"Port": 1}, {"Port": 2}, 0.0),
        ({"Port": 1, "From": "a"}, {"Port": 1, "From": "b"}, 0.5),
        ({"Port": 1, "From": "a", "Note": "x"}, {"Port": 1}, 1 / 3),
        ({}, {"Port": 1}, 0.0),
        ("a", "a", 0.0),
        ({"Port": 1}, "a", 0.0),
        ({"Port": 1, "From": "a"}, "a", 0.0),
        ("a", {"Port": 1}, 0.0),
        (LATER, "a", 0.01),
        ({"Port": LATER}, {"Port": 2}, 0.01),
    ],
)
def test_elements_are_as_alike_as_the_share_of_declared_leaves_that_agree(
    want: object, have: object, likeness: float
) -> None:
    place = Location.root(widget().resource_type).key("Rules", {}).item(0, 0)

    assert LiveComparison(waiting()).likeness(place, want, have) == pytest.approx(likeness)


def test_a_write_only_value_that_is_not_secret_is_stored_and_shown_in_clear() -> None:
    images = context_of("AWS::ImageBuilder::Component")
    [change] = compare_declared(images, {"Data": "new"}, {"Data": "old"})

    assert images.is_plain(("Data",))
    assert (change.old, change.new, change.secret) == ("old", "new", False)
    assert not widget().is_plain(("Password",))
    assert not widget().is_plain(("Size",))


def test_a_declared_value_in_place_of_another_is_no_edit_of_somebody_else() -> None:
    for found in (
        compare_declared(widget(), {"Size": 2, "Text": "new"}, {"Size": 1, "List": ["a"]}),
        compare_live(widget(), {"Size": 2, "Text": '{"a": 1}'}, {"Size": 1}, {"Size": 1}),
    ):
        assert {one.edited for one in found} == {False}


def test_an_unknown_value_is_new_or_replaces_another() -> None:
    assert reported(compare_declared(waiting(), {"Text": LATER}, {})) == [("add", "Text")]
    assert reported(compare_declared(waiting(), {"Text": LATER}, {"Text": "x"})) == [("replace", "Text")]


def test_a_changed_write_only_value_counts_though_a_read_shows_the_declared_one() -> None:
    login = {"User": "u", "Token": "new"}

    assert reported(
        compare_live(widget(), {"Login": login}, {"Login": login}, {"Login": {"User": "u", "Token": masked("old")}})
    ) == [("replace", "Login/Token")]
    assert (
        compare_live(widget(), {"Login": login}, {"Login": login}, {"Login": {"User": "u", "Token": masked("new")}})
        == ()
    )


def test_a_block_of_which_a_read_shows_nothing_differs_where_its_write_only_values_do() -> None:
    def found(token: str) -> list[tuple[str, str]]:
        return reported(compare_live(widget(), {"Login": {"Token": "new"}}, {}, {"Login": {"Token": masked(token)}}))

    assert (found("old"), found("new")) == ([("replace", "Login/Token")], [])


def test_a_secret_is_compared_by_meaning_with_a_value_in_clear() -> None:
    assert compare_live(widget(), {"Timeout": secret(300)}, {"Timeout": "300"}, {}) == ()
    assert reported(compare_live(widget(), {"Timeout": secret(300)}, {"Timeout": "301"}, {})) == [
        ("replace", "Timeout")
    ]


def test_a_recorded_write_only_value_does_not_differ_from_itself_though_nothing_can_compare_it() -> None:
    hidden = widget({"writeOnlyProperties": ["/properties/Mystery"]})
    recorded = {"Mystery": "x"}

    assert compare_live(hidden, recorded, {}, recorded) == ()


@pytest.mark.parametrize(("before", "changed"), [("some text", False), ("other text", True)])
def test_a_write_only_value_in_clear_is_compared_as_text(before: str, *, changed: bool) -> None:
    images = context_of("AWS::ImageBuilder::Component")
    desired = {"Data": "".join(list("some text"))}  # another object than the recorded one

    assert bool(compare_live(images, desired, {}, {"Data": before})) is changed


def test_a_difference_is_secret_if_either_side_is() -> None:
    for desired, before in (
        ({"Text": secret("a")}, {}),
        ({"Text": "a"}, {"Text": masked("b")}),
        ({}, {"Text": masked("b")}),
    ):
        assert [one.secret for one in compare_declared(widget(), desired, before)] == [True]
    assert [one.secret for one in compare_declared(widget(), {"Text": "a"}, {"Text": "b"})] == [False]


def test_a_value_that_is_not_known_yet_is_shown_as_it_is() -> None:
    context = waiting()

    assert context.shown(LATER, ("Text",), masked("x")) is LATER
    assert context.shown({"a": LATER, "b": "x"}, ("Policy",), masked("x")) == {"a": LATER, "b": masked("x")}
    assert context.shown({"a": "x"}, ("Policy",), masked("x")) == masked({"a": "x"})
    assert context.shown(None, ("Text",), masked("x")) is None
    assert context.shown(["x", "y"], ("List",), ["z", masked("x")]) == [masked("x"), masked("y")]
    assert context.shown({"a": "x", "b": "y"}, ("Labels",), {"a": masked("z")}) == {"a": masked("x"), "b": "y"}


@pytest.mark.parametrize(
    ("value", "holds"), [(LATER, True), ([1, LATER], True), ({"a": (LATER,)}, True), ([1], False), ("x", False)]
)
def test_an_unknown_is_found_wherever_it_stands(value: object, *, holds: bool) -> None:
    assert waiting().holds_unknown(value) is holds


def test_another_order_is_no_change_of_a_set_nor_of_elements_that_have_keys() -> None:
    zones = [{"Zone": "a"}, {"Zone": "b"}]
    keyed = widget(override=known(list_keys={("Zones",): "Zone"}))

    assert compare_declared(widget(), {"Bag": ["b", "a"]}, {"Bag": ["a", "b"]}) == ()
    assert compare_declared(keyed, {"Zones": zones[::-1]}, {"Zones": zones}) == ()
    assert reported(compare_declared(widget(), {"Zones": zones[::-1]}, {"Zones": zones})) == [("order", "Zones")]
