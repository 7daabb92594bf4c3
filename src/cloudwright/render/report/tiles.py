"""The summary of a report: a tile for each number, which links to its section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import access
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.findings import SEVERITIES, active
from cloudwright.plan.model import Action
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.symbols import COUNTED, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.engine.timeline import Timeline
    from cloudwright.plan.model import Plan

_TONES = {"error": "red", "warning": "yellow", "info": "blue"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number.

    Attributes:
        number: The number, with its unit.
        text: What it counts.
        anchor: The section that it links to; empty without one.
        tone: The class of its colour; empty without one.
    """

    number: str
    text: str
    anchor: str = ""
    tone: str = ""


def tiles(plan: Plan, timeline: Timeline | None) -> Iterator[Tile]:
    """The numbers of a plan and of the last run."""
    counts = [(plan.count(action), SYMBOLS[action]) for action in COUNTED]
    yield from (Tile(f"{count:,}", symbol.noun, "plan", symbol.color) for count, symbol in counts if count)
    if not any(count for count, _ in counts):
        yield Tile("0", "changes", "plan", "green")
    if plan.left_alone:
        yield Tile(str(plan.left_alone), "left alone", "plan", "yellow")
    yield Tile(f"{plan.count(Action.NONE) - plan.left_alone:,}", "unchanged")
    if plan.consents:
        yield Tile(str(len(plan.consents)), "needs consent", "plan", "magenta")
    yield from _findings(plan)
    changes = access.changes(plan)
    gains, losses = sum(len(one.gains) for one in changes), sum(len(one.loses) for one in changes)
    if gains or losses:
        yield Tile(f"+{gains} -{losses}", "access to images", "image-distribution", "yellow")
    if timeline is not None:
        yield Tile(duration(timeline.seconds), "last run", "last-run")


def tiles_html(found: Iterable[Tile]) -> str:
    """Tiles as HTML.

    Args:
        found: From `tiles`.
    """
    return f'<div class="tiles">{"".join(map(_tile, found))}</div>'


def _findings(plan: Plan) -> Iterator[Tile]:
    found = active(plan.findings)
    for severity in SEVERITIES:
        number = sum(1 for finding in found if finding.severity == severity)
        noun = severity if number == 1 or severity == "info" else f"{severity}s"
        if number:
            yield Tile(str(number), noun, "findings", _TONES[severity])
    if not found:
        yield Tile("0", "findings", "", "green")


def _tile(tile: Tile) -> str:
    content = f"<b>{markup(tile.number)}</b><span>{markup(tile.text)}</span>"
    names = f"tile {tile.tone}".rstrip()
    if tile.anchor:
        return f'<a class="{names}" href="#{tile.anchor}">{content}</a>'
    return f'<div class="{names}">{content}</div>'
