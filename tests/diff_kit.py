"""Documents of every type as reads return them, and what a patch makes of them."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

import jsonpatch

from catalog_kit import CATALOG, provisionable
from cloudwright.diff.compare import compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.patch import PatchOp, build_patch, to_json
from cloudwright.diff.replacement_causes import replacement_causes
from cloudwright.diff.shape import Shape
from cloudwright.plan.masking import mask
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import PointerSet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from cloudwright.diff.model import Difference


Document = dict[str, Any]


def fingerprint(value: object) -> str:
    return f"fp:{json.dumps(value, sort_keys=True)}"


def context_of(type_name: str) -> ComparisonContext:
    return ComparisonContext(
        resource_type=CATALOG.get(type_name), override=override_for(type_name), fingerprint=fingerprint
    )


def types(sample: int) -> list[str]:
    """A spread-out sample of the provisionable types; all of them where the environment asks for it."""
    names = list(provisionable())
    return names if os.environ.get("CLOUDWRIGHT_ALL_TYPES") else names[:: len(names) // sample]


def recorded(context: ComparisonContext, document: Document) -> Document:
    """The document as a state keeps it."""
    return mask(context.resource_type, document, context.fingerprint)


def read_back(context: ComparisonContext, document: Document, random: Random) -> Document:
    """What a read returns: no write-only values, and unordered arrays in an order of the service's own."""
    result: Document = _read(context, document, Shape.of(context.resource_type), (), random)
    return result


def _read(context: ComparisonContext, value: Any, shape: Shape, path: tuple[str, ...], random: Random) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if not context.is_hidden((*path, name))}
        return {name: _read(context, item, shape.child(name), (*path, name), random) for name, item in kept.items()}
    if isinstance(value, list):
        items = [_read(context, item, shape.item(), (*path, str(at)), random) for at, item in enumerate(value)]
        if shape.is_unordered or context.override.unordered.matches(path):
            random.shuffle(items)
        return items
    return value


def patched(
    context: ComparisonContext, desired: Document, before: Document, live: Document
) -> tuple[tuple[PatchOp, ...], Document]:
    """The patch for all differences, and the live document after an independent library applied it."""
    differences = compare_live(context, desired, live, recorded(context, before))
    patch = build_patch(context, desired=desired, live=live, differences=differences)
    return patch, jsonpatch.apply_patch(live, to_json(patch)) if patch else live


def unforced(context: ComparisonContext, differences: Iterable[Difference]) -> list[Difference]:
    """The differences that an update in place could bring about."""
    found = [one for one in differences if not one.unsettable]
    return [one for one in found if not replacement_causes(context.resource_type, [one])]


def all_seeing(context: ComparisonContext) -> ComparisonContext:
    """The same type as its update handler knows it: write-only values are there to be compared."""
    fixed = [path for path in context.resource_type.write_only if context.resource_type.create_only.covers(path)]
    return dataclasses.replace(
        context, resource_type=dataclasses.replace(context.resource_type, write_only=PointerSet(fixed))
    )
