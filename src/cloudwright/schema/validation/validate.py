"""Validation before any call: every violation at once, with exact paths and suggestions.

One small walker covers the dialect of resource schemas: draft-07 without `contains` and `propertyNames`, plus the
keywords that AWS's enhanced copies add (`requiredXor`, `dependentExcluded`, `enumCaseInsensitive`, `uniqueKeys`, ...).
No compiled validator accepts a value that is not known yet; this one lets it pass everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.schema.validation import combinators, objects
from cloudwright.schema.validation import values as _values
from cloudwright.schema.validation.violation import Violation, distinct
from cloudwright.schema.validation.walk import DocumentWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.schema.resource_type import ResourceType

__all__ = ["Violation", "validate", "validate_model"]

_ANY = {
    "allOf": combinators.all_of,
    "anyOf": combinators.any_of,
    "const": _values.const,
    "enum": _values.enum,
    "enumCaseInsensitive": _values.enum_case_insensitive,
    "if": combinators.if_,
    "not": combinators.not_,
    "oneOf": combinators.one_of,
}
_STRING = _ANY | {
    "format": _values.string_format,
    "maxLength": _values.max_length,
    "minLength": _values.min_length,
    "pattern": _values.pattern,
}
_NUMBER = _ANY | {
    "exclusiveMaximum": _values.exclusive_maximum,
    "exclusiveMinimum": _values.exclusive_minimum,
    "format": _values.number_format,
    "maximum": _values.maximum,
    "minimum": _values.minimum,
    "multipleOf": _values.multiple_of,
}
_ARRAY = _ANY | {
    "items": _values.items,
    "maxItems": _values.max_items,
    "maxUniqueItems": _values.max_items,
    "minItems": _values.min_items,
    "prefixItems": _values.prefix_items,
    "uniqueItems": _values.unique_items,
    "uniqueKeys": _values.unique_keys,
}
_OBJECT = _ANY | {
    "additionalProperties": objects.additional_properties,
    "dependencies": objects.dependencies,
    "dependentExcluded": objects.dependent_excluded,
    "dependentRequired": objects.dependent_required,
    "maxProperties": objects.max_properties,
    "minProperties": objects.min_properties,
    "patternProperties": objects.pattern_properties,
    "properties": objects.properties,
    "required": objects.required,
    "requiredOr": objects.required_or,
    "requiredXor": objects.required_xor,
}
_TABLES = {
    "array": _ARRAY,
    "boolean": _ANY,
    "integer": _NUMBER,
    "null": _ANY,
    "number": _NUMBER,
    "object": _OBJECT,
    "string": _STRING,
}


def nothing_unknown(value: object) -> bool:  # noqa: ARG001 - the signature of `is_unknown`
    """The `is_unknown` of a document that is fully resolved."""
    return False


def validate(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    *,
    is_unknown: Callable[[object], bool] = nothing_unknown,
    values: bool = True,
) -> tuple[Violation, ...]:
    """All violations in what a user declares.

    Args:
        resource_type: The type's facts.
        document: Property name -> JSON value, `Secret` or unknown value.
        is_unknown: Whether a value is not known yet. Such a value passes every check and counts
            as present.
        values: Whether to report enums, patterns, lengths, counts, formats and ranges (`Violation.strict` is False)
            too.

    Returns:
        All violations in the document's order; read-only properties that are set come first.
    """
    set_by_aws = tuple(_read_only(resource_type, document))
    covered = {violation.path for violation in set_by_aws}
    violations = validate_model(resource_type, document, is_unknown=is_unknown)
    return (
        *set_by_aws,
        *(
            violation
            for violation in violations
            if (values or violation.strict) and not _inside(violation.path, covered)
        ),
    )


def validate_model(
    resource_type: ResourceType,
    model: Mapping[str, Any],
    *,
    is_unknown: Callable[[object], bool] = nothing_unknown,
) -> tuple[Violation, ...]:
    """All violations in a complete model, which may hold read-only properties: what AWS's own handlers see.

    Args:
        resource_type: The type's facts.
        model: Property name -> JSON value, `Secret` or unknown value.
        is_unknown: Whether a value is not known yet.

    Returns:
        All violations in the model's order.
    """
    return check(resource_type.schema, model, is_unknown=is_unknown)


def check(
    schema: Mapping[str, Any], value: object, *, is_unknown: Callable[[object], bool] = nothing_unknown
) -> tuple[Violation, ...]:
    """All violations of a plain schema.

    Args:
        schema: Draft-07 with AWS's extra keywords; `$ref` starts here.
        value: A JSON value, `Secret` or unknown value.
        is_unknown: Whether a value is not known yet.

    Returns:
        All violations.
    """
    found: list[Violation] = []
    try:
        DocumentWalk(schema, _TABLES, is_unknown).visit(schema, value, (), found)
    except RecursionError:
        found.append(Violation((), "depth", "the document is nested too deeply, or contains itself"))
    return tuple(distinct(found)) if len(found) > 1 else tuple(found)


def _read_only(resource_type: ResourceType, document: Mapping[str, Any]) -> Iterator[Violation]:
    """Read-only properties that are set, only the outermost; without those that a program may set on create."""
    reported: set[tuple[str, ...]] = set()
    if not any(path[0] in document for path in resource_type.read_only):
        return
    for path in resource_type.read_only.expand(document):
        if not resource_type.settable(path) and not _inside(path, reported):
            reported.add(path)
            yield Violation(path, "readOnly", f"{path[-1]!r} is read-only: AWS sets it, so leave it out")


def _inside(path: tuple[str, ...], covered: set[tuple[str, ...]]) -> bool:
    return bool(covered) and any(path[:length] in covered for length in range(1, len(path) + 1))
