"""The graph of apps that use each other's outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.model import Action
from cloudwright.render.graph.model import Edge, Graph, Node, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.state.snapshot import Neighbour


def apps_graph(states: Iterable[Neighbour], where: str) -> Graph:
    """The apps and stages of one store, and what they use in other stores."""
    known = list(states)
    nodes = {name: _node(name, "can't be read" if one.damage else "") for one in known for name in [_name(one)]}
    for used in (used for one in known for used in one.uses):
        name, _, place = used.partition("@")
        nodes.setdefault(used, _node(used, f"in {place}" if place else "not deployed", name))
    edges = [Edge(used, _name(one)) for one in known for used in one.uses]
    return Graph(where, tuple(nodes.values()), merged(edges, nodes))


def _name(state: Neighbour) -> str:
    return f"{state.app}/{state.stage}"


def _node(key: str, detail: str, title: str = "") -> Node:
    return Node(key, title or key, detail, Action.NONE)
