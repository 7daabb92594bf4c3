"""Documents of every type as reads return them, and the check that a patch gets where the program wants."""

from __future__ import annotations

import json
import os
from random import Random
from typing import TYPE_CHECKING, Any

import jsonpatch

from cloudwright.diff.compare import compare_live
from cloudwright.diff.context import Context
from cloudwright.diff.masking import redact
from cloudwright.diff.patch import PatchOp, build_patch, to_json
from cloudwright.diff.replace import replacement_causes
from cloudwright.diff.shape import Shape
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.override import override_for

if TYPE_CHECKING:
    from cloudwright.diff.model import Difference

CATALOG = Catalog.bundled()


def fingerprint(value: object) -> str:
    return f"fp:{json.dumps(value, sort_keys=True)}"


def context_of(type_name: str) -> Context:
    return Context(resource_type=CATALOG.get(type_name), override=override_for(type_name), fingerprint=fingerprint)


def provisionable(sample: int) -> list[str]:
    """A spread-out sample of the types; all of them where the environment asks for it."""
    names = [name for name in CATALOG.names() if CATALOG.get(name).provisionable]
    if os.environ.get("CLOUDWRIGHT_ALL_TYPES"):
        return names
    return names[:: max(1, len(names) // sample)]


def read_back(context: Context, document: Any, random: Random) -> Any:
    """What a read returns: no write-only values, and unordered arrays in an order of the service's own."""
    return _read(context, document, Shape.of(context.resource_type), (), random)


def _read(context: Context, value: Any, shape: Shape, path: tuple[str, ...], random: Random) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if not context.is_hidden((*path, name))}
        return {name: _read(context, item, shape.child(name), (*path, name), random) for name, item in kept.items()}
    if isinstance(value, list):
        items = [_read(context, item, shape.item(), (*path, str(at)), random) for at, item in enumerate(value)]
        if shape.is_unordered or context.override.unordered.matches(path):
            random.shuffle(items)
        return items
    return value


def left_after_patch(
    context: Context, desired: dict[str, Any], before: dict[str, Any], live: dict[str, Any]
) -> tuple[tuple[PatchOp, ...], list[Difference]]:
    """The patch, and what still differs after it that no replacement explains."""
    record = redact(context.resource_type, before, fingerprint)
    differences = compare_live(context, desired, live, record)
    patch = build_patch(context, desired=desired, live=live, differences=differences)
    result = jsonpatch.apply_patch(live, to_json(patch)) if patch else live
    left = compare_live(context, desired, result, redact(context.resource_type, desired, fingerprint))
    forced = {cause.path for cause in replacement_causes(context.resource_type, left)}
    return patch, [one for one in left if not any(path[: len(one.path)] == one.path for path in forced)]
