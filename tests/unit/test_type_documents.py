"""Generated documents are valid, repeatable, and changed where they may be."""

from __future__ import annotations

import pytest

from catalog_kit import CATALOG, provisionable
from cloudwright.schema.pointer import get
from cloudwright.schema.validation.validate import validate
from type_documents.documents import minimal, rich, with_another_leaf, with_another_property, without_a_property

NAMES = (*provisionable()[::45], "AWS::Logs::Transformer")


@pytest.mark.parametrize("type_name", NAMES)
def test_documents_are_valid_and_the_same_for_the_same_seed(type_name: str) -> None:
    kind = CATALOG.get(type_name)
    small, large = minimal(kind), rich(kind)

    assert small is not None
    assert large is not None
    assert () == (*validate(kind, small), *validate(kind, large))
    assert (small, large) == (minimal(kind), rich(kind))


def test_another_seed_makes_another_document() -> None:
    kind = CATALOG.get("AWS::ImageBuilder::DistributionConfiguration")

    assert 5 == len({str(rich(kind, seed)) for seed in range(5)})


def test_one_allowed_leaf_changes_and_the_document_stays_valid() -> None:
    kind = CATALOG.get("AWS::ImageBuilder::DistributionConfiguration")
    document = rich(kind, 3)
    assert document is not None

    found = with_another_leaf(kind, document, lambda path: not kind.create_only.covers(path), 1)

    assert found is not None
    changed, path = found
    assert () == validate(kind, changed)
    assert ("Name",) != path
    assert get(document, path) != get(changed, path)


def test_where_no_leaf_may_change_there_is_no_other_document() -> None:
    kind = CATALOG.get("AWS::S3::Bucket")

    assert with_another_leaf(kind, rich(kind) or {}, lambda _: False) is None


@pytest.mark.parametrize("type_name", NAMES)
def test_a_property_more_or_less_leaves_a_valid_document(type_name: str) -> None:
    kind = CATALOG.get(type_name)
    document = rich(kind) or {}
    more, less = (
        edit(kind, document, lambda path: not kind.create_only.covers(path))
        for edit in (with_another_property, without_a_property)
    )

    for changed, has in ((more, True), (less, False)):
        if changed is not None:
            other, path = changed
            assert () == validate(kind, other)
            assert (has, not has) == (get(other, path) is not None, get(document, path) is not None)
            assert not kind.create_only.covers(path)


def test_where_no_property_may_come_or_go_there_is_no_other_document() -> None:
    kind = CATALOG.get("AWS::S3::Bucket")

    assert with_another_property(kind, {}, lambda _: False) is None
    assert without_a_property(kind, rich(kind) or {}, lambda _: False) is None
