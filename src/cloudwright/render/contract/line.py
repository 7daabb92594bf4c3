"""What all lines of the contract have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, cast

from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class OneOf:
    """Lists the values of a field whose type is only `str`."""

    values: tuple[str, ...]


class Part:
    """A JSON object of the contract; its members are the dataclass's fields, in their order."""

    __slots__ = ()

    def as_object(self) -> dict[str, Any]:
        """The JSON object, including nested ones.

        A trailing underscore distinguishes a field's name from a Python keyword.
        """
        # `fields` takes a dataclass: every subclass is one, this base class is not.
        return {name.name.rstrip("_"): _plain(getattr(self, name.name)) for name in fields(cast("Any", self))}


class Line(Part):
    """A line of the stream.

    Attributes:
        type: The value of the member `type`.
        when: When the line is written, as the docs say it (Markdown).
    """

    __slots__ = ()
    type: ClassVar[str]
    when: ClassVar[str]

    def as_object(self) -> dict[str, Any]:
        """The JSON object; `type` comes first."""
        return {"type": self.type, **Part.as_object(self)}


def _plain(value: object) -> object:
    if isinstance(value, Part):
        return value.as_object()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
