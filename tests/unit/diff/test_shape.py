"""What a schema says about a place."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.shape import Shape
from cloudwright.schema.catalog import from_schema
from diff_samples import SCHEMA


def shape(node: dict[str, Any]) -> Shape:
    return Shape.of(from_schema({**SCHEMA, "properties": {**SCHEMA["properties"], "Place": node}})).child("Place")


@pytest.mark.parametrize(
    ("node", "is_map", "is_free"),
    [
        ({"type": "object"}, False, True),
        ({"type": "object", "properties": {}}, False, True),
        ({"type": "object", "properties": {"A": {}}}, False, False),
        ({"type": "object", "properties": {"A": {}}, "patternProperties": {".*": {}}}, False, False),
        ({"type": "object", "patternProperties": {".*": {"type": "string"}}}, True, False),
        ({"type": "object", "additionalProperties": {"type": "string"}}, True, False),
        ({"type": "object", "additionalProperties": True}, True, False),
        ({"type": "object", "additionalProperties": False}, False, True),
    ],
)
def test_a_map_has_names_of_the_users_own_and_a_free_document_is_not_described(
    node: dict[str, Any], *, is_map: bool, is_free: bool
) -> None:
    assert (shape(node).is_map, shape(node).is_free) == (is_map, is_free)


@pytest.mark.parametrize(
    ("shown", "unordered"), [({}, False), ({"insertionOrder": True}, False), ({"insertionOrder": False}, True)]
)
def test_a_list_is_ordered_unless_the_schema_says_otherwise(shown: dict[str, Any], *, unordered: bool) -> None:
    assert shape({"type": "array", "items": {"type": "string"}, **shown}).is_unordered is unordered


def test_an_attribute_list_is_recognised_by_its_array_type() -> None:
    assert shape({"type": "array", "items": {}, "arrayType": "AttributeList"}).is_attribute_list
    assert not shape({"type": "array", "items": {}, "arrayType": "Standard"}).is_attribute_list


def test_types_are_those_of_all_branches() -> None:
    assert shape({"type": ["object", "string"]}).types == {"object", "string"}
    assert shape({"anyOf": [{"type": "string"}, {"type": "array"}]}).types == {"string", "array"}
    assert shape({}).types == frozenset()
