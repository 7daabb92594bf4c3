"""The walker against jsonschema-rs, over random documents of many types: the same findings at the same paths.

`CLOUDWRIGHT_ORACLE=N` runs N rounds over every bundled type instead of five over a sample.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from catalog_kit import CATALOG
from cloudwright.schema.validation.validate import check
from property.schema_documents import Documents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.schema.validation.violation import Violation

Findings = set[tuple[tuple[str, ...], str]]

ROUNDS = int(os.environ.get("CLOUDWRIGHT_ORACLE", "0"))
ALWAYS = (
    "AWS::ImageBuilder::DistributionConfiguration",
    "AWS::S3::Bucket",
    "AWS::WAFv2::WebACL",
    "AWS::DynamoDB::Table",
)
SAMPLE = (*ALWAYS, *(name for name in CATALOG.names()[::10] if name not in ALWAYS))
TYPES = CATALOG.names() if ROUNDS else SAMPLE
OURS_ALONE = frozenset(
    {
        "dependentExcluded", "dependentRequired", "enumCaseInsensitive", "format", "maxUniqueItems", "prefixItems",
        "requiredOr", "requiredXor", "uniqueKeys",
    }
)  # fmt: skip
"""Keywords that draft-07 does not have (or, `format`, that the two judge apart on purpose)."""


def test_the_walker_and_jsonschema_rs_find_the_same() -> None:
    compared = 0
    for name in TYPES:
        schema = draft07(CATALOG.get(name).schema)
        oracle = compiled(schema)
        if oracle is not None:
            documents = Documents(schema, random.Random(name))
            for _ in range(ROUNDS or 5):
                rich = documents.rich()
                for document in (rich, documents.mutated(rich)):
                    compared += 1

                    assert theirs(oracle.iter_errors(document)) == ours(check(schema, document)), (name, document)

    assert compared >= len(TYPES)


def compiled(schema: dict[str, Any]) -> jsonschema_rs.Draft7Validator | None:
    """A validator, or `None` where a pattern of the type is beyond the oracle's engine."""
    try:
        return jsonschema_rs.Draft7Validator(schema, validate_formats=False)
    except (jsonschema_rs.ValidationError, ValueError):
        return None


def draft07(node: Any) -> Any:
    """A schema without the keywords that only the walker knows; properties of the same name stay."""
    if isinstance(node, list):
        return [draft07(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: draft07(value) for key, value in node.items() if not _is_ours_alone(key, value)}


def _is_ours_alone(key: str, value: Any) -> bool:
    is_schema = isinstance(value, dict) and ("type" in value or "$ref" in value)
    return key in OURS_ALONE and not is_schema


def ours(violations: Iterable[Violation]) -> Findings:
    """The walker's findings, where the oracle reports them: unknown and repeated members at their parent."""
    at_parent = {"additionalProperties", "uniqueItems"}
    same = {"dependentRequired": "required"}
    return {(v.path[:-1] if v.rule in at_parent else v.path, same.get(v.rule, v.rule)) for v in violations}


def theirs(errors: Iterable[jsonschema_rs.ValidationError]) -> Findings:
    """The oracle's findings without those about a value that already has the wrong type."""
    found = {(tuple(map(str, error.instance_path)), _keyword(error)) for error in errors}
    mistyped = {path for path, keyword in found if keyword == "type"}
    return {(path, keyword) for path, keyword in found if keyword == "type" or path not in mistyped}


def _keyword(error: jsonschema_rs.ValidationError) -> str:
    name = str(error.kind.name)
    return "additionalProperties" if name == "falseSchema" else name


@pytest.mark.parametrize("name", ALWAYS)
def test_the_oracle_can_judge_the_types_that_matter_most(name: str) -> None:
    assert compiled(draft07(CATALOG.get(name).schema)) is not None
