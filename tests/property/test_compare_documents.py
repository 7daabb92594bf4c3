"""Over types and generated documents: what a comparison must be, whatever the type."""

from __future__ import annotations

from random import Random

import pytest

from cloudwright.diff.compare import compare_declared, compare_live
from diff_kit import context_of, read_back, recorded, types
from type_documents.documents import minimal, rich, with_another_leaf

TYPES = types(32)


@pytest.mark.parametrize("type_name", TYPES)
def test_a_document_does_not_differ_from_its_record(type_name: str) -> None:
    context = context_of(type_name)
    document = rich(context.resource_type, 11)
    if document is None:
        pytest.skip("the generator makes no document of this type")

    assert compare_declared(context, document, recorded(context, document)) == ()


@pytest.mark.parametrize("type_name", TYPES)
def test_two_documents_differ_in_both_directions_or_in_none(type_name: str) -> None:
    context = context_of(type_name)
    one, other = rich(context.resource_type, 12), rich(context.resource_type, 13)
    if one is None or other is None:
        pytest.skip("the generator makes no document of this type")

    forth = compare_declared(context, one, recorded(context, other))
    back = compare_declared(context, other, recorded(context, one))

    assert bool(forth) == bool(back)


@pytest.mark.parametrize("type_name", TYPES)
def test_a_changed_leaf_is_found_at_its_place(type_name: str) -> None:
    context = context_of(type_name)
    document = rich(context.resource_type, 14)
    if not document:
        pytest.skip("the generator makes no document of this type")
    changed = with_another_leaf(
        context.resource_type, document, lambda path: not any(part.isdecimal() for part in path), 14
    )
    if changed is None:
        pytest.skip("the generator finds no leaf to change")
    desired, path = changed

    found = [one.path for one in compare_declared(context, desired, recorded(context, document))]

    # A record hides a write-only block whole, so a difference inside is shown at the block.
    assert [path[: len(one)] for one in found] == found
    assert 1 == len(found)


@pytest.mark.parametrize("type_name", TYPES)
def test_what_a_service_fills_in_is_no_difference(type_name: str) -> None:
    context = context_of(type_name)
    declared, filled = minimal(context.resource_type, 15), rich(context.resource_type, 16)
    if declared is None or filled is None:
        pytest.skip("the generator makes no document of this type")
    live = {**read_back(context, filled, Random(type_name)), **read_back(context, declared, Random(type_name))}

    assert compare_live(context, declared, live, recorded(context, declared)) == ()
