"""What the schema says about one path of a document, with references and combinators followed lazily (CC103)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.pointer import WILDCARD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.schema.navigation import Node
    from cloudwright.schema.resource_type import ResourceType


class Shape:
    """All schema nodes that describe one path: the node itself, what it refers to, and every branch of its unions.

    A path that the schema does not describe has a shape without nodes, so unknown fields never crash a comparison.
    """

    __slots__ = ("_children", "_root", "nodes")

    def __init__(self, root: Node, nodes: Iterable[Node]) -> None:
        """Collect the nodes and all their branches.

        Args:
            root: The type's schema, which references point into.
            nodes: The nodes found at this path.
        """
        self._root = root
        parts = {id(part): part for node in nodes for part in navigation.parts(root, node)}
        self.nodes: tuple[Node, ...] = tuple(parts.values())
        self._children: dict[str, Shape] = {}

    @staticmethod
    def of(resource_type: ResourceType) -> Shape:
        """The shape of a type's document."""
        return _whole(resource_type)

    def child(self, segment: str) -> Shape:
        """The shape of a property, a map's value or an array's element.

        Args:
            segment: The property's name or the map's key.
        """
        if segment not in self._children:
            self._children[segment] = Shape(self._root, _own(self._root, self.nodes, segment))
        return self._children[segment]

    def item(self) -> Shape:
        """The shape of an array's elements."""
        return self.child(WILDCARD)

    def says(self, keyword: str) -> Iterator[Any]:
        """All values of a keyword here.

        Args:
            keyword: Such as `minItems`.
        """
        return (node[keyword] for node in self.nodes if keyword in node)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types that the schema allows here; empty if it does not say."""
        return frozenset(name for said in self.says("type") for name in ([said] if isinstance(said, str) else said))

    @property
    def properties(self) -> frozenset[str]:
        """The names of the properties that the schema lists here."""
        return frozenset(name for listed in self.says("properties") for name in listed)

    @property
    def is_free(self) -> bool:
        """Whether this is a document that the schema does not describe, such as a policy."""
        return not any(any(self.says(word)) for word in ("properties", "patternProperties", "additionalProperties"))

    @property
    def is_map(self) -> bool:
        """Whether the names of the members are the user's own, as those of environment variables."""
        if any(self.says("properties")):
            return False
        return any(self.says("patternProperties")) or any(
            said not in (False, None) for said in self.says("additionalProperties")
        )

    @property
    def is_unordered(self) -> bool:
        """Whether the elements have no order: a set or a multiset (CC29)."""
        return any(value is False for value in self.says("insertionOrder"))

    @property
    def is_attribute_list(self) -> bool:
        """Whether the service lists all attributes where the program lists some of them."""
        return "AttributeList" in self.says("arrayType")


@lru_cache(maxsize=512)
def _whole(resource_type: ResourceType) -> Shape:
    # Shapes only cache facts of an immutable schema, so one serves all documents of a type.
    return Shape(resource_type.schema, (resource_type.schema,))


def _own(root: Node, nodes: Iterable[Node], segment: str) -> Iterator[Node]:
    # The nodes include all branches already; a branch's own branches would only be found again.
    for node in nodes:
        plain = {key: value for key, value in node.items() if key not in _BRANCHING}
        yield from navigation.children(root, plain, segment)


_BRANCHING = frozenset({"allOf", "anyOf", "oneOf", "then", "else"})
