"""What happens when a pipeline runs, as a self-contained SVG: five lanes from left to right."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.flow import Box
from cloudwright.imagebuilder.model import Mode
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.images.matrix_svg import frame
from cloudwright.render.terminal.markup import markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.imagebuilder.flow import Flow, ImageFlow

_LINE = 17
_PAD = 14
_LANE_GAPS = (40, 40, 40, 120, 0)
_CHAR = 8
_LONGEST = 36
_MOST_LINES = 8
_HUES = 4
"""Edges of neighbouring Regions have different colours; with many Regions the colours repeat."""

_LANES = ("inputs", "pipeline", "distribution", "Regions", "accounts")
_STYLE = (
    "<style>.cw path.edge{fill:none;stroke:var(--soft);stroke-width:1.5}.cw path.share{stroke-dasharray:5 4}"
    ".cw path.r0{stroke:#4c78c9}.cw path.r1{stroke:#2f9e6e}.cw path.r2{stroke:#a06cc4}.cw path.r3{stroke:#c08a2e}"
    ".cw path.broken{stroke:var(--bad);stroke-width:2}.cw rect.box{fill:var(--paper);stroke:var(--line)}"
    ".cw rect.home{stroke:var(--ink);stroke-width:2}</style>"
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box with its position, in pixels."""

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
    """The picture: a solid edge is a copy, a dashed one a share, a red one will fail.

    Args:
        flow: From `cloudwright.imagebuilder.flow.flows`.

    Returns:
        One `<svg>` element with its style.
    """
    hub = (Box(flow.key),)
    lanes = _placed([flow.inputs, flow.pipelines, hub, flow.regions, flow.targets])
    pairs = [(one, two) for left, right in ((0, 1), (1, 2), (2, 3)) for one in lanes[left] for two in lanes[right]]
    edges = [_line((one.right, one.middle), (two.left, two.middle)) for one, two in pairs]
    edges += _edges(flow, lanes[3], lanes[4])
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
    for lane, height, gap in zip(lanes, heights, _LANE_GAPS, strict=True):
        width = max((_width(box) for box in lane), default=0)
        top = 2 * _LINE + _PAD + (max(heights) - height) // 2
        placed = []
        for box in lane:
            placed.append(_Placed(box, left, top, width, _height(box)))
            top += _height(box) + _PAD
        found.append(placed)
        left += width + gap if lane else 0
    return found


def _texts(box: Box) -> list[str]:
    hidden = len(box.lines) - _MOST_LINES
    lines = [*box.lines[:_MOST_LINES], *([f"and {hidden} more"] if hidden > 0 else [])]
    return [line for text in (box.title + ("*" if box.home else ""), *lines) for line in _broken(text)]


def _broken(text: str) -> list[str]:
    """A text as lines that fit; long words are cut in the middle, since ARNs and names differ at the ends."""
    return wrap(" ".join(map(_short, text.split())), _LONGEST, subsequent_indent="  ") or [""]


def _short(word: str) -> str:
    half = (_LONGEST - 3) // 2
    return word if len(word) <= _LONGEST - 2 else f"{word[:half]}\N{HORIZONTAL ELLIPSIS}{word[-half:]}"


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


def _line(start: tuple[int, int], end: tuple[int, int], style: str = "", tip: str = "") -> str:
    half = (start[0] + end[0]) // 2
    title = f"<title>{markup(tip)}</title>" if tip else ""
    curve = f"M{start[0]} {start[1]}C{half} {start[1]} {half} {end[1]} {end[0]} {end[1]}"
    return f'<path class="edge{style}" d="{curve}">{title}</path>'


def _edges(flow: Flow, regions: list[_Placed], targets: list[_Placed]) -> list[str]:
    """Each edge has its own port at both ends, so that edges stay distinct where they meet."""
    starts = _ports(regions, [edge.region for edge in flow.edges])
    ordered = sorted(range(len(flow.edges)), key=lambda index: (flow.edges[index].target, flow.edges[index].region))
    ends = dict(zip(ordered, _ports(targets, [flow.edges[index].target for index in ordered]), strict=True))
    return [
        _line((regions[edge.region].right, starts[index]), (targets[edge.target].left, ends[index]), *_styled(edge))
        for index, edge in enumerate(flow.edges)
    ]


def _ports(boxes: list[_Placed], owners: list[int]) -> list[int]:
    """Heights spread evenly over the side of each owner's box, in the order of its edges."""
    total, used = Counter(owners), Counter[int]()
    found = []
    for owner in owners:
        used[owner] += 1
        box = boxes[owner]
        found.append(box.top + box.height * used[owner] // (total[owner] + 1))
    return found


def _styled(edge: ImageFlow) -> tuple[str, str]:
    style = " share" if edge.mode is Mode.SHARE else " copy"
    hue = f" r{edge.region % _HUES}"
    return f"{style}{' broken' if edge.problem else hue}", edge.problem or edge.mode.value
