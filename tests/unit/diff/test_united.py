"""The union of two declared documents: nothing that the program may have written is missing."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.union import union_of
from diff_samples import widget

MARKER = {"$secret": "k.1:f"}


@pytest.mark.parametrize(
    ("one", "other", "whole"),
    [
        ({}, {"Size": 1}, {"Size": 1}),
        ({"Size": 1}, {}, {"Size": 1}),
        ({"Size": 1}, {"Size": 2, "Text": "x"}, {"Size": 1, "Text": "x"}),
        ({"Size": None}, {"Size": 2}, {"Size": 2}),
        ({"Disk": {"Size": 1}}, {"Disk": {"Label": "x", "Size": 2}}, {"Disk": {"Size": 1, "Label": "x"}}),
        ({"Disk": {"Size": 1}}, {"Disk": "text"}, {"Disk": {"Size": 1}}),
        ({"Password": MARKER}, {"Password": {"$secret": "k.1:g"}}, {"Password": MARKER}),
        ({"Policy": MARKER}, {"Policy": {"a": 1}}, {"Policy": MARKER}),
        ({"Policy": {"a": 1}}, {"Policy": MARKER}, {"Policy": {"a": 1}}),
        ({"List": ["a", "b"]}, {"List": ["b", "c"]}, {"List": ["a", "b", "c"]}),
        ({"List": ["a"]}, {"List": "text"}, {"List": ["a"]}),
        ({"List": "text"}, {"List": ["a"]}, {"List": "text"}),
    ],
)
def test_a_value_of_either_document_is_kept_and_the_first_one_wins(
    one: dict[str, Any], other: dict[str, Any], whole: dict[str, Any]
) -> None:
    assert union_of(widget(), one, other) == whole


def test_elements_with_a_key_are_united_one_by_one() -> None:
    one = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}
    other = {"Tags": [{"Key": "c", "Value": "3"}, {"Key": "b", "Value": "2"}, {"Key": "a", "Value": "0"}]}

    assert union_of(widget(), one, other) == {
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    }


def test_an_element_that_only_the_first_document_has_stays() -> None:
    one, other = {"Tags": [{"Key": "a", "Value": "1"}]}, {"Tags": [{"Key": "b", "Value": "2"}]}

    assert union_of(widget(), one, other) == {"Tags": [*one["Tags"], *other["Tags"]]}
