"""A layered layout: what is needed stands left of what needs it, and few lines cross.

The steps are those of Sugiyama, Tagawa and Toda (1981): rank, fill long edges with way points, order each layer by the
middle of its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Pair = tuple[str, str]

SWEEPS = 8
_WAY = "\0"


@dataclass(frozen=True, slots=True)
class Layers:
    """Where everything stands.

    Attributes:
        rows: The ids of each layer, from top to bottom; way points of long edges among them.
        routes: Each edge -> the ids it runs through, ends included.
    """

    rows: tuple[tuple[str, ...], ...]
    routes: Mapping[Pair, tuple[str, ...]]


def is_way_point(name: str) -> bool:
    """Whether the node only routes an edge through a layer."""
    return name.startswith(_WAY)


def neighbours(routes: Iterable[tuple[str, ...]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For every id on a route, those right before it and those right after it."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for route in routes:
        for left, right in pairwise(route):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after


def layered(names: Sequence[str], edges: Iterable[Pair]) -> Layers:
    """Lay a graph out.

    Args:
        names: Every id, in the order that decides where nothing else does.
        edges: From what is needed to what needs it. Those that close a circle are ignored for the ranks.
    """
    pairs = list(edges)
    ranks = _ranks(names, pairs)
    routes = {pair: _route(at, pair, ranks) for at, pair in enumerate(pairs)}
    rows = _filled(names, routes, ranks)
    before, after = neighbours(routes.values())
    for sweep in range(SWEEPS):
        rows = _swept(rows, before) if sweep % 2 == 0 else _swept(rows[::-1], after)[::-1]
    return Layers(tuple(tuple(row) for row in rows), routes)


def _ranks(names: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """The length of the longest chain that leads to each."""
    needs: dict[str, list[str]] = {name: [] for name in names}
    for source, target in pairs:
        needs[target].append(source)
    ranks: dict[str, int] = {}
    for name in names:
        _rank(name, needs, ranks)
    return ranks


def _rank(start: str, needs: Mapping[str, Sequence[str]], ranks: dict[str, int]) -> None:
    # A stack of our own: chains may be longer than Python's.
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


def _swept(rows: list[list[str]], near: Mapping[str, Sequence[str]]) -> list[list[str]]:
    done = rows[:1]
    for row in rows[1:]:
        places = {name: at for at, name in enumerate(done[-1])}
        done.append(sorted(row, key=lambda name: _middle(name, row, near, places)))
    return done


def _middle(name: str, row: Sequence[str], near: Mapping[str, Sequence[str]], places: Mapping[str, int]) -> float:
    found = [places[one] for one in near.get(name, ()) if one in places]
    return sum(found) / len(found) if found else float(row.index(name))
