"""Keywords about single values and lists: enums, lengths, patterns, ranges, counts. All of them are value rules."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudwright.schema import patterns
from cloudwright.schema.suggest import did_you_mean
from cloudwright.schema.validation.violation import Violation
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from cloudwright.schema.validation.walk import DocumentWalk, Found, Path, Schema

_INT64 = 2**63
_MOST_SHOWN = 12


def enum(walk: DocumentWalk, allowed: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`enum`: one of the listed values."""
    if _undecided(walk, value) or any(_same(value, one) for one in allowed):
        return
    suggestion = "" if walk.hidden or not isinstance(value, str) else did_you_mean(value, _texts(allowed)) or ""
    message = f"{walk.show(value)} is not one of {_listed(allowed)}"
    found.append(Violation(path, "enum", message, suggestion, strict=False, expected=allowed))


def enum_case_insensitive(
    walk: DocumentWalk, allowed: Any, _schema: Schema, value: Any, path: Path, found: list[Violation]
) -> None:
    """`enumCaseInsensitive`: one of the listed values in any case."""
    if not isinstance(value, str) or value.casefold() in {text.casefold() for text in _texts(allowed)}:
        return
    suggestion = "" if walk.hidden else did_you_mean(value, _texts(allowed)) or ""
    message = f"{walk.show(value)} is not one of {_listed(allowed)} (in any case)"
    found.append(Violation(path, "enumCaseInsensitive", message, suggestion, strict=False, expected=allowed))


