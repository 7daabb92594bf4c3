"""The distribution matrix as ASCII text, for a terminal and for pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import access
from cloudwright.imagebuilder.grid import difference
from cloudwright.render.terminal.escaping import wrapped
from cloudwright.render.terminal.markup import plain
from cloudwright.render.terminal.style import PIPE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.grid import CellFinding, DistributionGrid, GridCell

GAP = 3
_INDENT = " " * 4
_COLUMNS = 17
"""Column at which the text of a sentence about access begins: after `GAINS   launch   `."""
LEGEND = (
    "O own  C copied  S shared  . nothing   "
    "k customer-managed key  P SSM parameter  T launch template  F fast launch  ! finding"
)


def matrix_text(grid: DistributionGrid, width: int = PIPE_WIDTH) -> str:
    """The matrix of one configuration.

    Args:
        grid: From `cloudwright.imagebuilder.grid.grid`.
        width: Columns.

    Returns:
        Lines without a trailing newline; the last one counts the AMIs.
    """
    body = [(plain(row.label), [_cell(cell) for cell in row.cells]) for row in grid.rows]
    counts = [f"{own}+{copies}" for own, copies in grid.made]
    lines, edge = _table(grid, [*body, ("AMIs made", counts)], width)
    star = "   * build Region" if grid.home in grid.columns else ""
    total = f"{grid.total} in all{star}"
    if edge + 2 + len(total) <= width:
        lines[-1] = f"{lines[-1]:<{edge}}  {total}"
    else:
        lines.append(total)
    return "\n".join(lines)


def concerns_text(grid: DistributionGrid, width: int = PIPE_WIDTH) -> str:
    """The concerns that the matrix marks with `!`, each with its cells; empty without any.

    Args:
        grid: From `cloudwright.imagebuilder.grid.grid`.
        width: Columns.
    """
    lines: list[str] = []
    for concern, cells in _concerned(grid).items():
        start = f"! {plain(concern.id)}  "
        lines += wrapped(concern.text, " " * len(start), width, first=start)
        alike: dict[tuple[str, ...], list[str]] = {}
        for label, regions in cells.items():
            alike.setdefault(tuple(regions), []).append(label)
        for where, labels in alike.items():
            lines += wrapped(f"{', '.join(labels)} in {', '.join(where)}", f"{_INDENT}  ", width, first=_INDENT)
    return "\n".join(lines)


def _concerned(grid: DistributionGrid) -> dict[CellFinding, dict[str, list[str]]]:
    """Each concern with its rows' labels and their Regions."""
    found: dict[CellFinding, dict[str, list[str]]] = {}
    for row in grid.rows:
        for region, cell in zip(grid.columns, row.cells, strict=True):
            for concern in cell.concerns:
                found.setdefault(concern, {}).setdefault(row.label, []).append(region)
    return found


def access_text(change: AccessChange, names: Mapping[str, str] | None = None, width: int = PIPE_WIDTH) -> str:
    """Who gains and loses access: sentences, the part of the matrix that changes, and when it takes effect.

    Args:
        change: From `cloudwright.imagebuilder.access.changes`; for a new configuration, the whole matrix is shown.
        names: Account -> its name.
        width: Columns.

    Returns:
        Lines without a trailing newline; one sentence if nothing changes.
    """
    if change.empty:
        return "Access does not change."
    changes = [line for sentence in access.sentences(change, names or {}) for line in _sentence(plain(sentence), width)]
    closing = wrapped(access.closing(change), "", width)
    if change.before is None:
        return "\n".join([*changes, "", *closing])
    grid = difference(change, names)
    rows = [(plain(row.label), [difference_cell(cell) for cell in row.cells]) for row in grid.rows]
    lines, _ = _table(grid, rows, width)
    return "\n".join([*changes, "", *lines, "", *closing])


def _sentence(text: str, width: int) -> list[str]:
    """A sentence in columns is left unchanged if it fits; `wrapped` would close the gaps."""
    if len(text) <= width:
        return [text]
    word, kind, rest = text.split(maxsplit=2)
    return wrapped(rest, " " * _COLUMNS, width, first=f"{word:<8}{kind:<9}")


def legend_lines(width: int) -> list[str]:
    """The legend of letters and marks.

    Args:
        width: Columns.
    """
    return [LEGEND] if len(LEGEND) <= width else LEGEND.split("   ")


def heading(grid: DistributionGrid, column: str) -> str:
    """A column's title; the build Region has a star.

    Args:
        grid: The matrix.
        column: One of its columns.
    """
    return f"{column}*" if column == grid.home else column


def difference_cell(cell: GridCell) -> str:
    """A cell of the difference matrix: unchanged modes, then `+` gains and `-` losses; `~` if only attributes change.

    Args:
        cell: From `cloudwright.imagebuilder.grid.difference`.
    """
    parts = (
        f"{'~' if cell.altered else ''}{cell.modes}" if cell.modes else "",
        f"+{cell.gained}" if cell.gained else "",
        f"-{cell.lost}" if cell.lost else "",
    )
    return " ".join(part for part in parts if part) or "."


def _cell(cell: GridCell) -> str:
    return f"{cell.modes or '.':<2} {' '.join(cell.marks)}".rstrip()


def _table(grid: DistributionGrid, rows: Sequence[tuple[str, Sequence[str]]], width: int) -> tuple[list[str], int]:
    """The lines of a grid's table, and the right edge of its widest line."""
    titles = [plain(heading(grid, column)) for column in grid.columns]
    # Every column has room for the star, so that columns don't move when the build Region changes.
    slots = [len(plain(column)) + 1 for column in grid.columns]
    return table(titles, rows, width, first=grid.width, slots=slots)


def table(
    titles: Sequence[str],
    rows: Sequence[tuple[str, Sequence[str]]],
    width: int,
    *,
    first: int = 0,
    slots: Sequence[int] = (),
) -> tuple[list[str], int]:
    """The lines of a table, and the right edge of its widest line; columns that don't fit are put below, with labels.

    Args:
        titles: Of the columns.
        rows: Label and cells of each.
        width: Columns of the output.
        first: Width of the labels at least.
        slots: Width of each column at least.
    """
    first = max(first, *(len(label) for label, _ in rows), 0) + GAP if rows else GAP
    columns = [[title, *(row[index] for _, row in rows)] for index, title in enumerate(titles)]
    padded = [
        [f"{cell:<{max(slot, *map(len, column)) + GAP}}" for cell in column]
        for slot, column in zip(slots or [0] * len(columns), columns, strict=True)
    ]
    labels = [f"{label:<{first}}" for label in ["", *(label for label, _ in rows)]]
    blocks = [_block(labels, part) for part in _parts(padded, width - first)] or [_block(labels, [])]
    lines = [line for number, block in enumerate(blocks) for line in (["", *block] if number else block)]
    return lines, max(map(len, lines))


def _block(labels: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    return ["".join([label, *(column[line] for column in columns)]).rstrip() for line, label in enumerate(labels)]


def _parts(columns: Sequence[list[str]], space: int) -> list[list[list[str]]]:
    """The columns in as few blocks as possible; the last gap of a block does not count."""
    parts: list[list[list[str]]] = []
    left = 0
    for column in columns:
        if not parts or len(column[0]) - GAP > left:
            parts.append([])
            left = space
        parts[-1].append(column)
        left -= len(column[0])
    return parts
