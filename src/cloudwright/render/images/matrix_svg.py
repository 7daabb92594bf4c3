"""The distribution matrix, as a self-contained SVG and as a fragment for a page.

Light or dark, depending on the reader's setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.grid import difference
from cloudwright.imagebuilder.model import RecipientKind
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.images.matrix import GAP, difference_cell, heading
from cloudwright.render.terminal.markup import markup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.grid import DistributionGrid, GridCell, GridRow

PALETTE = """
.cw{--ink:#1d2430;--soft:#5b6675;--line:#d5dae1;--own:#e3edfb;--copy:#e2f4e8;--share:#fdf3d8;--bad:#c62828;
--good:#1b7f3b;--warn:#a86400;--paper:#fff}
@media (prefers-color-scheme:dark){.cw{--ink:#e6eaf0;--soft:#9aa6b6;--line:#3a4452;--own:#1f3350;--copy:#1d3b28;
--share:#40361a;--bad:#ff7b72;--good:#56d364;--warn:#e3b341;--paper:#12161c}}
.cw text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ink)}
.cw .soft{fill:var(--soft)}.cw .bold{font-weight:700}.cw .bad{fill:var(--bad)}.cw .good{fill:var(--good)}
.cw .warn{fill:var(--warn)}.cw .paper{fill:var(--paper)}.cw .id{font-size:9px;fill:var(--bad)}
.cw rect.cell{stroke:var(--line);fill:var(--paper)}
.cw rect.O{fill:var(--own)}.cw rect.C{fill:var(--copy)}.cw rect.S{fill:var(--share)}
""".strip()
"""The style of every picture of images; it applies inside elements of class `cw` only."""

_CHAR = 8
_ROW = 34
_PAD = 12


def matrix_svg(grid: DistributionGrid) -> str:
    """The matrix of one configuration.

    Args:
        grid: From `cloudwright.imagebuilder.grid.grid`.

    Returns:
        One `<svg>` element with its style; a red corner with the rule's id marks a cell with a finding.
    """
    drawing = _drawn(grid, [[_cell_text(cell) for cell in row.cells] for row in grid.rows])
    footer = _footer(grid, drawing.edges, drawing.height + _PAD)
    width = max(drawing.edges[-1] + _PAD, drawing.edges[0] + 200)
    return _framed(grid, [*drawing.parts, footer], width, drawing.height + 2 * _ROW)


def access_svg(change: AccessChange, names: Mapping[str, str] | None = None) -> str:
    """The matrix of an access change: gains green, losses red, changed attributes amber.

    Args:
        change: From `cloudwright.imagebuilder.access.changes`.
        names: Account -> its name.
    """
    grid = difference(change, names)
    drawing = _drawn(grid, [[difference_cell(cell) for cell in row.cells] for row in grid.rows])
    return _framed(grid, drawing.parts, drawing.edges[-1] + _PAD, drawing.height)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A matrix that is being drawn: its cells, the left edges of its columns and the height so far."""

    parts: list[str]
    edges: list[int]
    height: int


def _drawn(grid: DistributionGrid, texts: list[list[str]]) -> _Drawing:
    left = _PAD + (max(grid.width, len("AMIs made")) + GAP) * _CHAR
    widths = [_column_width(grid, column, texts, index) for index, column in enumerate(grid.columns)]
    edges = [left + sum(widths[:index]) for index in range(len(widths) + 1)]
    parts = [_head(grid, column, edges[index]) for index, column in enumerate(grid.columns)]
    for line, row in enumerate(grid.rows):
        top = (line + 1) * _ROW
        parts.append(_text(_PAD, top + 20, row.label, _row_class(row)))
        for index, cell in enumerate(row.cells):
            title = f"{row.label} in {grid.columns[index]}"
            parts.append(_cell(cell, texts[line][index], title, edges[index], top, widths[index]))
    return _Drawing(parts, edges, (len(grid.rows) + 1) * _ROW + _PAD)


def _framed(grid: DistributionGrid, parts: list[str], width: int, height: int) -> str:
    return frame(f"{grid.key}: who gets which image where", "".join(parts), width, height)


def frame(label: str, content: str, width: int, height: int) -> str:
    """An SVG element with the pictures' style and paper.

    Args:
        label: Text for screen readers.
        content: The elements, their texts already made safe.
        width: In pixels.
        height: In pixels.
    """
    return (
        f'<svg class="cw" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{markup(label)}">'
        f'<style>{PALETTE}</style><rect class="paper" width="{width}" height="{height}"/>{content}</svg>'
    )


def _column_width(grid: DistributionGrid, column: str, texts: list[list[str]], index: int) -> int:
    longest = max([len(heading(grid, column)), *(len(row[index]) for row in texts)])
    return (longest + GAP) * _CHAR


def _head(grid: DistributionGrid, column: str, left: int) -> str:
    return _text(left + 8, 22, heading(grid, column), "bold" if column == grid.home else "soft")


def _row_class(row: GridRow) -> str:
    if row.principal.kind is RecipientKind.PUBLIC:
        return "bad bold"
    return "bold" if any("O" in cell.modes for cell in row.cells) else ""


def _cell_text(cell: GridCell) -> str:
    marks = " ".join(mark for mark in cell.marks if mark != "!")
    return f"{cell.modes or '.'} {marks}".rstrip()


def _cell(cell: GridCell, text: str, title: str, left: int, top: int, width: int) -> str:
    tips = [title, *cell.details, *(f"{concern.id}: {concern.text}" for concern in cell.concerns)]
    tone = (cell.modes or cell.gained or cell.lost)[:1]
    corner = _corner(cell, left + width, top) if cell.concerns else ""
    return (
        f"<g><title>{markup(chr(10).join(tips))}</title>"
        f'<rect class="cell {tone}" x="{left}" y="{top}" width="{width - 4}" height="{_ROW - 4}" rx="3"/>'
        f"{_text(left + 8, top + 20, text, _tone(cell))}{corner}</g>"
    )


def _tone(cell: GridCell) -> str:
    if cell.lost:
        return "bad"
    if cell.gained:
        return "good"
    if cell.altered:
        return "warn"
    return "" if cell.modes else "soft"


def _corner(cell: GridCell, right: int, top: int) -> str:
    ids = " ".join(dict.fromkeys(concern.id for concern in cell.concerns))
    points = f"{right - 16},{top} {right - 4},{top} {right - 4},{top + 12}"
    return (
        f'<polygon class="bad" points="{points}"/>'
        f'<text class="id" x="{right - 8}" y="{top + _ROW - 7}" text-anchor="end">{markup(ids)}</text>'
    )


def _footer(grid: DistributionGrid, edges: list[int], line: int) -> str:
    counts = [_text(edges[index] + 8, line, f"{own}+{copies}", "soft") for index, (own, copies) in enumerate(grid.made)]
    tail = f"{grid.total} in all" + ("   * build Region" if grid.home in grid.columns else "")
    return "".join([_text(_PAD, line, "AMIs made", "soft"), *counts, _text(_PAD, line + 20, tail, "bold")])


def _text(left: int, line: int, text: str, style: str) -> str:
    return f'<text class="{style}" x="{left}" y="{line}">{markup(text)}</text>'
