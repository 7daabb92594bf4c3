"""Which properties identify an element of a list, and whether elements have distinct keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.compare import arrays_of
from cloudwright.diff.location import Location
from diff_kit import context_of
from diff_samples import SCHEMA, STRING, widget

if TYPE_CHECKING:
    from cloudwright.diff.arrays import Arrays

OPTIONS = {
    "type": "array",
    "arrayType": "AttributeList",
    "items": {"type": "object", "properties": {"Namespace": STRING, "OptionName": STRING, "Value": STRING}},
}
CONTEXT = widget({"properties": {**SCHEMA["properties"], "Options": OPTIONS}})


def at(name: str) -> Location:
    return Location.root(CONTEXT.resource_type).key(name, {})


def arrays() -> Arrays:
    """Lists in which the text `later` is known only after deploy."""
    return arrays_of(replace(CONTEXT, is_unknown=lambda value: value == "later"))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Tags", ("Key",)),
        ("Attributes", ("Key",)),
        ("Options", ("Namespace", "OptionName")),
        ("Users", ()),
        ("Zones", ()),
    ],
)
def test_tags_and_attributes_have_keys(name: str, keys: tuple[str, ...]) -> None:
    assert arrays().keys(at(name)) == keys


def test_of_two_spellings_of_a_tags_key_one_counts() -> None:
    context = context_of("AWS::AppStream::AppBlock")

    assert arrays_of(context).keys(Location.root(context.resource_type).key("Tags", {})) == ("Key",)


@pytest.mark.parametrize(
    ("name", "elements", "named"),
    [
        ("Attributes", [{"Key": "a"}, {"Key": "b"}], True),
        ("Attributes", [{"Key": "a"}, {"Key": "a"}], False),
        ("Attributes", [{"Key": "a"}, {"Value": "b"}], False),
        ("Attributes", [{"Key": "a"}, "b"], False),
        ("Attributes", [{"Key": "a"}, {"Key": "later"}, "later"], True),
        ("Attributes", [{"Key": "a"}, {"Key": "a"}, {"Key": "later"}], False),
        ("Options", [{"Namespace": "n", "OptionName": "a"}, {"Namespace": "n", "OptionName": "b"}], True),
        ("Options", [{"Namespace": "n", "OptionName": "a"}, {"Namespace": "n", "OptionName": "a"}], False),
        ("Users", [{"Name": "a"}, {"Name": "b"}], False),
    ],
)
def test_elements_are_named_if_their_known_keys_are_distinct(name: str, elements: list[Any], *, named: bool) -> None:
    assert arrays().named(at(name), elements) is named
    assert arrays().named(at(name), [], elements) is named


def test_an_element_whose_key_is_not_known_yet_is_never_one_that_others_added() -> None:
    pairs = arrays().same(at("Attributes"), [{"Key": "later"}, {"Key": "b"}], [{"Key": "a"}, {"Key": "b"}])

    assert [pair for pair in pairs if None not in pair] == [(1, 1)]


def test_identical_elements_of_a_long_list_are_found_whatever_the_order_of_their_keys() -> None:
    want = [{"Port": port, "From": "any"} for port in range(600)]
    have = [{"From": "any", "Port": port} for port in reversed(range(600))]

    assert arrays().pairs(at("Rules"), want, have) == [(port, 599 - port) for port in range(600)]


@pytest.mark.parametrize(("least", "pairs"), [(0.5, [(0, 0)]), (0.6, [(0, None), (None, 0)])])
def test_half_an_element_is_enough_where_half_is_asked_for(least: float, pairs: list[Any]) -> None:
    want, have = [{"Port": 1, "From": "a"}], [{"Port": 1, "From": "b"}]

    assert arrays().matching(at("Rules"), want, have, least) == pairs
