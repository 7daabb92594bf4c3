"""Who gets what where, as ASCII text for a terminal and for pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import access
from cloudwright.imagebuilder.grid import difference
from cloudwright.render.matrix_markup import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.grid import Cell, Grid

GAP = 3
LEGEND = (
    "O own  C copied  S shared  . nothing   "
    "k customer key  P SSM parameter  T launch template  F fast launch  ! finding"
)


def matrix_text(grid: Grid) -> str:
    """The matrix of one configuration.

    Args:
        grid: From `cloudwright.imagebuilder.grid.grid`.

    Returns:
        Lines without a trailing newline; the last one counts the AMIs made.
    """
    body = [(plain(row.label), [_cell(cell) for cell in row.cells]) for row in grid.rows]
    counts = [f"{own}+{copies}" for own, copies in grid.made]
    lines, edge = _table(grid, [*body, ("AMIs made", counts)])
    star = "   * build Region" if grid.home in grid.columns else ""
    lines[-1] = f"{lines[-1]:<{edge}}  {grid.total} in all{star}"
    return "\n".join(lines)


def concerns_text(grid: Grid) -> str:
    """What each `!` of the matrix is about, a line each; empty if there is none.

    Args:
        grid: From `cloudwright.imagebuilder.grid.grid`.
    """
    lines = [
        f"! {plain(row.label)} in {plain(region)}: {concern.id}: {plain(concern.text)}"
        for row in grid.rows
        for region, cell in zip(grid.columns, row.cells, strict=True)
        for concern in cell.concerns
    ]
    return "\n".join(lines)


def access_text(change: AccessChange, names: Mapping[str, str] | None = None) -> str:
    """Who gains and who loses: sentences, the part of the matrix that changes, and when it takes effect.

    Args:
        change: From `cloudwright.imagebuilder.access.changes`.
        names: Account -> its name.

    Returns:
        Lines without a trailing newline; one sentence if nothing changes.
    """
    if change.empty:
        return "Access does not change."
    told = [plain(sentence) for sentence in access.sentences(change, names or {})]
    grid = difference(change, names)
    lines, _ = _table(grid, [(plain(row.label), [difference_cell(cell) for cell in row.cells]) for row in grid.rows])
    return "\n".join([*told, "", *lines, "", access.closing(change)])


def heading(grid: Grid, column: str) -> str:
    """A column's title; the build Region has a star.

    Args:
        grid: The matrix.
        column: One of its columns.
    """
    return f"{column}*" if column == grid.home else column


def difference_cell(cell: Cell) -> str:
    """A cell of the matrix of differences: what stays, then `+` gains, `-` losses; `~` where only attributes change.

    Args:
        cell: From `cloudwright.imagebuilder.grid.difference`.
    """
    parts = (
        f"{'~' if cell.altered else ''}{cell.modes}" if cell.modes else "",
        f"+{cell.gained}" if cell.gained else "",
        f"-{cell.lost}" if cell.lost else "",
    )
    return " ".join(part for part in parts if part) or "."


def _cell(cell: Cell) -> str:
    return f"{cell.modes or '.':<2} {' '.join(cell.marks)}".rstrip()


def _table(grid: Grid, rows: Sequence[tuple[str, Sequence[str]]]) -> tuple[list[str], int]:
    """The lines of a table, and the right edge of its widest line."""
    first = max(grid.width, *(len(label) for label, _ in rows), 0) + GAP if rows else GAP
    titles = [plain(heading(grid, column)) for column in grid.columns]
    cells = [[title, *(row[index] for _, row in rows)] for index, title in enumerate(titles)]
    # A slot for the star in every column keeps the columns in place when the build Region changes.
    slots = [len(plain(column)) + 1 for column in grid.columns]
    widths = [max(slot, *map(len, column)) + GAP for slot, column in zip(slots, cells, strict=True)]
    labels = ["", *(label for label, _ in rows)]
    lines = [
        f"{label:<{first}}" + "".join(f"{column[line]:<{width}}" for column, width in zip(cells, widths, strict=True))
        for line, label in enumerate(labels)
    ]
    lines = [line.rstrip() for line in lines]
    return lines, max(map(len, lines))
