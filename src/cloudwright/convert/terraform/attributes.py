"""Translates Terraform's attributes into the properties of a type, guided by the type's schema.

The provider `awscc` is generated from the same schemas: an attribute is the property's name in snake case. The
provider `aws` has names of its own; where they differ, `classic.json` says how. A block that occurs at most once is a
list of one in Terraform's JSON, a JSON document is a text, and tags are a map.
"""

from __future__ import annotations

import json
from dataclasses import field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudwright.schema.resource_type import ResourceType

_NOTHING: tuple[Any, ...] = ("", [], {}, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTable:
    """How a Terraform type maps to a Cloud Control type; paths are attribute names joined by dots.

    Attributes:
        type: Cloud Control's type.
        identifier: The attribute that holds the identifier.
        attributes: Every attribute that the provider's schema has.
        leave: Read-only attributes, and those that only Terraform uses.
        renames: Path -> property, or pointer to it without the leading slash.
        lost: Path -> why it has no counterpart.
        values: Path -> value as text -> the property's value; `None` to leave it out.
        unset: Paths where 0 means that nothing is set.
        false_is_unset: Paths where false means that nothing is set.
        plain: Paths that the provider marks as sensitive although they are not.
        refused: Attribute -> value -> why Cloud Control can't manage a resource with this value.
    """

    type: str
    identifier: str = "id"
    attributes: tuple[str, ...] = ()
    leave: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()
    false_is_unset: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    refused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def why_not(self, values: Mapping[str, Any]) -> str:
        """Why Cloud Control can't manage a resource; empty if it can.

        Args:
            values: Attributes by name.
        """
        found = (reasons.get(str(values.get(name))) for name, reasons in self.refused.items())
        return next(filter(None, found), "")


@lru_cache(maxsize=1)
def classic_tables() -> dict[str, AttributeTable]:
    """The tables of the provider `aws`, by Terraform's type."""
    text = resources.files("cloudwright.convert.terraform").joinpath("classic.json").read_text("utf-8")
    return {name: _table(given) for name, given in json.loads(text)["types"].items()}


def _table(given: Mapping[str, Any]) -> AttributeTable:
    sets = {name: frozenset(given.get(name, ())) for name in ("leave", "unset", "false_is_unset", "plain")}
    return AttributeTable(
        type=given["type"],
        identifier=given["identifier"],
        attributes=tuple(given["attributes"]),
        renames=given["renames"],
        lost=given["lost"],
        values=given.get("values", {}),
        refused=given.get("refused", {}),
        **sets,
    )


def awscc_table(kind: ResourceType) -> AttributeTable:
    """The table of a type of the provider `awscc`: attributes are named after the properties.

    A property `Id` is named after the type there, since `id` is the identifier.

    Args:
        kind: Cloud Control's type.
    """
    own = "".join(f"_{one.lower()}" if one.isupper() else one for one in kind.name.rpartition("::")[2]).lstrip("_")
    renames = {f"{own}_id": "Id"} if "Id" in kind.properties else {}
    return AttributeTable(type=kind.name, leave=frozenset({"id"}), renames=renames)


@dataclass(slots=True)
class AttributeReading:
    """Translates the attributes of one resource.

    Attributes:
        unknown: Paths that have no counterpart, with the reason.
    """

    kind: ResourceType
    table: AttributeTable
    unknown: dict[str, str] = field(default_factory=dict)

    def properties(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The properties to declare; read-only ones are left out."""
        found = self._members(values, Shape.of(self.kind), "")
        return {name: value for name, value in found.items() if not self.kind.read_only.covers((name,))}

    def _members(self, values: Mapping[str, Any], shape: Shape, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in values.items():
            here = f"{path}.{name}" if path else name
            if here in self.table.leave or self._is_unset(here, value):
                continue
            pointer = None if here in self.table.lost else property_of(self.table, here, shape)
            if pointer is None:
                self.unknown[here] = self.table.lost.get(here, "the type has no such property")
                continue
            at, place = found, shape
            for segment in pointer[:-1]:
                at, place = at.setdefault(segment, {}), place.child(segment)
            converted = self._value(value, place.child(pointer[-1]), here)
            if converted is not None and converted not in ({}, []):
                at[pointer[-1]] = converted
        return found

    def _is_unset(self, path: str, value: Any) -> bool:
        if isinstance(value, bool):
            return path in self.table.false_is_unset and not value
        if value in _NOTHING:
            return True
        return value == 0 and path.rpartition(".")[2] in {"iops", "throughput", "volume_size"} | self.table.unset

    def _value(self, value: Any, shape: Shape, path: str) -> Any:
        named = self.table.values.get(path)
        if named is not None:
            return named.get(str(value).lower(), value)
        types = shape.types - {"null"}
        if isinstance(value, list):
            if types == {"object"}:
                return self._value(value[0], shape, path) if value else None
            return [self._value(one, shape.item(), path) for one in value if one is not None]
        if isinstance(value, dict):
            return self._mapping(value, shape, path)
        if isinstance(value, str) and "object" in types and value.lstrip()[:1] in {"{", "["}:
            return _parsed(value)
        if types == {"array"}:
            return [value]
        return value

    def _mapping(self, value: Mapping[str, Any], shape: Shape, path: str) -> Any:
        if shape.types - {"null"} == {"array"}:
            return [{"Key": name, "Value": one} for name, one in value.items()]
        if shape.is_map or not shape.properties:
            return dict(value)
        return self._members(value, shape, path)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def property_of(table: AttributeTable, path: str, shape: Shape) -> tuple[str, ...] | None:
    """The property of an attribute; `None` without one.

    Args:
        table: The type's table.
        path: The attribute.
        shape: The schema of its place.
    """
    renamed = table.renames.get(path)
    if renamed is not None:
        return tuple(renamed.split("/"))
    bare = path.rpartition(".")[2].replace("_", "")
    found = next((name for name in sorted(shape.properties) if name.lower() == bare), None)
    return (found,) if found is not None else None


def walk(table: AttributeTable, kind: ResourceType) -> Iterator[tuple[str, Sequence[str] | None]]:
    """Each attribute that is sent, with the property that it becomes; used to check the table.

    Args:
        table: The table.
        kind: Cloud Control's type.
    """
    shapes: dict[str, Shape] = {"": Shape.of(kind)}
    for path in sorted(table.attributes, key=lambda one: one.count(".")):
        parent = path.rpartition(".")[0]
        outside = any(path == one or path.startswith(f"{one}.") for one in (*table.leave, *table.lost))
        if outside or parent not in shapes:
            continue
        pointer = property_of(table, path, shapes[parent])
        place = shapes[parent]
        for segment in pointer or ():
            if segment not in place.properties:
                pointer = None
                break
            place = place.child(segment)
        shapes[path] = place.item() if "array" in place.types else place
        yield path, pointer
