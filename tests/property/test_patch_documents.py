"""Over types and generated documents: a patch, applied by an independent library, gets where the program wants."""

from __future__ import annotations

from random import Random

import pytest

from cloudwright.diff.compare import compare_live
from cloudwright.diff.patch import build_patch
from cloudwright.schema.pointer import get
from diff_kit import all_seeing, context_of, patched, read_back, recorded, types, unforced
from type_documents.documents import rich

TYPES = types(32)


@pytest.mark.parametrize("type_name", TYPES)
def test_after_the_patch_nothing_differs_that_no_replacement_explains(type_name: str) -> None:
    context = context_of(type_name)
    before, desired = rich(context.resource_type, 1), rich(context.resource_type, 2)
    if before is None or desired is None:
        pytest.skip("the generator makes no document of this type")
    live = read_back(context, before, Random(type_name))

    _, result = patched(context, desired, before, live)

    assert unforced(context, compare_live(context, desired, result, recorded(context, desired))) == []


@pytest.mark.parametrize("type_name", TYPES)
def test_no_operation_touches_what_an_update_may_not_touch(type_name: str) -> None:
    context = context_of(type_name)
    before, desired = rich(context.resource_type, 3), rich(context.resource_type, 4)
    if before is None or desired is None:
        pytest.skip("the generator makes no document of this type")
    live = read_back(context, before, Random(type_name))

    patch, _ = patched(context, desired, before, live)

    writes = [one for one in patch if one.op != "test"]
    assert [one.path for one in writes if context.is_locked(one.path)] == []
    removals = [one.op == "remove" for one in patch]
    assert sorted(removals) == removals, "removals come last"


@pytest.mark.parametrize("type_name", TYPES)
def test_an_update_sends_every_declared_write_only_value_again(type_name: str) -> None:
    context = context_of(type_name)
    before, desired = rich(context.resource_type, 5), rich(context.resource_type, 6)
    if before is None or desired is None:
        pytest.skip("the generator makes no document of this type")
    live = read_back(context, before, Random(type_name))

    patch, result = patched(context, desired, before, live)

    if patch:
        handler = all_seeing(context)
        assert unforced(context, compare_live(handler, desired, result, recorded(handler, desired))) == []


@pytest.mark.parametrize("type_name", TYPES)
def test_nothing_is_sent_when_nothing_differs(type_name: str) -> None:
    context = context_of(type_name)
    desired = rich(context.resource_type, 7)
    if desired is None:
        pytest.skip("the generator makes no document of this type")
    live = read_back(context, desired, Random(type_name))

    differences = compare_live(context, desired, live, recorded(context, desired))

    assert differences == ()
    assert build_patch(context, desired=desired, live=live, differences=differences) == ()


@pytest.mark.parametrize("type_name", TYPES)
def test_what_nobody_declared_survives_an_update(type_name: str) -> None:
    context = context_of(type_name)
    before, desired, filled = (rich(context.resource_type, seed) for seed in (8, 9, 10))
    if before is None or desired is None or filled is None:
        pytest.skip("the generator makes no document of this type")
    foreign = {name for name in filled if name not in before and name not in desired}
    extra = read_back(context, {name: filled[name] for name in foreign}, Random(type_name))
    live = {**read_back(context, before, Random(type_name)), **extra}

    patch, result = patched(context, desired, before, live)

    removed = {one.path[0] for one in patch if one.op == "remove"}
    kept = [name for name in extra if name not in removed]
    assert [extra[name] for name in kept] == [get(result, (name,)) for name in kept]
    # Only what the schema forbids beside a declared property, or as an empty shell, may go.
    assert all(_rules_exclusion(type_name) or extra[name] in ([], {}, "") for name in extra if name not in kept)


def _rules_exclusion(type_name: str) -> bool:
    schema = context_of(type_name).resource_type.schema
    return any(word in schema for word in ("oneOf", "requiredXor", "dependentExcluded"))
