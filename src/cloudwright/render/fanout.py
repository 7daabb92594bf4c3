"""What happens when a pipeline runs, as ASCII text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.model import Mode
from cloudwright.render.matrix_markup import plain

if TYPE_CHECKING:
    from cloudwright.imagebuilder.flow import Box, Edge, Flow

ARROWS = {Mode.COPY: "==>", Mode.SHARE: "-->"}
MOST_NAMES = 4


def fanout_text(flow: Flow) -> str:
    """The five lanes one below the other; `==>` is a copy, `-->` a share, `!` an edge that will not work.

    Args:
        flow: From `cloudwright.imagebuilder.flow.flows`.

    Returns:
        Lines without a trailing newline.
    """
    lines = ["INPUTS", *(line for box in flow.inputs for line in _box(box))]
    lines += ["PIPELINE", *(line for box in flow.pipelines for line in _box(box))]
    lines += ["DISTRIBUTION", f"  {plain(flow.key)}", "REGIONS"]
    width = max((len(_target(box)) for box in flow.targets), default=0)
    for index, region in enumerate(flow.regions):
        lines += _box(region)
        lines += [_edge(flow, edge, width) for edge in flow.edges if edge.region == index]
    return "\n".join(lines)


def _box(box: Box) -> list[str]:
    star = "*" if box.home else ""
    return [f"  {plain(box.title)}{star}", *(f"    {plain(line)}" for line in box.lines)]


def _edge(flow: Flow, edge: Edge, width: int) -> str:
    target = _target(flow.targets[edge.target])
    problem = f"   ! {plain(edge.problem)}" if edge.problem else ""
    return f"    {ARROWS[edge.mode]} {target:<{width}}   {edge.mode.value}{problem}"


def _target(box: Box) -> str:
    if not box.lines:
        return plain(box.title)
    shown = ", ".join(plain(line) for line in box.lines[:MOST_NAMES])
    return f"{plain(box.title)} ({shown}{', ...' if len(box.lines) > MOST_NAMES else ''})"
