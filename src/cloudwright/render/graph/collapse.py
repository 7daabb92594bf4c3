"""Makes large graphs readable: draws a scope as one box, then similar siblings as one box."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cloudwright.render.graph.model import Edge, Graph, Node, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

READABLE = 80
"""Maximum number of boxes in a readable picture."""

MIXED = "mixed"


def readable(graph: Graph, limit: int = READABLE) -> Graph:
    """The graph with a readable number of boxes.

    Deep scopes become one box each, the deepest first; if that is not enough, the resources of one type in one scope
    share a box.

    Args:
        graph: Of any size.
        limit: Number of boxes; exceeded if there are more scopes and types than that.
    """
    deepest = max((node.id.count("/") for node in graph.nodes), default=0)
    for depth in range(deepest, 0, -1):
        if len(graph.nodes) <= limit:
            return graph
        graph = _grouped(graph, lambda node, depth=depth: _cut(node.id, depth))  # type: ignore[misc]
    if len(graph.nodes) <= limit:
        return graph
    return _grouped(graph, lambda node: f"{node.scope}/{node.detail}".strip("/") if node.count == 1 else node.id)


def _cut(key: str, depth: int) -> str:
    parts = key.split("/")
    return key if len(parts) <= depth else "/".join(parts[:depth])


def _grouped(graph: Graph, group: Callable[[Node], str]) -> Graph:
    names = {node.id: group(node) for node in graph.nodes}
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        members.setdefault(names[node.id], []).append(node)
    nodes = {name: _box(name, inside) for name, inside in members.items()}
    homes = {node.id: nodes[names[node.id]].id for node in graph.nodes}
    known = {node.id: node for node in nodes.values()}
    return Graph(graph.title, tuple(known.values()), merged(_moved(graph, homes), known))


def _moved(graph: Graph, homes: Mapping[str, str]) -> list[Edge]:
    return [Edge(homes[edge.source], homes[edge.target]) for edge in graph.edges]


def _box(name: str, inside: list[Node]) -> Node:
    if len(inside) == 1:
        return inside[0]
    count = sum(node.count for node in inside)
    actions = {str(node.action) for node in inside}
    kinds = Counter(node.detail for node in inside if node.count == 1)
    detail = next(iter(kinds)) if len(kinds) == 1 and all(node.count == 1 for node in inside) else ""
    return Node(
        id=name,
        title=name.rpartition("/")[2],
        detail=f"{count} x {detail}" if detail else f"{count} resources",
        action=actions.pop() if len(actions) == 1 else MIXED,
        count=count,
    )
