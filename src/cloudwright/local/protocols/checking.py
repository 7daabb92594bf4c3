"""Validation of a document against a shape of a service model: members, types, enums, lengths, ranges and patterns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.protocols.model import ServiceModel, Shape

_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
    "blob": (str,),
}


@dataclass(frozen=True, slots=True)
class ShapeViolation:
    """One violation.

    Attributes:
        path: Such as `filters[0].name`.
        kind: `required`, `unknown`, `type`, `enum`, `length`, `range` or `pattern`.
        text: What is wrong.
    """

    path: str
    kind: str
    text: str


def misfits(model: ServiceModel, shape_name: str, value: Any, path: str = "") -> Iterator[ShapeViolation]:
    """All violations of a document.

    Args:
        model: Contains the shapes.
        shape_name: The shape that the document should have.
        value: The document, in the members' own names; timestamps are numbers.
        path: The path of the document in a larger one.
    """
    shape = model.shapes[shape_name]
    inner = {"structure": _structure, "list": _list, "map": _map}.get(shape["type"])
    if inner is not None:
        yield from inner(model, shape, value, path)
    else:
        yield from _scalar(shape, value, path)


def _structure(model: ServiceModel, shape: Shape, value: Any, path: str) -> Iterator[ShapeViolation]:
    if not isinstance(value, dict):
        yield ShapeViolation(path, "type", "must be an object")
        return
    for name in shape.get("required", ()):
        if value.get(name) is None:
            yield ShapeViolation(_below(path, name), "required", "is required")
    for name, one in value.items():
        if name not in shape["members"]:
            yield ShapeViolation(_below(path, name), "unknown", "is not a member")
        elif one is not None:
            yield from misfits(model, shape["members"][name]["shape"], one, _below(path, name))


def _list(model: ServiceModel, shape: Shape, value: Any, path: str) -> Iterator[ShapeViolation]:
    if not isinstance(value, list):
        yield ShapeViolation(path, "type", "must be a list")
        return
    yield from _bounds(shape, len(value), path, "length", "items")
    for number, item in enumerate(value):
        yield from misfits(model, shape["member"]["shape"], item, f"{path}[{number}]")


def _map(model: ServiceModel, shape: Shape, value: Any, path: str) -> Iterator[ShapeViolation]:
    if not isinstance(value, dict):
        yield ShapeViolation(path, "type", "must be a map")
        return
    yield from _bounds(shape, len(value), path, "length", "entries")
    for name, one in value.items():
        yield from misfits(model, shape["key"]["shape"], name, f"{path}.{name}")
        yield from misfits(model, shape["value"]["shape"], one, f"{path}.{name}")


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[ShapeViolation]:
    wanted = _SCALARS[shape["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield ShapeViolation(path, "type", f"must be of type {shape['type']}")
    elif isinstance(value, str):
        yield from _string(shape, value, path)
    elif isinstance(value, int) and shape["type"] in {"integer", "long"}:
        yield from _bounds(shape, value, path, "range", "")


def _string(shape: Shape, value: str, path: str) -> Iterator[ShapeViolation]:
    if "enum" in shape and value not in shape["enum"]:
        yield ShapeViolation(path, "enum", f"must be one of {', '.join(shape['enum'])}")
    yield from _bounds(shape, len(value), path, "length", "characters")
    pattern = _compiled(shape.get("pattern", ""))
    if pattern is not None and pattern.search(value) is None:
        yield ShapeViolation(path, "pattern", f"must satisfy the pattern {shape['pattern']}")


def _bounds(shape: Shape, number: int, path: str, kind: str, unit: str) -> Iterator[ShapeViolation]:
    if number < shape.get("min", number):
        yield ShapeViolation(path, kind, f"must have at least {shape['min']} {unit}".rstrip())
    if number > shape.get("max", number):
        yield ShapeViolation(path, kind, f"must have at most {shape['max']} {unit}".rstrip())


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of a model, written for Java's engine; `None` if Python can't compile it."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
