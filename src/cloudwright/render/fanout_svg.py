"""What happens when a pipeline runs, as a self-contained SVG: five lanes from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.flow import Box
from cloudwright.imagebuilder.model import Mode
from cloudwright.render.matrix_markup import markup
from cloudwright.render.matrix_svg import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.imagebuilder.flow import Edge, Flow

_LINE = 17
_PAD = 14
_LANE_GAP = 70
_CHAR = 8
_LONGEST = 46
_MOST_LINES = 8
_LANES = ("inputs", "pipeline", "distribution", "Regions", "accounts")
_STYLE = (
    "<style>.cw path.edge{fill:none;stroke:var(--soft);stroke-width:1.5}.cw path.share{stroke-dasharray:5 4}"
    ".cw path.broken{stroke:var(--bad);stroke-width:2}.cw rect.box{fill:var(--paper);stroke:var(--line)}"
    ".cw rect.home{stroke:var(--ink);stroke-width:2}</style>"
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box with its place on the paper, in pixels."""

    box: Box
    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.top + self.height // 2

    @property
    def right(self) -> int:
        return self.left + self.width


def fanout_svg(flow: Flow) -> str:
    """The picture: a solid edge is a copy, a dashed one a share, a red one will not work.

    Args:
        flow: From `cloudwright.imagebuilder.flow.flows`.

    Returns:
        One `<svg>` element with its style.
    """
    hub = (Box(flow.key),)
    lanes = _placed([flow.inputs, flow.pipelines, hub, flow.regions, flow.targets])
    edges = [_line(one, two) for left, right in ((0, 1), (1, 2), (2, 3)) for one in lanes[left] for two in lanes[right]]
    edges += [_edge(edge, lanes) for edge in flow.edges]
    boxes = [_box(placed) for lane in lanes for placed in lane]
    placed = [one for lane in lanes for one in lane]
    width = max(one.right for one in placed) + _PAD
    height = max(one.top + one.height for one in placed) + _PAD
    heads = [_head(name, lane) for name, lane in zip(_LANES, lanes, strict=True) if lane]
    content = "".join([_STYLE, *heads, *edges, *boxes])
    return frame(f"{flow.key}: what happens when the pipeline runs", content, width, height)


def _placed(lanes: Sequence[Sequence[Box]]) -> list[list[_Placed]]:
    """Every lane is centred on the tallest one, so that edges stay short."""
    heights = [sum(_height(box) + _PAD for box in lane) for lane in lanes]
    left, found = _PAD, []
    for lane, height in zip(lanes, heights, strict=True):
        width = max((_width(box) for box in lane), default=0)
        top = 2 * _LINE + _PAD + (max(heights) - height) // 2
        placed = []
        for box in lane:
            placed.append(_Placed(box, left, top, width, _height(box)))
            top += _height(box) + _PAD
        found.append(placed)
        left += width + _LANE_GAP if lane else 0
    return found


def _texts(box: Box) -> list[str]:
    hidden = len(box.lines) - _MOST_LINES
    lines = [*box.lines[:_MOST_LINES], *([f"and {hidden} more"] if hidden > 0 else [])]
    return [_short(text) for text in (box.title + ("*" if box.home else ""), *lines)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _width(box: Box) -> int:
    return max(map(len, _texts(box))) * _CHAR + 2 * _PAD


def _height(box: Box) -> int:
    return len(_texts(box)) * _LINE + _PAD


def _head(name: str, lane: list[_Placed]) -> str:
    return f'<text class="soft" x="{lane[0].left}" y="{_LINE + 4}">{name}</text>'


def _box(placed: _Placed) -> str:
    home = " home" if placed.box.home else ""
    tip = markup("\n".join((placed.box.title, *placed.box.lines)))
    texts = "".join(
        f'<text class="{"bold" if line == 0 else "soft"}" x="{placed.left + _PAD}" '
        f'y="{placed.top + _LINE * (line + 1)}">{markup(text)}</text>'
        for line, text in enumerate(_texts(placed.box))
    )
    return (
        f'<g><title>{tip}</title><rect class="box{home}" x="{placed.left}" y="{placed.top}" '
        f'width="{placed.width}" height="{placed.height}" rx="4"/>{texts}</g>'
    )


def _line(one: _Placed, two: _Placed, style: str = "", shift: int = 0, tip: str = "") -> str:
    start, end, half = one.middle + shift, two.middle + shift, (two.left + one.right) // 2
    title = f"<title>{markup(tip)}</title>" if tip else ""
    curve = f"M{one.right} {start}C{half} {start} {half} {end} {two.left} {end}"
    return f'<path class="edge{style}" d="{curve}">{title}</path>'


def _edge(edge: Edge, lanes: list[list[_Placed]]) -> str:
    share = edge.mode is Mode.SHARE
    style = f"{' share' if share else ' copy'}{' broken' if edge.problem else ''}"
    region, target = lanes[3][edge.region], lanes[4][edge.target]
    # A copy and a share between the same two boxes run side by side.
    return _line(region, target, style, 4 if share else -4, edge.problem or edge.mode.value)
