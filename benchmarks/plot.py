"""Bars as an SVG, without any library."""

from __future__ import annotations

from html import escape

WIDTH, ROW, LABEL = 640, 24, 150
FONT = 'font-family="sans-serif" font-size="12"'


def bars(rows: list[tuple[str, float]]) -> str:
    """A horizontal bar for each row; a line marks the lower bound, 1.

    Args:
        rows: Names and ratios.
    """
    scale = (WIDTH - LABEL - 60) / max([2.0, *(value for _, value in rows)])
    height = ROW * len(rows) + 30
    mark = LABEL + scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
        "<style>text{fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>",
        f'<text x="{LABEL}" y="14">makespan over the critical path\'s lower bound</text>',
    ]
    for number, (name, value) in enumerate(rows):
        y = 22 + number * ROW
        parts.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y + 3}" width="{value * scale:.1f}" height="{ROW - 8}" fill="#4a90d9"/>')
        parts.append(f'<text x="{LABEL + value * scale + 6:.1f}" y="{y + 14}">{value:.2f}</text>')
    parts.append(
        f'<line x1="{mark:.1f}" x2="{mark:.1f}" y1="20" y2="{height - 6}" stroke="#c33" stroke-dasharray="4 3"/>'
    )
    return "\n".join([*parts, "</svg>", ""])
