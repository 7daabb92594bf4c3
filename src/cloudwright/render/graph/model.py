"""The graph of a plan, or of apps that use each other's outputs, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.plan.model import Declared, Plan
    from cloudwright.state.snapshot import Neighbour


@dataclass(frozen=True, slots=True)
class Node:
    """One box.

    Attributes:
        id: The resource's key; the scope's name for several resources shown as one.
        title: The text in the box.
        detail: The line below it.
        action: The plan's action: a value of `Action`, or `mixed` for several.
        count: Number of resources that it represents.
    """

    id: str
    title: str
    detail: str = ""
    action: str = Action.NONE
    count: int = 1

    @property
    def scope(self) -> str:
        """The scope of the key; empty at the top level."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency.

    Attributes:
        source: The id of the dependency.
        target: The id of the dependent.
        label: The property that refers to it; empty for several, and for `depends_on`.
    """

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and dependencies.

    Attributes:
        title: The subject of the graph.
        nodes: In program order; resources to be deleted come last.
        edges: At most one for each pair of boxes.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(plan: Plan) -> Graph:
    """The dependencies between the resources of a plan, with the action on each.

    Args:
        plan: Its declarations and steps are read.
    """
    actions = {step.key: step.action for step in plan.steps if not step.superseded}
    nodes = {one.key: _node(one.key, one.type, actions.get(one.key, Action.READ)) for one in plan.declared}
    removed = {step.key: _node(step.key, step.type, step.action) for step in plan.steps if not step.superseded}
    known = {**nodes, **{key: node for key, node in removed.items() if key not in nodes}}
    edges = [edge for one in plan.declared for edge in _declared(one)]
    edges += [Edge(need, step.key) for step in plan.steps if step.key not in nodes for need in step.depends_on]
    return Graph(f"{plan.app}/{plan.stage}", tuple(known.values()), merged(edges, known))


def merged(edges: Iterable[Edge], known: Mapping[str, Node]) -> tuple[Edge, ...]:
    """One edge for each pair of known boxes; its label is kept if it is the only one.

    Args:
        edges: May have repetitions and unknown ends.
        known: Every box by its id.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for edge in edges:
        if edge.source in known and edge.target in known and edge.source != edge.target:
            found.setdefault((edge.source, edge.target), set()).add(edge.label)
    return tuple(
        Edge(source, target, next(iter(labels)) if len(labels) == 1 else "")
        for (source, target), labels in found.items()
    )


def short_type(name: str) -> str:
    """A type without its vendor, if that is AWS."""
    return name.removeprefix("AWS::")


def _node(key: str, type_name: str, action: Action) -> Node:
    return Node(key, key.rpartition("/")[2], short_type(type_name), action)


def _declared(one: Declared) -> list[Edge]:
    referred = [Edge(text.rpartition(":")[0], one.key, pointer) for pointer, text in one.references.items()]
    return [*referred, *(Edge(key, one.key) for key in one.depends_on)]


def apps_graph(states: Iterable[Neighbour], where: str) -> Graph:
    """The apps and stages of one store, and what they use in other stores.

    Args:
        states: The states of the store.
        where: The name of the store.
    """
    known = list(states)
    nodes = {
        name: _app_node(name, "can't be read" if one.damage else "") for one in known for name in [_state_name(one)]
    }
    for used in (used for one in known for used in one.uses):
        name, _, place = used.partition("@")
        nodes.setdefault(used, _app_node(used, f"in {place}" if place else "not deployed", name))
    edges = [Edge(used, _state_name(one)) for one in known for used in one.uses]
    return Graph(where, tuple(nodes.values()), merged(edges, nodes))


def _state_name(state: Neighbour) -> str:
    return f"{state.app}/{state.stage}"


def _app_node(key: str, detail: str, title: str = "") -> Node:
    return Node(key, title or key, detail, Action.NONE)
