"""The order of the nodes in each layer, with few crossing edges.

Two heuristics alternate: each layer is sorted by the mean position of its neighbours (Sugiyama, Tagawa and Toda, 1981),
then adjacent nodes are exchanged while that removes crossings (Gansner, Koutsofios, North and Vo, 1993). Neither one
improves with every step, so the best order seen is kept. The result depends on the direction of the first sweep, so
both are tried.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Near = Mapping[str, Sequence[str]]
    Rows = list[list[str]]

SWEEPS = 12


def few_crossings(rows: Rows, before: Near, after: Near) -> Rows:
    """The rows in an order in which few edges cross.

    Args:
        rows: The nodes of each layer, waypoints included.
        before: Node -> its neighbours in the layer before.
        after: Node -> its neighbours in the layer after.
    """
    orders = [rows]
    for first in (0, 1):
        order = rows
        for sweep in range(SWEEPS):
            order = _swept(order, before) if sweep % 2 == first else _swept(order[::-1], after)[::-1]
            order = _exchanged(order, before, after)
            orders.append(order)
    return min(orders, key=lambda order: crossings(order, after))


def crossings(rows: Sequence[Sequence[str]], after: Near) -> int:
    """Number of pairs of edges that cross.

    Args:
        rows: The nodes of each layer, in order.
        after: Node -> its neighbours in the layer after.
    """
    count = 0
    for row, following in pairwise(rows):
        positions = _positions(following)
        ends: list[int] = []  # of all edges from the nodes above, sorted
        for name in row:
            own = sorted(positions[one] for one in after.get(name, ()) if one in positions)
            count += sum(len(ends) - bisect_right(ends, end) for end in own)
            for end in own:
                insort(ends, end)
    return count


def _positions(row: Sequence[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(row)}


def _swept(rows: Rows, near: Near) -> Rows:
    """Sort each layer by the mean position of its neighbours in the layer before."""
    done = rows[:1]
    for row in rows[1:]:
        positions = _positions(done[-1])
        done.append(sorted(row, key=lambda name: _mean(name, row, near, positions)))
    return done


def _mean(name: str, row: Sequence[str], near: Near, positions: Mapping[str, int]) -> float:
    found = [positions[one] for one in near.get(name, ()) if one in positions]
    return sum(found) / len(found) if found else float(row.index(name))


def _exchanged(rows: Rows, before: Near, after: Near) -> Rows:
    """Exchange adjacent nodes while that removes crossings; each exchange removes at least one, so this ends."""
    done = [list(row) for row in rows]
    improved = True
    while improved:
        improved = False
        for at, row in enumerate(done):
            sides = [(before, _positions(done[at - 1]))] if at else []
            sides += [(after, _positions(done[at + 1]))] if at + 1 < len(done) else []
            for left in range(len(row) - 1):
                if sum(_gain(row[left], row[left + 1], near, positions) for near, positions in sides) > 0:
                    row[left], row[left + 1] = row[left + 1], row[left]
                    improved = True
    return done


def _gain(upper: str, lower: str, near: Near, positions: Mapping[str, int]) -> int:
    """How many crossings on one side an exchange of two adjacent nodes removes."""
    ends = sorted(positions[one] for one in near.get(lower, ()) if one in positions)
    own = [positions[one] for one in near.get(upper, ()) if one in positions]
    return sum(bisect_left(ends, end) - (len(ends) - bisect_right(ends, end)) for end in own)