def const(walk: DocumentWalk, only: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`const`: exactly this value."""
    if not _undecided(walk, value) and not _same(_plain(value), only):
        message = f"{walk.show(value)} is not {json.dumps(only)}"
        found.append(Violation(path, "const", message, strict=False, expected=only))


def min_length(walk: DocumentWalk, limit: Any, _schema: Schema, value: str, path: Path, found: Found) -> None:
    """`minLength`, in characters."""
    if len(value) < limit:
        message = f"{walk.show(value)} is shorter than {limit} {_plural(limit, 'character')}"
        found.append(Violation(path, "minLength", message, strict=False, expected=limit))


def max_length(walk: DocumentWalk, limit: Any, _schema: Schema, value: str, path: Path, found: Found) -> None:
    """`maxLength`, in characters."""
    if len(value) > limit:
        has = "" if walk.hidden else f" (it has {len(value)})"
        message = f"{walk.show(value)} is longer than {limit} {_plural(limit, 'character')}{has}"
        found.append(Violation(path, "maxLength", message, strict=False, expected=limit))


def pattern(walk: DocumentWalk, text: Any, _schema: Schema, value: str, path: Path, found: Found) -> None:
    """`pattern`; one that no engine compiles is not checked (CC102)."""
    matched = patterns.matches(text, value)
    if matched is None:
        walk.doubts += 1
    elif not matched:
        message = f"{walk.show(value)} does not match {text}"
        found.append(Violation(path, "pattern", message, strict=False, expected=text))


def string_format(walk: DocumentWalk, name: Any, _schema: Schema, value: str, path: Path, found: Found) -> None:
    """`format`, as far as a violation is certain: `json`; resource ids are left to the service."""
    if name != "json":
        return
    try:
        json.loads(value)
    except ValueError:
        message = f"{walk.show(value)} is not JSON"
        found.append(Violation(path, "format", message, strict=False, expected=name))


def number_format(walk: DocumentWalk, name: Any, _schema: Schema, value: float, path: Path, found: Found) -> None:
    """`format` of a number: `int64`."""
    if name == "int64" and not -_INT64 <= value < _INT64:
        message = f"{walk.show(value)} does not fit in 64 bits"
        found.append(Violation(path, "format", message, strict=False, expected=name))


def minimum(walk: DocumentWalk, limit: Any, _schema: Schema, value: float, path: Path, found: Found) -> None:
    """`minimum`."""
    if value < limit:
        message = f"{walk.show(value)} is less than {limit}"
        found.append(Violation(path, "minimum", message, strict=False, expected=limit))


def maximum(walk: DocumentWalk, limit: Any, _schema: Schema, value: float, path: Path, found: Found) -> None:
    """`maximum`."""
    if value > limit:
        message = f"{walk.show(value)} is more than {limit}"
        found.append(Violation(path, "maximum", message, strict=False, expected=limit))


def exclusive_minimum(
    walk: DocumentWalk, limit: Any, _schema: Schema, value: float, path: Path, found: list[Violation]
) -> None:
    """`exclusiveMinimum`."""
    if value <= limit:
        message = f"{walk.show(value)} is not more than {limit}"
        found.append(Violation(path, "exclusiveMinimum", message, strict=False, expected=limit))


def exclusive_maximum(
    walk: DocumentWalk, limit: Any, _schema: Schema, value: float, path: Path, found: list[Violation]
) -> None:
    """`exclusiveMaximum`."""
    if value >= limit:
        message = f"{walk.show(value)} is not less than {limit}"
        found.append(Violation(path, "exclusiveMaximum", message, strict=False, expected=limit))


def multiple_of(walk: DocumentWalk, step: Any, _schema: Schema, value: float, path: Path, found: Found) -> None:
    """`multipleOf`, in decimal: 0.3 is a multiple of 0.1."""
    if Decimal(str(value)) % Decimal(str(step)):
        message = f"{walk.show(value)} is not a multiple of {step}"
        found.append(Violation(path, "multipleOf", message, strict=False, expected=step))


def items(walk: DocumentWalk, argument: Any, schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`items`: one schema for every item, or a list of schemas by position."""
    if isinstance(argument, list):
        prefix_items(walk, argument, schema, value, path, found)
        return
    for index, item in enumerate(value):
        walk.visit(argument, item, (*path, str(index)), found)


def prefix_items(walk: DocumentWalk, schemas: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`prefixItems`: schemas by position."""
    for index, (schema, item) in enumerate(zip(schemas, value, strict=False)):
        walk.visit(schema, item, (*path, str(index)), found)


def min_items(walk: DocumentWalk, limit: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`minItems`."""
    if len(value) < limit and not walk.is_unknown(value):
        message = f"has {len(value)} {_plural(len(value), 'item')}, at least {limit} needed"
        found.append(Violation(path, "minItems", message, strict=False, expected=limit))


def max_items(walk: DocumentWalk, limit: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`maxItems` and `maxUniqueItems`."""
    if len(value) > limit and not walk.is_unknown(value):
        message = f"has {len(value)} {_plural(len(value), 'item')}, at most {limit} allowed"
        found.append(Violation(path, "maxItems", message, strict=False, expected=limit))


def unique_items(walk: DocumentWalk, wanted: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`uniqueItems`; items that hold an unknown are left out."""
    if not wanted or len(value) < 2:
        return
    _report_repeats(walk, "uniqueItems", [(item, "") for item in value], path, found)


def unique_keys(walk: DocumentWalk, names: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`uniqueKeys`: no two objects of the list agree in all of these properties."""
    keyed = [
        ([item.get(name) for name in names], " by " + ", ".join(names))
        for item in value
        if hasattr(item, "get") and any(name in item for name in names)
    ]
    if len(keyed) == len(value):
        _report_repeats(walk, "uniqueKeys", keyed, path, found)


def _report_repeats(walk: DocumentWalk, rule: str, keyed: list[tuple[Any, str]], path: Path, found: Found) -> None:
    seen: dict[str, int] = {}
    for index, (key, by) in enumerate(keyed):
        if walk.is_unknown(key):
            walk.doubts += 1
            continue
        first = seen.setdefault(_canonical(key), index)
        if first != index:
            message = f"is the same as item {first}{by}; each item must be different"
            found.append(Violation((*path, str(index)), rule, message, strict=False))


def _canonical(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    """The value with secrets revealed and whole floats as integers, for comparing only."""
    if isinstance(value, Secret):
        return _plain(value.reveal())
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _same(value: object, other: object) -> bool:
    """Equal as JSON: Python's `True == 1` is not."""
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def _undecided(walk: DocumentWalk, value: object) -> bool:
    """Whether an object or a list holds an unknown value, which can't be compared."""
    unknown = isinstance(value, dict | list | tuple) and walk.is_unknown(value)
    walk.doubts += unknown
    return unknown


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _listed(values: Any) -> str:
    shown = ", ".join(json.dumps(value, ensure_ascii=False) for value in values[:_MOST_SHOWN])
    rest = len(values) - _MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
