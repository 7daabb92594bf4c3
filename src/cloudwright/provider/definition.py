"""Turns a custom resource's class into the facts of a resource type: schema and corrections."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.resource import OPTIONS, Resource
from cloudwright.program.shape import FieldType, annotations_of, bare, shape_of
from cloudwright.provider.fields import AttributeField, CreateOnly
from cloudwright.schema.pointer import format_pointer
from cloudwright.schema.resource_type import PROVIDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.pointer import Path

IDENTIFIER = "identifier"
"""The read-only property that holds the identifier if the service chooses it."""

_TAKEN = frozenset(name for name in dir(Resource) if not name.startswith("_")) | {"definition", "id"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a custom resource.

    Attributes:
        default: Its value if the program sets none; `None`: no default.
        create_only: Whether only a replacement changes it.
        attribute: Whether the service sets it.
        follows: For an attribute: the properties whose change may change it.
    """

    shape: FieldType
    required: bool = True
    default: object = None
    create_only: bool = False
    attribute: bool = False
    follows: tuple[str, ...] = ()


class Definition:
    """A custom resource's class, analysed when it is first needed.

    Attributes:
        type_name: Such as `Acme::Dns::Record`.
        identified_by: The properties that together are the identifier; empty if the service chooses it.
        defaults: What the class body assigns to its fields.
    """

    def __init__(
        self, cls: type, type_name: str, identified_by: tuple[str, ...], defaults: Mapping[str, object]
    ) -> None:
        """Store the class; its annotations may name classes that are defined later.

        Args:
            cls: The class.
            type_name: Its type's name.
            identified_by: Names of properties.
            defaults: What the class body assigns to its fields.
        """
        self.type_name: str = type_name
        self.identified_by: tuple[str, ...] = identified_by
        self.defaults: Mapping[str, object] = defaults
        self._cls = cls

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name, in the order of the class body.

        Raises:
            ProgramError: A field has no JSON form, or a name that is taken.
        """
        found = {
            name: self._field(name, hint)
            for cls in reversed(self._cls.__mro__)
            if "definition" in cls.__dict__
            for name, hint in annotations_of(cls, cls.__name__).items()
        }
        for name in self.identified_by:
            if name not in found or not found[name].create_only or found[name].shape.schema.get("type") != "string":
                raise ProgramError(
                    f"{self._cls.__name__}: {name!r} is part of the identifier, so it must be a create-only str",
                    hint=f"write `{name}: Annotated[str, create_only]`",
                )
        return found

    def _field(self, name: str, hint: object) -> Field:
        at = f"{self._cls.__name__}.{name}"
        if name in OPTIONS or name in _TAKEN or name.startswith("_"):
            raise ProgramError(
                f"{at}: every resource already has a keyword or attribute with this name",
                hint="give the field another name",
            )
        default = self.defaults.get(name)
        shape = shape_of(bare(hint), at)
        return Field(
            shape,
            required=name not in self.defaults and not shape.optional,
            default=None if isinstance(default, AttributeField) else default,
            create_only=any(isinstance(mark, CreateOnly) for mark in get_args(hint)[1:]),
            attribute=isinstance(default, AttributeField),
            follows=default.follows if isinstance(default, AttributeField) else (),
        )

    @property
    def properties(self) -> dict[str, Field]:
        """The fields that a program declares."""
        return {name: field for name, field in self.fields.items() if not field.attribute}

    @property
    def attributes(self) -> dict[str, Field]:
        """The fields that the service sets."""
        return {name: field for name, field in self.fields.items() if field.attribute}

    def schema(self, handlers: Mapping[str, Mapping[str, object]], *, resends: bool) -> dict[str, Any]:
        """The type as a registry schema.

        Args:
            handlers: What its provider can do, as the schema's `handlers`.
            resends: Whether a create may be sent again with its token.
        """
        own = not self.identified_by
        nodes = {name: field.shape.schema for name, field in self.fields.items()}
        return {
            "typeName": self.type_name,
            PROVIDED: {"resends": resends, "override": self._corrections()},
            "properties": {**nodes, **({IDENTIFIER: {"type": "string"}} if own else {})},
            "additionalProperties": False,
            "required": sorted(name for name, field in self.properties.items() if field.required),
            "primaryIdentifier": [_pointer((name,)) for name in self.identified_by or (IDENTIFIER,)],
            "readOnlyProperties": [_pointer((name,)) for name in (*self.attributes, *((IDENTIFIER,) if own else ()))],
            "createOnlyProperties": [_pointer((name,)) for name, field in self.properties.items() if field.create_only],
            "writeOnlyProperties": [_pointer(path) for path in _secrets(self.properties)],
            "handlers": handlers,
        }

    def _corrections(self) -> list[dict[str, object]]:
        """Facts about the type that a registry schema can't express, as entries of an override."""
        follows = {name: [*one.follows] for name, one in self.attributes.items() if one.follows}
        return [
            self._entry("canonical_identifier", value="exact"),
            # A name that the program chooses may already exist, and the provider's create might not refuse it.
            self._entry("upserts", value=bool(self.identified_by)),
            *(self._entry("secret_outputs", path) for path in _secrets(self.attributes)),
            *(self._entry("changing_outputs", (name,), value=causes) for name, causes in follows.items()),
        ]

    def _entry(self, field: str, path: Path = (), *, value: object = True) -> dict[str, object]:
        source = f"{self._cls.__module__}.{self._cls.__qualname__}"
        return {"field": field, "path": format_pointer(path), "value": value, "source": source, "date": ""}


def _secrets(fields: Mapping[str, Field]) -> list[Path]:
    return [(name, *path) for name, field in fields.items() for path in field.shape.secrets]


def _pointer(path: Path) -> str:
    return "/properties/" + "/".join(path)
