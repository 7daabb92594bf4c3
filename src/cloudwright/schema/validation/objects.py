"""Keywords about objects: members, required and excluded properties, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.schema import patterns
from cloudwright.schema.suggest import did_you_mean
from cloudwright.schema.validation.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.validation.walk import DocumentWalk, Found, Path, Schema

_NONE: Mapping[str, Any] = {}


def properties(walk: DocumentWalk, declared: Any, schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`properties`, together with `patternProperties` and `additionalProperties`: every member of the object."""
    if not declared and ("patternProperties" in schema or "additionalProperties" in schema):
        return
    maps = schema.get("patternProperties")
    extra = schema.get("additionalProperties", True)
    for key, member in value.items():
        node = declared.get(key)
        if node is not None:
            walk.visit(node, member, (*path, key), found)
        if maps or node is None:
            _member(walk, schema, maps or _NONE, (key, member, node is not None, extra), path, found)


def pattern_properties(walk: DocumentWalk, maps: Any, schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`patternProperties` without `properties`: a map."""
    if schema.get("properties"):
        return
    extra = schema.get("additionalProperties", True)
    for key, member in value.items():
        _member(walk, schema, maps, (key, member, False, extra), path, found)


def additional_properties(
    walk: DocumentWalk, extra: Any, schema: Schema, value: Any, path: Path, found: list[Violation]
) -> None:
    """`additionalProperties` alone: a map with free keys, or an object that must be empty."""
    if extra is True or schema.get("properties") or "patternProperties" in schema:
        return
    for key, member in value.items():
        _member(walk, schema, _NONE, (key, member, False, extra), path, found)


def _member(
    walk: DocumentWalk,
    schema: Schema,
    maps: Mapping[str, Any],
    entry: tuple[Any, Any, bool, Any],
    path: Path,
    found: Found,
) -> None:
    key, member, known, extra = entry
    if not isinstance(key, str):
        found.append(Violation(path, "type", f"the key {walk.show(key)} is not a string", expected="string"))
        return
    place = (*path, walk.shown_key(key))
    for text, node in maps.items():
        if patterns.matches(text, key) is not False:
            known = True
            walk.visit(node, member, place, found)
    if known:
        return
    if extra is False:
        found.append(_unknown(walk, schema, key, place))
    elif extra is not True:
        walk.visit(extra, member, place, found)


def _unknown(walk: DocumentWalk, schema: Schema, key: str, place: Path) -> Violation:
    maps = schema.get("patternProperties", _NONE)
    names = schema.get("properties", _NONE)
    if maps and not names:
        shapes = " or ".join(maps)
        return Violation(place, "additionalProperties", f"the key {walk.show(key)} does not match {shapes}")
    suggestion = "" if walk.hidden else did_you_mean(key, names) or ""
    return Violation(place, "additionalProperties", f"unknown property{_choice(names, suggestion)}", suggestion)


def _choice(names: Mapping[str, Any], suggestion: str) -> str:
    few = 8
    if suggestion or not 0 < len(names) <= few:
        return ""
    return f"; known here: {', '.join(sorted(names))}"


def required(_walk: DocumentWalk, names: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`required`; an unknown value counts as present."""
    found.extend(
        Violation(path, "required", f"missing required property {name!r}", expected=name)
        for name in names
        if name not in value
    )


def required_xor(_walk: DocumentWalk, names: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`requiredXor`: exactly one of these."""
    present = [name for name in names if name in value]
    if len(present) == 1:
        return
    tail = f"; found {', '.join(present)}" if present else ""
    found.append(Violation(path, "requiredXor", f"exactly one of {', '.join(names)} is needed{tail}", expected=names))


def required_or(_walk: DocumentWalk, names: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`requiredOr`: at least one of these."""
    if not any(name in value for name in names):
        found.append(Violation(path, "requiredOr", f"at least one of {', '.join(names)} is needed", expected=names))


def dependent_required(
    _walk: DocumentWalk, rules: Any, _schema: Schema, value: Any, path: Path, found: list[Violation]
) -> None:
    """`dependentRequired`: these properties need those."""
    for name, needed in rules.items():
        for other in needed if name in value else ():
            if other not in value:
                message = f"{name!r} requires {other!r}"
                found.append(Violation(path, "dependentRequired", message, expected=other))


def dependent_excluded(
    _walk: DocumentWalk, rules: Any, _schema: Schema, value: Any, path: Path, found: list[Violation]
) -> None:
    """`dependentExcluded`: these properties forbid those; a pair that forbids each other is reported once."""
    seen: set[frozenset[str]] = set()
    for name, excluded in rules.items():
        for other in excluded if name in value else ():
            pair = frozenset({name, other})
            if other in value and pair not in seen:
                seen.add(pair)
                message = f"{name!r} and {other!r} can't be set together"
                found.append(Violation(path, "dependentExcluded", message, expected=other))


def dependencies(walk: DocumentWalk, rules: Any, schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`dependencies`, draft-07: property -> other properties, or a schema for the whole object."""
    for name, rule in rules.items():
        if name not in value:
            continue
        if isinstance(rule, list):
            dependent_required(walk, {name: rule}, schema, value, path, found)
        else:
            walk.visit(rule, value, path, found)


def min_properties(_walk: DocumentWalk, limit: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`minProperties`."""
    if len(value) < limit:
        message = f"has {len(value)} entries, at least {limit} needed"
        found.append(Violation(path, "minProperties", message, strict=False, expected=limit))


def max_properties(_walk: DocumentWalk, limit: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`maxProperties`."""
    if len(value) > limit:
        message = f"has {len(value)} entries, at most {limit} allowed"
        found.append(Violation(path, "maxProperties", message, strict=False, expected=limit))
