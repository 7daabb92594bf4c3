"""The delivery matrix, declared compared with live: for the terminal and as an HTML page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.matrix import CellStatus
from cloudwright.imagebuilder.delivery.times import age_text
from cloudwright.render.images.cells import account_label, cells_lines
from cloudwright.render.images.sentences import sentence
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.delivery.matrix import CellReport, DeliveryMatrix, LiveReport
    from cloudwright.imagebuilder.delivery.scope import Place
    from cloudwright.render.terminal.style import TerminalStyle

_WORDS = {
    CellStatus.MISSING: "missing",
    CellStatus.UNKNOWN: "unknown",
    CellStatus.WAITING: "none yet",
}
_MARKS = {CellStatus.BEHIND: "behind", CellStatus.UNDECLARED: "undeclared"}
MANY = 40
"""Up to this many rows, the details of every cell are listed; a larger matrix lists only differences."""


def live_lines(report: LiveReport, look: TerminalStyle, now: float) -> Iterator[str]:
    """The matrices with their differences, and a closing sentence.

    Args:
        report: What was read.
        look: What the output can show.
        now: Seconds since the epoch, for ages.
    """
    for matrix in report.matrices:
        yield look.paint(visible(matrix.key), "bold") + f"  {visible(_newest(matrix, now))}"
        for build in matrix.building:
            yield f"  being built: {visible(build.version or build.arn)} ({build.status.lower()})"
        if matrix.rolled_back:
            yield "  rolled back: parameters and launch templates refer to an older image on purpose"
        yield ""
        texts = {cell.place: _text(cell, now) for cell in matrix.cells}
        yield from cells_lines(texts, look.width, names=matrix.names, home=matrix.builder.region)
        yield from _images(matrix, now)
        yield from _differences(matrix, look)
        yield from _unknown(matrix, look)
        yield ""
    yield from _closing(report, look)


def _newest(matrix: DeliveryMatrix, now: float) -> str:
    if matrix.newest is None:
        return "no image was delivered yet"
    age = age_text(matrix.newest.created, now)
    return f"newest image {matrix.newest.version}" + (f", {age} old" if age else "")


def _text(cell: CellReport, now: float) -> str:
    """A cell: version and age, and `!` if something differs from the declaration."""
    if cell.status in _WORDS:
        return _WORDS[cell.status] + (" !" if cell.differences else "")
    assert cell.image is not None
    version = cell.version or cell.image.id
    parts = [version, age_text(cell.image.created, now), _MARKS.get(cell.status, "")]
    parts.append("deprecated" if _deprecated(cell, now) else "")
    parts.append("?" if cell.unread else "")
    parts.append("!" if cell.differences else "")
    return " ".join(filter(None, parts))


def _deprecated(cell: CellReport, now: float) -> bool:
    from cloudwright.imagebuilder.delivery.times import iso_seconds

    at = iso_seconds(cell.image.deprecated) if cell.image is not None else 0.0
    return bool(at) and at <= now


def _images(matrix: DeliveryMatrix, now: float) -> Iterator[str]:
    """The AMI of every cell, if there are not too many to read."""
    shown = [cell for cell in matrix.cells if cell.image is not None]
    if not shown or len(shown) > MANY:
        return
    yield ""
    width = max(len(_where(cell.place, matrix)) for cell in shown)
    for cell in shown:
        if cell.image is not None:
            launched = age_text(cell.image.launched, now)
            used = f"  last launched {launched} ago" if launched else ""
            gone = f"  deprecated from {cell.image.deprecated[:10]}" if cell.image.deprecated else ""
            yield f"  {visible(_where(cell.place, matrix)):<{width}}  {visible(cell.image.id)}{used}{gone}"


def _where(place: Place, matrix: DeliveryMatrix) -> str:
    return f"{account_label(place.account, matrix.names)} in {place.region}"


def _differences(matrix: DeliveryMatrix, look: TerminalStyle) -> Iterator[str]:
    if matrix.differences:
        yield ""
    for one in matrix.differences:
        start = f"{_where(one.place, matrix)}: "
        yield from sentence(f"{start}{one.text}", "    ", look.width, first=f"{look.paint('!', 'red', 'bold')} ")


def _unknown(matrix: DeliveryMatrix, look: TerminalStyle) -> Iterator[str]:
    """What could not be read, each reason once with its places."""
    reasons: dict[str, list[str]] = {}
    for cell in matrix.unknown:
        for why in [cell.reason] if cell.reason else cell.unread.values():
            reasons.setdefault(why, []).append(_where(cell.place, matrix))
    if reasons:
        yield ""
    for why, places in reasons.items():
        several = f" and {len(places) - 3} more" if len(places) > 3 else ""
        yield from sentence(
            f"unknown: {', '.join(places[:3])}{several}: {why}",
            "    ",
            look.width,
            first=f"{look.paint('?', 'yellow')} ",
        )


def _closing(report: LiveReport, look: TerminalStyle) -> Iterator[str]:
    differences = sum(len(matrix.differences) for matrix in report.matrices)
    cells = sum(len(matrix.cells) for matrix in report.matrices)
    unknown = sum(len(matrix.unknown) for matrix in report.matrices)
    if report.pending:
        yield from sentence(
            f"{', '.join(report.pending)} changed in the program and not in AWS yet; `cloudwright deploy FILE` "
            "first, and build again",
            "      ",
            look.width,
            first="note: ",
        )
    tail = f", {unknown} not (fully) readable" if unknown else ""
    if differences:
        word = look.paint(f"{differences} difference{'' if differences == 1 else 's'}", "red", "bold")
    else:
        word = look.paint("as declared", "green", "bold")
    read = f"{cells} cell{'' if cells == 1 else 's'} read in {report.calls} call{'' if report.calls == 1 else 's'}"
    yield f"{word}: {read}{tail}"


# -- a page

_STYLE = (
    ":root{color-scheme:light dark;font:15px system-ui,sans-serif}"
    "body{margin:2rem auto;max-width:72rem;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border:1px solid #8886;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{font-weight:600}td small{display:block;opacity:.7}"
    ".current{background:#2a82}.behind,.undeclared{background:#c902}.missing{background:#c332}.unknown{background:#8883}"
    ".wrong{outline:2px solid #c33;outline-offset:-2px}li{margin:.3rem 0}"
)


def live_page(report: LiveReport, now: float) -> str:
    """The matrices as one HTML page without scripts, light and dark.

    Args:
        report: What was read.
        now: Seconds since the epoch, for ages.
    """
    head = f'<meta charset="utf-8"><title>Delivered images</title><style>{_STYLE}</style>'
    body = "".join(part for matrix in report.matrices for part in _section(matrix, now))
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _section(matrix: DeliveryMatrix, now: float) -> Iterator[str]:
    yield f"<h2>{escape(visible(matrix.key))}</h2><p>{escape(_newest(matrix, now))}</p>"
    regions = list(dict.fromkeys(cell.place.region for cell in matrix.cells))
    accounts = list(dict.fromkeys(cell.place.account for cell in matrix.cells))
    found = {(cell.place.account, cell.place.region): cell for cell in matrix.cells}
    yield f"<table><tr><th></th>{''.join(f'<th>{escape(region)}</th>' for region in regions)}</tr>"
    for account in accounts:
        cells = "".join(_data(found.get((account, region)), now) for region in regions)
        yield f"<tr><th>{escape(visible(account_label(account, matrix.names)))}</th>{cells}</tr>"
    yield "</table>"
    if matrix.differences:
        lines = (
            f"<li>{escape(visible(f'{_where(one.place, matrix)}: {one.text}'))}</li>" for one in matrix.differences
        )
        yield f"<ul>{''.join(lines)}</ul>"
    for cell in matrix.unknown:
        why = cell.reason or "; ".join(cell.unread.values())
        yield f"<p>unknown: {escape(visible(f'{_where(cell.place, matrix)}: {why}'))}</p>"


def _data(cell: CellReport | None, now: float) -> str:
    if cell is None:
        return "<td></td>"
    classes = f"{cell.status}{' wrong' if cell.differences else ''}"
    title = escape(visible("; ".join(one.text for one in cell.differences) or cell.reason), quote=True)
    image = f"<small>{escape(visible(cell.image.id))}</small>" if cell.image is not None else ""
    return f'<td class="{classes}" title="{title}">{escape(visible(_text(cell, now)))}{image}</td>'
