"""The last run as bars over time, with its critical path; light and dark by the reader's setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.terminal.markup import markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.engine.timeline import Timeline, TimelineStep

ROWS = 60
"""Limit of bars: the critical path, then the longest."""

PALETTE = """
.ct{--ink:#1d2430;--soft:#5b6675;--line:#dde2e9;--paper:#fff;--bar:#9db7dc;--critical:#1a56b8;--bad:#c62828}
@media (prefers-color-scheme:dark){.ct{--ink:#e6eaf0;--soft:#9aa6b6;--line:#2f3845;--paper:#12161c;--bar:#3d5a86;
--critical:#7fb0ff;--bad:#ff7b72}}
.ct text{font:12px system-ui,sans-serif;fill:var(--ink)}.ct .soft{fill:var(--soft);font-size:11px}
.ct .paper{fill:var(--paper)}.ct line{stroke:var(--line)}.ct .bar{fill:var(--bar)}.ct .critical{fill:var(--critical)}
.ct .failed{fill:var(--bad)}
""".strip()

_ROW, _LABEL, _CHART, _PAD, _TOP = 20, 260, 640, 12, 28
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)


def timeline_svg(timeline: Timeline) -> str:
    """The bars of a run.

    Args:
        timeline: From `cloudwright.engine.timeline.last_run`.

    Returns:
        One `<svg>` element with its style.
    """
    bars = _shown(timeline)
    critical = {bar.key for bar in timeline.critical}
    width, height = _LABEL + _CHART + 90, _TOP + len(bars) * _ROW + _PAD
    scale = _CHART / max(timeline.seconds, 0.001)
    parts = [*_axis(timeline.seconds, scale, height), *(_row(at, bar, scale, critical) for at, bar in enumerate(bars))]
    label = f"The steps of the last run over {duration(timeline.seconds)}"
    return (
        f'<svg class="ct" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{markup(label)}"><style>{PALETTE}</style>'
        f'<rect class="paper" width="{width}" height="{height}"/>{"".join(parts)}</svg>'
    )


def left_out(timeline: Timeline) -> int:
    """Number of steps of the run without a bar in the picture."""
    return timeline.left_out + len(timeline.bars) - len(_shown(timeline))


def _shown(timeline: Timeline) -> Sequence[TimelineStep]:
    critical = timeline.critical
    others = sorted((bar for bar in timeline.bars if bar not in critical), key=lambda bar: bar.begin - bar.end)
    chosen = [*critical, *others][:ROWS]
    return sorted(chosen, key=lambda bar: (bar.begin, bar.end, bar.key))


def _axis(seconds: float, scale: float, height: int) -> Iterator[str]:
    step = next((tick for tick in _TICKS if seconds / tick <= 8), _TICKS[-1])
    for at in range(int(seconds / step) + 1):
        left = _LABEL + at * step * scale
        yield f'<line x1="{left:.1f}" x2="{left:.1f}" y1="{_TOP - 8}" y2="{height - _PAD}"/>'
        yield f'<text class="soft" x="{left + 3:.1f}" y="{_TOP - 12}">{markup(duration(at * step))}</text>'


def _row(at: int, bar: TimelineStep, scale: float, critical: set[str]) -> str:
    top = _TOP + at * _ROW
    left, width = _LABEL + bar.begin * scale, max((bar.end - bar.begin) * scale, 1.5)
    tone = "failed" if bar.status not in {"done", "unchanged"} else "critical" if bar.key in critical else "bar"
    took = duration(bar.end - bar.begin)
    name = bar.key if len(bar.key) <= 38 else f"…{bar.key[-37:]}"
    return (
        f"<g><title>{markup(f'{bar.key}: {bar.action} {bar.status}, {took}')}</title>"
        f'<text x="{_LABEL - 8}" y="{top + 13}" text-anchor="end">{markup(name)}</text>'
        f'<rect class="{tone}" x="{left:.1f}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}" rx="2"/>'
        f'<text class="soft" x="{left + width + 4:.1f}" y="{top + 13}">{markup(took)}</text></g>'
    )
