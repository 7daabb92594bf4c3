"""The service's own validator against jsonschema-rs: it refuses exactly the documents that draft-07 refuses."""

from __future__ import annotations

import random
from typing import Any

import jsonschema_rs

from catalog_kit import CATALOG
from cloudwright.local.model.validation import ModelValidator
from property.schema_documents import Documents

SAMPLE = ("AWS::ImageBuilder::DistributionConfiguration", "AWS::S3::Bucket", *CATALOG.names()[5::12])


def oracle(schema: Any) -> Any:
    try:
        return jsonschema_rs.Draft7Validator(schema, validate_formats=False)
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def test_the_same_documents_are_refused() -> None:
    compared = refused = 0
    for name in SAMPLE:
        schema = dict(CATALOG.get(name).schema)
        judge = oracle(schema)
        if judge is None:
            continue
        documents, mine = Documents(schema, random.Random(name)), ModelValidator(schema)
        for _ in range(4):
            rich = documents.rich()
            for document in (rich, documents.mutated(rich)):
                found = mine.violations(document)
                compared, refused = compared + 1, refused + bool(found)

                assert bool(found) is not judge.is_valid(document), (name, document, [str(one) for one in found])

    assert compared > 600
    assert compared / 4 < refused < compared
