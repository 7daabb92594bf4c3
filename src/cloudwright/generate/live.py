"""A live resource before it becomes part of a program."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """What a read returned, with its type.

    Attributes:
        identifier: Cloud Control's primary identifier.
        properties: The live document.
    """

    kind: ResourceType
    override: Override
    identifier: str
    properties: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A value of a document that refers to another resource of the program.

    Attributes:
        to: Position of the other resource.
        attribute: The attribute's name; empty for the resource itself, which means its identifier.
        before: Text before the value, inside a larger string.
        after: Text after it.
    """

    to: int
    attribute: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredResource:
    """A resource as the program declares it.

    Attributes:
        variable: Its Python name.
        document: JSON with `Link` leaves, and `JsonText` for JSON that must be sent as text.
        remarks: Comments above the declaration.
    """

    live: LiveResource
    key: str
    variable: str
    document: Mapping[str, Any] = field(repr=False)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonText:
    """A JSON document that the type accepts only as text; the program writes it with `json.dumps`."""

    document: Any = field(repr=False)
