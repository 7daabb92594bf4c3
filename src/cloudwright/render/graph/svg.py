"""The graph as a self-contained SVG; light or dark, depending on the reader's setting."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action
from cloudwright.render.graph.collapse import readable
from cloudwright.render.graph.heights import heights
from cloudwright.render.graph.layers import is_waypoint, layered
from cloudwright.render.terminal.markup import markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.render.graph.layers import Layers
    from cloudwright.render.graph.model import Edge, Graph, Node

PALETTE = """
.cg{--ink:#1d2430;--soft:#5b6675;--line:#aab4c0;--paper:#fff;--box:#f7f9fb;--create:#1b7f3b;--update:#a86400;
--replace:#8a3ab9;--delete:#c62828;--other:#1a6f9e;--quiet:#c3cad3}
@media (prefers-color-scheme:dark){.cg{--ink:#e6eaf0;--soft:#9aa6b6;--line:#566172;--paper:#12161c;--box:#1b212a;
--create:#56d364;--update:#e3b341;--replace:#d2a8ff;--delete:#ff7b72;--other:#79c0ff;--quiet:#3a4452}}
.cg text{font:13px system-ui,sans-serif;fill:var(--ink)}.cg .soft{font-size:11px;fill:var(--soft)}
.cg .paper{fill:var(--paper)}.cg path{fill:none;stroke:var(--line);stroke-width:1.2}
.cg rect.box{fill:var(--box);stroke:var(--quiet)}.cg rect.stack{fill:var(--paper);stroke:var(--quiet)}
.cg .create{--tone:var(--create)}.cg .update{--tone:var(--update)}.cg .replace{--tone:var(--replace)}
.cg .delete,.cg .forget{--tone:var(--delete)}
.cg .mixed,.cg .import,.cg .move,.cg .resume,.cg .run,.cg .read{--tone:var(--other)}
.cg g rect.box{stroke:var(--tone,var(--quiet))}.cg g rect.tab{fill:var(--tone,var(--quiet))}
""".strip()

_ROW, _BOX, _GAP, _PAD, _TAB = 56, 40, 48, 16, 5
_CHAR, _LONGEST = 7.4, 48
_PAGE = 1060
"""Pixels that a report on a screen of 1280 shows without scrolling."""


@dataclass(frozen=True, slots=True)
class _NodePosition:
    """The upper left corner of a box, and its width."""

    left: float
    top: float
    width: float


def graph_svg(graph: Graph) -> str:
    """The graph, made readable if it is large.

    Args:
        graph: From `cloudwright.render.graph.model`.

    Returns:
        One `<svg>` element with its style.
    """
    shown = readable(graph)
    nodes = {node.id: node for node in shown.nodes}
    linked = {name for edge in shown.edges for name in (edge.source, edge.target)}
    layers = layered([name for name in nodes if name in linked], [(edge.source, edge.target) for edge in shown.edges])
    places = _places(layers, nodes)
    places |= _grid([node for node in shown.nodes if node.id not in linked], places)
    width = max((place.left + place.width for place in places.values()), default=200) + _PAD
    height = max((place.top + _BOX for place in places.values()), default=40) + _PAD
    lines = [_edge(edge, [places[name] for name in layers.routes[edge.source, edge.target]]) for edge in shown.edges]
    boxes = [_box(node, places[node.id]) for node in shown.nodes]
    return _framed(shown.title, "".join([*lines, *boxes]), round(width), round(height))


def _places(layers: Layers, nodes: Mapping[str, Node]) -> dict[str, _NodePosition]:
    places: dict[str, _NodePosition] = {}
    left, rows = float(_PAD), heights(layers)
    for row in layers.rows:
        width = max((_width(nodes[name]) for name in row if name in nodes), default=0.0)
        for name in row:
            own = 0.0 if is_waypoint(name) else _width(nodes[name])
            places[name] = _NodePosition(left, _PAD + rows[name] * _ROW, own)
        left += width + _GAP
    return places


def _grid(alone: Sequence[Node], above: Mapping[str, _NodePosition]) -> dict[str, _NodePosition]:
    """Nodes without edges in a grid below the others: one long column would leave most of the page empty."""
    if not alone:
        return {}
    top = max((place.top + _ROW for place in above.values()), default=float(_PAD))
    page = max((place.left + place.width for place in above.values()), default=0.0)
    step = max(map(_width, alone)) + _GAP / 2
    fitting = max(int((max(page, _PAGE) - _PAD) // step), 1)
    rows = ceil(len(alone) / fitting)
    return {
        node.id: _NodePosition(_PAD + at // rows * step, top + at % rows * _ROW, _width(node))
        for at, node in enumerate(alone)
    }


def _width(node: Node) -> float:
    return _PAD + _CHAR * max(len(_tail(node.id)) * 1.1, len(_cut(node.detail)) * 0.92, 8)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tail(key: str) -> str:
    return key if len(key) <= _LONGEST else f"…{key[1 - _LONGEST :]}"


def _edge(edge: Edge, stops: list[_NodePosition]) -> str:
    first, *rest = stops
    x, y = first.left + first.width, first.top + _BOX / 2
    parts = [f"M{x:.0f} {y:.0f}"]
    for stop in rest:
        to_x, to_y = stop.left, stop.top + _BOX / 2
        bend = max(abs(to_x - x) / 2, 12)
        parts.append(f"C{x + bend:.0f} {y:.0f} {to_x - bend:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}")
        x, y = to_x, to_y
    caption = f"{edge.target}{edge.label} needs {edge.source}" if edge.label else f"{edge.target} needs {edge.source}"
    return f'<path d="{" ".join(parts)}" marker-end="url(#cg-tip)"><title>{markup(caption)}</title></path>'


def _box(node: Node, place: _NodePosition) -> str:
    left, top = place.left, place.top
    behind = "" if node.count == 1 else _rect("stack", left + 3, top + 3, place.width, _BOX)
    quiet = str(node.action) in {str(Action.NONE), str(Action.READ)}
    title = f"{node.id} ({node.detail})" + ("" if quiet else f": {node.action}")
    return (
        f'<g class="{markup(str(node.action))}"><title>{markup(title)}</title>{behind}'
        f"{_rect('box', left, top, place.width, _BOX)}{_rect('tab', left, top, _TAB, _BOX)}"
        f'<text x="{left + _TAB + 7:.0f}" y="{top + 17:.0f}">{markup(_tail(node.id))}</text>'
        f'<text class="soft" x="{left + _TAB + 7:.0f}" y="{top + 32:.0f}">{markup(_cut(node.detail))}</text></g>'
    )


def _rect(name: str, left: float, top: float, width: float, height: float) -> str:
    return f'<rect class="{name}" x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="3"/>'


def _framed(title: str, content: str, width: int, height: int) -> str:
    tip = (
        '<defs><marker id="cg-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:var(--line);stroke:none"/></marker></defs>'
    )
    return (
        f'<svg class="cg" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{markup(f"Dependencies in {title}")}">'
        f'<style>{PALETTE}</style>{tip}<rect class="paper" width="{width}" height="{height}"/>{content}</svg>'
    )
