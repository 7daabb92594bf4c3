"""The union of two declared documents of one resource: everything that the program may have written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import arrays_of
from cloudwright.diff.json_strings import exactly_equal
from cloudwright.diff.location import Location
from cloudwright.secret import is_secret_marker

if TYPE_CHECKING:
    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.context import ComparisonContext


def union_of(context: ComparisonContext, one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """All members and elements of two documents; if both have a value, the first one's.

    Args:
        context: The documents' type.
        one: A declared document, from a record.
        other: Another one.
    """
    if not other:
        return one
    return dict(_mapping(arrays_of(context), Location.root(context.resource_type), one, other))


def _value(arrays: Arrays, place: Location, one: Any, other: Any) -> Any:
    if (
        isinstance(one, Mapping)
        and isinstance(other, Mapping)
        and not is_secret_marker(one)
        and not is_secret_marker(other)
    ):
        return _mapping(arrays, place, one, other)
    if isinstance(one, list) and isinstance(other, list):
        return _array(arrays, place, one, other)
    return other if one is None else one


def _mapping(arrays: Arrays, place: Location, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys([*one, *other])
    return {name: _value(arrays, place.key(name, one), one.get(name), other.get(name)) for name in names}


def _array(arrays: Arrays, place: Location, one: list[Any], other: list[Any]) -> list[Any]:
    if not arrays.named(place, one, other):
        return [*one, *(item for item in other if not any(exactly_equal(item, each) for each in one))]
    pairs = arrays.pairs(place, one, other)
    partners = {index: at for index, at in pairs if index is not None}
    found = [
        item if (at := partners.get(index)) is None else _value(arrays, place.item(index, at), item, other[at])
        for index, item in enumerate(one)
    ]
    return [*found, *(other[at] for index, at in pairs if index is None and at is not None)]
