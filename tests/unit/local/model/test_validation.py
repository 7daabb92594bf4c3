"""AWS's words for what is wrong with a model, beyond those the contract's tests show."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.local.model.validation import ModelValidator

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "model", "violations"),
    [
        ({"properties": {"a": {"const": 1}}}, {"a": True}, ["#/a: true is not the constant value"]),
        ({"properties": {"a": {"minimum": 2}}}, {"a": 1}, ["#/a: 1 is not greater or equal to 2"]),
        ({"properties": {"a": {"maximum": 2}}}, {"a": 3}, ["#/a: 3 is not less or equal to 2"]),
        ({"properties": {"a": {"exclusiveMinimum": 2}}}, {"a": 2}, ["#/a: 2 is not greater than 2"]),
        ({"properties": {"a": {"exclusiveMaximum": 2}}}, {"a": 2}, ["#/a: 2 is not less than 2"]),
        ({"properties": {"a": {"multipleOf": 2}}}, {"a": 3}, ["#/a: 3 is not a multiple of 2"]),
        ({"properties": {"a": {"multipleOf": 0.0001}}}, {"a": 0.1}, []),
        ({"properties": {"a": {"minItems": 1}}}, {"a": []}, ["#/a: expected minimum item count: 1, found: 0"]),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, 1.0]}, ["#/a: array items are not unique"]),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, True]}, []),
        ({"minProperties": 1}, {}, ["#: minimum size: [1], found: [0]"]),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, ["#: maximum size: [1], found: [2]"]),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, ["#: property [b] is required"]),
        ({"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, ["#: required key [b] not found"]),
        (
            {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {},
            ["#: no subschema matched out of the total 2 subschemas"],
        ),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, ["#: 0 subschemas matched instead of one"]),
        (
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"a": 1, "b": 1},
            ["#: 2 subschemas matched instead of one"],
        ),
        ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, ["#: required key [b] not found"]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, ["#: required key [b] not found"]),
        ({"if": {"required": ["a"]}, "else": {"required": ["b"]}}, {"a": 1}, []),
        ({"not": {"required": ["a"]}}, {"a": 1}, ["#: subject must not be valid against the schema of 'not'"]),
        (
            {"properties": {"a": {"type": ["string", "object"]}}},
            {"a": 1},
            ["#/a: expected type: String or JSONObject, found: Integer"],
        ),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1.5}, ["#/a: expected type: Integer, found: Double"]),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1.0}, []),
        ({"properties": {"a": TEXT}}, {"a": None}, ["#/a: expected type: String, found: Null"]),
        (
            {"patternProperties": {"^a+$": TEXT}, "additionalProperties": False},
            {"b": "x"},
            ["#: extraneous key [b] is not permitted"],
        ),
        ({"additionalProperties": TEXT}, {"b": 1}, ["#/b: expected type: String, found: Integer"]),
        ({"properties": {"a/b": TEXT}}, {"a/b": 1}, ["#/a~1b: expected type: String, found: Integer"]),
        ({"properties": {"a": {"items": [TEXT]}}}, {"a": ["x", 1]}, []),
    ],
)
def test_violations_are_worded_as_awss_validator_words_them(
    schema: dict[str, Any], model: Any, violations: list[str]
) -> None:
    assert [str(one) for one in ModelValidator(schema).violations(model)] == violations


def test_recursive_schemas_end_where_the_document_ends() -> None:
    schema = {
        "definitions": {"Node": {"type": "object", "properties": {"Next": {"$ref": "#/definitions/Node"}, "V": TEXT}}},
        "properties": {"Root": {"$ref": "#/definitions/Node"}, "Loop": {"$ref": "#/properties/Loop"}},
    }
    model = {"Root": {"Next": {"Next": {"V": 1}}}, "Loop": 1}

    assert [str(one) for one in ModelValidator(schema).violations(model)] == [
        "#/Root/Next/Next/V: expected type: String, found: Integer"
    ]


def test_lenient_values_let_everything_but_the_shape_pass() -> None:
    schema = {
        "properties": {"a": {"type": "string", "enum": ["x"], "pattern": "^x$", "maxLength": 1}},
        "required": ["b"],
    }

    found = ModelValidator(schema, lenient_values=True).violations({"a": "yy"})

    assert [str(one) for one in found] == ["#: required key [b] not found"]
