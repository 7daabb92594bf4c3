"""The graph in the formats of other tools: Mermaid, Graphviz's DOT, and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.render.contract.answers import EdgePart, GraphLine, NodePart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.render.graph.model import Graph, Node


def graph_json(graph: Graph) -> dict[str, Any]:
    """The whole graph as one line of `--json`."""
    nodes = [
        NodePart(id=node.id, title=node.title, detail=node.detail, scope=node.scope, action=str(node.action))
        for node in graph.nodes
    ]
    edges = [EdgePart(source=edge.source, target=edge.target, label=edge.label) for edge in graph.edges]
    return GraphLine(title=graph.title, nodes=nodes, edges=edges).as_object()


def graph_mermaid(graph: Graph) -> str:
    """The whole graph as a Mermaid flowchart; GitHub and many wikis draw it."""
    names = {node.id: f"n{at}" for at, node in enumerate(graph.nodes)}

    def box(node: Node) -> str:
        return f'{names[node.id]}["{_mermaid(node.title)}<br/>{_mermaid(node.detail)}"]'

    begin, end = "flowchart LR", "end"
    lines = [begin, *_scoped(graph, box, lambda at, name: f'subgraph s{at}["{_mermaid(name)}"]', end)]
    lines += [f"  {names[edge.source]} --> {names[edge.target]}" for edge in graph.edges]
    return "\n".join(lines) + "\n"


def graph_dot(graph: Graph) -> str:
    """The whole graph for Graphviz: `dot -Tsvg`."""

    def box(node: Node) -> str:
        label = _dot(f"{node.title}\n{node.detail}")
        return f"{_dot(node.id)} [label={label}]"

    lines = ["digraph {", "  rankdir=LR", "  node [shape=box]"]
    lines += _scoped(graph, box, lambda at, name: f"subgraph cluster_{at} {{\n    label={_dot(name)}", "}")
    lines += [f"  {_dot(edge.source)} -> {_dot(edge.target)}" for edge in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _scoped(graph: Graph, box: Callable[[Node], str], begin: Callable[[int, str], str], end: str) -> Iterator[str]:
    """The boxes of each scope in a frame; boxes without a scope first."""
    scopes: dict[str, list[Node]] = {"": []}
    for node in graph.nodes:
        scopes.setdefault(node.scope, []).append(node)
    yield from (f"  {box(node)}" for node in scopes.pop(""))
    for at, (name, inside) in enumerate(scopes.items()):
        yield f"  {begin(at, name)}"
        yield from (f"    {box(node)}" for node in inside)
        yield f"  {end}"


def _mermaid(text: str) -> str:
    """A text inside Mermaid's quotes: everything that could be markup as a character code."""
    return "".join(c if c.isalnum() or c in " -_./:" else f"#{ord(c)};" for c in text)


def _dot(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{"".join(c for c in escaped if c.isprintable())}"'
