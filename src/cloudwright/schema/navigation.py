"""Navigation in a schema: `$ref`, items, maps and combinators, safe against recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from cloudwright.schema.pointer import WILDCARD

if TYPE_CHECKING:
    from cloudwright.schema.pointer import Path

Node: TypeAlias = Mapping[str, object]
"""A JSON object of a schema. Its values are checked where they are read, since schemas may be malformed (CC105)."""

EMPTY: Node = {}

_COMBINATORS = ("allOf", "anyOf", "oneOf")
_CONDITIONALS = ("then", "else")
_BRANCHING = frozenset({*_COMBINATORS, *_CONDITIONALS})
_DEEPEST_REF = 32
_MOST_PARTS = 256


def as_node(value: object) -> Node:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else EMPTY


def resolve(root: Node, node: Node) -> Node:
    """Follow `$ref` until there is none; keywords next to a `$ref` win over those of its target.

    Args:
        root: The whole schema, in which `#/definitions/X` and `#/properties/X` are looked up.
        node: Any node of it.

    Returns:
        A node without `$ref`; an empty one if the reference is dangling or circular.
    """
    for _ in range(_DEEPEST_REF):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        beside = {key: value for key, value in node.items() if key != "$ref"}
        target = _target(root, reference)
        node = {**target, **beside} if beside else target
    return EMPTY


def _target(root: Node, reference: str) -> Node:
    here: object = root
    for segment in reference.partition("#")[2].split("/")[1:]:
        here = as_node(here).get(segment.replace("~1", "/").replace("~0", "~"))
    return as_node(here)


def find(root: Node, path: Path) -> Node | None:
    """The schema node of a path.

    Args:
        root: The whole schema.
        path: Concrete or with `*`.

    Returns:
        The node without `$ref`; `None` if the schema describes no such path.
    """
    nodes = [resolve(root, root)]
    for segment in path:
        nodes = [child for node in nodes for child in children(root, node, segment)]
    return nodes[0] if nodes else None


def children(root: Node, node: Node, segment: str) -> list[Node]:
    """All nodes that a segment may lead to, the most direct first."""
    return [resolve(root, as_node(child)) for part in parts(root, node) for child in _own_children(part, segment)]


def parts(root: Node, node: Node) -> list[Node]:
    """A node and all branches of its combinators, resolved and without repetition."""
    whole = resolve(root, node)
    if _BRANCHING.isdisjoint(whole):
        return [whole]
    found: list[Node] = []
    waiting = [whole]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop(0)
        if id(part) in seen or len(seen) > _MOST_PARTS:
            continue
        seen.add(id(part))
        found.append(part)
        waiting.extend(resolve(root, branch) for branch in _branches(part))
    return found


def _branches(node: Node) -> Iterator[Node]:
    for keyword in _COMBINATORS:
        listed = node.get(keyword)
        if isinstance(listed, list):
            yield from map(as_node, listed)
    for keyword in _CONDITIONALS:
        if keyword in node:
            yield as_node(node[keyword])


def _own_children(node: Node, segment: str) -> Iterator[object]:
    properties = as_node(node.get("properties"))
    if segment in properties:
        yield properties[segment]
        return
    if is_index(segment):
        yield from _items(node, segment)
    yield from _map_values(node, segment)


def _items(node: Node, segment: str) -> Iterator[object]:
    for keyword in ("prefixItems", "items"):
        items = node.get(keyword)
        if isinstance(items, Mapping):
            yield items
        elif isinstance(items, list):
            yield from items if segment == WILDCARD else items[int(segment) : int(segment) + 1]


def _map_values(node: Node, segment: str) -> Iterator[object]:
    patterns = as_node(node.get("patternProperties"))
    fitting = [value for pattern, value in patterns.items() if segment == WILDCARD or _fits(pattern, segment)]
    yield from fitting or patterns.values()
    additional = node.get("additionalProperties")
    if isinstance(additional, Mapping):
        yield additional


def _fits(pattern: str, key: str) -> bool:
    from cloudwright.schema.patterns import compiled

    search = compiled(pattern)
    return search is None or search(key) is not None


def is_index(segment: str) -> bool:
    """Whether a segment can name an array item."""
    return segment == WILDCARD or re.fullmatch(r"0|[1-9][0-9]{0,8}", segment) is not None


def is_array(root: Node, node: Node) -> bool:
    """Whether the node or one of its branches describes an array."""
    return any(_has_type(part, "array") or "items" in part for part in parts(root, node))


def is_map(root: Node, node: Node) -> bool:
    """Whether the node describes an object with free keys."""
    return any(
        "patternProperties" in part or isinstance(part.get("additionalProperties"), Mapping)
        for part in parts(root, node)
    )


def _has_type(node: Node, name: str) -> bool:
    declared = node.get("type")
    return declared == name or (isinstance(declared, list) and name in declared)
