"""What happens when a pipeline runs, as ASCII text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.model import Mode
from cloudwright.render.terminal.markup import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.imagebuilder.flow import Box, Flow, ImageFlow

ARROWS = {Mode.COPY: "==>", Mode.SHARE: "-->"}
MOST_NAMES = 4


def fanout_text(flow: Flow) -> str:
    """The lanes from top to bottom; `==>` is a copy, `-->` a share, `!` says why it will fail.

    Args:
        flow: From `cloudwright.imagebuilder.flow.flows`.

    Returns:
        Lines without a trailing newline.
    """
    lines = [*_lane("INPUTS", flow.inputs), *_lane("PIPELINE", flow.pipelines)]
    lines += ["DISTRIBUTION", f"  {plain(flow.key)}", "REGIONS"]
    width = max((len(_target(box)) for box in flow.targets), default=0)
    for index, region in enumerate(flow.regions):
        lines += _box(region)
        here = sorted((edge for edge in flow.edges if edge.region == index), key=lambda edge: edge.target)
        lines += [_edges(flow, list(edges), width) for _, edges in groupby(here, key=lambda edge: edge.target)]
    return "\n".join(lines)


def _lane(title: str, boxes: Sequence[Box]) -> list[str]:
    """A lane with its content; no lines if it is empty."""
    return [title, *(line for box in boxes for line in _box(box))] if boxes else []


def _box(box: Box) -> list[str]:
    star = "*" if box.home else ""
    return [f"  {plain(box.title)}{star}", *(f"    {plain(line)}" for line in box.lines)]


def _edges(flow: Flow, edges: Sequence[ImageFlow], width: int) -> str:
    """Everything that one target gets in one Region; the arrow is that of a copy if there is one."""
    target = _target(flow.targets[edges[0].target])
    modes = ", ".join(edge.mode.value for edge in edges)
    problems = ", ".join(dict.fromkeys(edge.rule or edge.problem for edge in edges if edge.problem))
    return f"    {ARROWS[edges[0].mode]} {target:<{width}}   {modes}" + (f"   ! {plain(problems)}" if problems else "")


def _target(box: Box) -> str:
    if not box.lines:
        return plain(box.title)
    shown = ", ".join(plain(line) for line in box.lines[:MOST_NAMES])
    return f"{plain(box.title)} ({shown}{', ...' if len(box.lines) > MOST_NAMES else ''})"
