"""Properties that exclude each other."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.exclusive import excluded
from cloudwright.diff.shape import Shape
from cloudwright.schema.catalog import from_schema
from diff_samples import SCHEMA

ONE_OF = {"oneOf": [{"required": ["A"]}, {"required": ["B"]}, {"required": ["C"]}]}


@pytest.mark.parametrize(
    ("says", "want", "present", "gone"),
    [
        ({"maxProperties": 1}, "A", "AB", ["B"]),
        ({"maxProperties": 2}, "A", "AB", []),
        ({"requiredXor": ["A", "B", "C"]}, "A", "ABC", ["B", "C"]),
        ({"dependentExcluded": {"A": ["B"]}}, "A", "ABC", ["B"]),
        ({"dependentExcluded": {"A": ["B"]}}, "B", "ABC", ["A"]),
        (ONE_OF, "A", "ABC", ["B", "C"]),
        ({"oneOf": [{"required": ["A"]}, {"required": ["B", "C"]}]}, "A", "AB", []),
        ({"oneOf": [{"required": ["A"]}, {"required": ["A"]}]}, "A", "AB", []),
        ({"oneOf": [{"required": ["A"]}, {}]}, "A", "AB", []),
        (ONE_OF, "AB", "AB", []),
        (ONE_OF, "A", "BC", []),
        (ONE_OF, "", "ABC", []),
        ({}, "A", "AB", []),
    ],
)
def test_a_declared_property_that_is_present_excludes_undeclared_ones(
    says: dict[str, Any], want: str, present: str, gone: list[str]
) -> None:
    place = {"type": "object", "properties": {name: {"type": "string"} for name in "ABC"}, **says}
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "Place": place}}
    shape = Shape.of(from_schema(schema)).child("Place")

    assert excluded(shape, dict.fromkeys(want, 1), dict.fromkeys(present, 1)) == gone
