"""A layered layout: dependencies are left of their dependents, and few edges cross.

The steps are those of Sugiyama, Tagawa and Toda (1981): rank the nodes, split long edges with waypoints, order each
layer.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.graph.crossings import few_crossings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Pair = tuple[str, str]

_WAY = "\0"


@dataclass(frozen=True, slots=True)
class Layers:
    """The layer of each node and its position in it.

    Attributes:
        rows: The ids of each layer, from top to bottom; waypoints of long edges included.
        routes: Each edge -> the ids on its path, including both ends.
    """

    rows: tuple[tuple[str, ...], ...]
    routes: Mapping[Pair, tuple[str, ...]]


def is_waypoint(name: str) -> bool:
    """Whether the node only routes an edge through a layer."""
    return name.startswith(_WAY)


def neighbours(routes: Iterable[tuple[str, ...]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For every id on a route, the ids directly before it and directly after it."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for route in routes:
        for left, right in pairwise(route):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after


def layered(names: Sequence[str], edges: Iterable[Pair]) -> Layers:
    """Lay out a graph.

    Args:
        names: Every id; their order decides ties.
        edges: From dependency to dependent. Edges that close a cycle are ignored for the ranks.
    """
    pairs = list(edges)
    connected = {name for pair in pairs for name in pair}
    # Unconnected nodes come last, so that they are not scattered among the others of their layer.
    names = sorted(names, key=lambda name: name not in connected)
    ranks = _ranks(names, pairs)
    routes = {pair: _route(at, pair, ranks) for at, pair in enumerate(pairs)}
    rows = _filled(names, routes, ranks)
    rows = few_crossings(rows, *neighbours(routes.values()))
    return Layers(tuple(tuple(row) for row in rows), routes)


def _ranks(names: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """The length of the longest chain that leads to each node."""
    needs: dict[str, list[str]] = {name: [] for name in names}
    for source, target in pairs:
        needs[target].append(source)
    ranks: dict[str, int] = {}
    for name in names:
        _rank(name, needs, ranks)
    return ranks


def _rank(start: str, needs: Mapping[str, Sequence[str]], ranks: dict[str, int]) -> None:
    # An explicit stack: chains may be longer than Python's recursion limit.
    stack, open_ = [start], set()
    while stack:
        name = stack[-1]
        if name in ranks:
            stack.pop()
            continue
        open_.add(name)
        missing = [one for one in needs[name] if one not in ranks and one not in open_]
        if missing:
            stack.extend(missing)
        else:
            ranks[name] = 1 + max((ranks[one] for one in needs[name] if one in ranks), default=-1)
            stack.pop()


def _route(at: int, pair: Pair, ranks: Mapping[str, int]) -> tuple[str, ...]:
    source, target = pair
    between = range(ranks[source] + 1, ranks[target])
    return (source, *(f"{_WAY}{at}.{rank}" for rank in between), target)


def _filled(names: Sequence[str], routes: Mapping[Pair, tuple[str, ...]], ranks: Mapping[str, int]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(1 + max(ranks.values(), default=-1))]
    for name in names:
        rows[ranks[name]].append(name)
    for (source, _), route in routes.items():
        for step, name in enumerate(route[1:-1], 1):
            rows[ranks[source] + step].append(name)
    return rows
