"""The vertical position of each node: near the mean of its neighbours, in the order of its layer, one row apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.graph.layers import neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.render.graph.layers import Layers

PASSES = 4


def heights(layers: Layers) -> dict[str, float]:
    """The height of every id, in rows from the top.

    Args:
        layers: The order in each layer.
    """
    before, after = neighbours(layers.routes.values())
    found = {name: float(at) for row in layers.rows for at, name in enumerate(row)}
    for turn in range(PASSES):
        rows, near = (layers.rows, before) if turn % 2 == 0 else (layers.rows[::-1], after)
        for row in rows:
            found.update(zip(row, _spread([_wish(name, near, found) for name in row]), strict=True))
    top = min(found.values(), default=0.0)
    return {name: height - top for name, height in found.items()}


def _wish(name: str, near: Mapping[str, Sequence[str]], found: Mapping[str, float]) -> float:
    heights = [found[one] for one in near.get(name, ())]
    return sum(heights) / len(heights) if heights else found[name]


def _spread(wishes: Sequence[float]) -> list[float]:
    """The positions nearest to the desired ones that keep the order and one row between any two.

    Desired positions too close to each other become one block around their mean (pool adjacent violators).
    """
    blocks: list[tuple[float, int]] = []  # the desired position of the block's first node, and its length
    for at, wish in enumerate(wishes):
        mean, length = wish - at, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean = (mean * length + other * count) / (length + count)
            length += count
        blocks.append((mean, length))
    shifts = [mean for mean, length in blocks for _ in range(length)]
    return [shift + at for at, shift in enumerate(shifts)]
