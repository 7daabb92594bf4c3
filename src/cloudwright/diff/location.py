"""A location in a comparison: the same value in two documents and in the schema."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.model import END, Path
from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.resource_type import ResourceType


@dataclass(frozen=True, slots=True)
class Location:
    """A location.

    Attributes:
        shape: Its schema.
        path: Its path in the desired document.
        at: Its path in the baseline, whose arrays may have another order.
        parent: The desired mapping that holds it; transforms refer to its properties.
        document: The desired document, to whose properties some transforms refer instead.
        positions: Where in `path` a segment is an element's position; a map's key may look like one.
    """

    shape: Shape
    path: Path = ()
    at: Path = ()
    parent: Mapping[str, Any] = field(default_factory=dict, repr=False)
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    positions: tuple[int, ...] = ()

    @classmethod
    def root(cls, resource_type: ResourceType) -> Location:
        """The whole document.

        Args:
            resource_type: The document's type.
        """
        return cls(Shape.of(resource_type))

    @classmethod
    def of(cls, resource_type: ResourceType, path: Path, at: Path) -> Location:
        """Any location of a document.

        Args:
            resource_type: The document's type.
            path: Its path in the desired document.
            at: Its path in the baseline.
        """
        shape = Shape.of(resource_type)
        for segment in path:
            shape = shape.child(segment)
        return cls(shape, path, at)

    @property
    def is_element(self) -> bool:
        """Whether it is an element of a list."""
        return bool(self.positions) and self.positions[-1] == len(self.path) - 1

    def key(self, name: str, parent: Mapping[str, Any]) -> Location:
        """The location of a property or a map's value.

        Args:
            name: The property's name or the map's key.
            parent: The desired mapping that holds it.
        """
        document = self.document if self.path else parent
        shape, path, at = self.shape.child(name), (*self.path, name), (*self.at, name)
        return Location(shape, path, at, parent, document, self.positions)

    def item(self, index: int | None, at: int | None) -> Location:
        """The location of an array's element.

        Args:
            index: Its position in the desired array; `None` if it is absent.
            at: Its position in the baseline's array; `None` if it is absent.
        """
        path = str(at if index is None else index)
        position = END if at is None else str(at)
        return Location(
            self.shape.item(),
            (*self.path, path),
            (*self.at, position),
            document=self.document,
            positions=(*self.positions, len(self.path)),
        )
