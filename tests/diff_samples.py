"""A small type with one property for every way in which properties can behave."""

from __future__ import annotations

from typing import Any

from cloudwright.diff.context import ComparisonContext
from cloudwright.schema.catalog import from_schema
from cloudwright.schema.override import Override, override_for
from cloudwright.schema.pointer import PointerSet
from cloudwright.schema.pointer_map import PointerMap
from diff_kit import fingerprint

STRING: dict[str, Any] = {"type": "string"}
STRINGS: dict[str, Any] = {"type": "array", "items": STRING}

SCHEMA: dict[str, Any] = {
    "typeName": "Acme::Test::Widget",
    "primaryIdentifier": ["/properties/Id"],
    "readOnlyProperties": ["/properties/Id", "/properties/Ports/*/PortId"],
    "createOnlyProperties": [
        "/properties/Name",
        "/properties/Seed",
        "/properties/Disk/Kind",
        "/properties/Zones/*/Zone",
    ],
    "conditionalCreateOnlyProperties": ["/properties/Engine"],
    "writeOnlyProperties": [
        "/properties/Password",
        "/properties/Seed",
        "/properties/Login/Token",
        "/properties/Users/*/Pin",
    ],
    "propertyTransform": {
        "/properties/Region": "$lowercase(Region)",
        "/properties/Mystery": "$nosuch(Mystery)",
        "/properties/Site": '"^[a-z]+$"',
    },
    "tagging": {"taggable": True, "tagProperty": "/properties/Tags"},
    "required": ["Name"],
    "additionalProperties": False,
    "handlers": {name: {} for name in ("create", "read", "update", "delete", "list")},
    "properties": {
        "Id": STRING,
        "Name": STRING,
        "Seed": STRING,
        "Engine": STRING,
        "Region": STRING,
        "Mystery": STRING,
        "Site": STRING,
        "Password": STRING,
        "Size": {"type": "integer"},
        "Timeout": {"type": ["integer", "string"]},
        "Role": STRING,
        "Version": STRING,
        "Policy": {"type": ["object", "string"]},
        "Text": {"type": "string", "minLength": 1},
        "Disk": {"type": "object", "properties": {"Kind": STRING, "Size": {"type": "integer"}, "Label": STRING}},
        "Login": {"type": "object", "properties": {"User": STRING, "Token": STRING}},
        "List": STRINGS,
        "Limited": {**STRINGS, "minItems": 1},
        "Bag": {**STRINGS, "insertionOrder": False},
        "Rules": {
            "type": "array",
            "insertionOrder": False,
            "items": {"type": "object", "properties": {"Port": {"type": "integer"}, "From": STRING, "Note": STRING}},
        },
        "Users": {
            "type": "array",
            "insertionOrder": False,
            "items": {"type": "object", "properties": {"Name": STRING, "Pin": STRING}},
        },
        "Ports": {
            "type": "array",
            "insertionOrder": False,
            "items": {
                "type": "object",
                "properties": {"PortId": STRING, "Number": {"type": "integer"}, "Note": STRING},
            },
        },
        "Zones": {"type": "array", "items": {"type": "object", "properties": {"Zone": STRING, "Weight": STRING}}},
        "Attributes": {
            "type": "array",
            "arrayType": "AttributeList",
            "items": {"type": "object", "properties": {"Key": STRING, "Value": STRING}},
        },
        "Action": {
            "type": "object",
            "properties": {"Allow": {"type": "object"}, "Block": {"type": "object"}},
            "oneOf": [{"required": ["Allow"]}, {"required": ["Block"]}],
        },
        "Labels": {"type": "object", "patternProperties": {".+": STRING}},
        "Tags": {
            "type": "array",
            "insertionOrder": False,
            "items": {"type": "object", "properties": {"Key": STRING, "Value": STRING}},
        },
    },
}


def widget(changes: dict[str, Any] | None = None, override: Override | None = None) -> ComparisonContext:
    """The context of the sample type.

    Args:
        changes: Root keywords of the schema that differ.
        override: What is known of it beyond its schema.
    """
    resource_type = from_schema({**SCHEMA, **(changes or {})})
    return ComparisonContext(
        resource_type=resource_type,
        override=override or override_for("Acme::Test::Widget"),
        fingerprint=fingerprint,
    )


def known(**fields: Any) -> Override:
    """An override of the sample type; lists of tuples become pointer sets, mappings pointer maps."""
    made: dict[str, Any] = {
        name: PointerSet(value) if isinstance(value, list) else PointerMap(value) if isinstance(value, dict) else value
        for name, value in fields.items()
    }
    return Override(type_name="Acme::Test::Widget", **made)
