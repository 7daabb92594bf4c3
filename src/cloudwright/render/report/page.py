"""One page about an app: its plan, its dependency graph, its image distribution, and its last run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cloudwright.engine.timeline import last_run
from cloudwright.plan.model import Action
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.deploy.timeline_svg import left_out, timeline_svg
from cloudwright.render.detail import Detail
from cloudwright.render.graph.collapse import MIXED, READABLE, readable
from cloudwright.render.graph.model import graph_of
from cloudwright.render.graph.svg import graph_svg
from cloudwright.render.images.figures import Legend, image_figures, legend_list
from cloudwright.render.plan.findings import FindingText
from cloudwright.render.plan.text import PlanText
from cloudwright.render.report.steps import step_groups
from cloudwright.render.report.style import STYLE
from cloudwright.render.report.tiles import tiles, tiles_html
from cloudwright.render.terminal.ansi_html import painted
from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.render.terminal.symbols import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.engine.timeline import Timeline
    from cloudwright.plan.model import Plan
    from cloudwright.render.graph.model import Graph
    from cloudwright.state.snapshot import Snapshot

_LOOK = TerminalStyle(color=True, unicode=True, width=112)
_PLAIN = TerminalStyle(unicode=True, width=112)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MANY_BARS = 30
"""Above this many steps, a run's bars are folded."""

_BARS: Legend = (
    ("tone critical", "", "critical path: the chain of steps that determined the duration of the run"),
    ("tone bar", "", "other steps"),
    ("tone red", "", "failed"),
)


_PICTURED = 50
"""Distribution configurations that are drawn: 5,000 would make a page of 35 MB, which no browser shows well."""


def report_page(plan: Plan, snapshot: Snapshot, made_at: float) -> str:
    """The page: self-contained, without scripts, light or dark, depending on the reader's setting.

    Args:
        plan: What a deploy would do now.
        snapshot: The state; holds the last run.
        made_at: Seconds since the epoch.
    """
    timeline = last_run(snapshot.learned)
    sections = [section for section in _sections(plan, timeline) if section[1]]
    links = "".join(f'<a href="#{_anchor(title)}">{title}</a>' for title, _ in sections)
    body = "".join(f'<section id="{_anchor(title)}"><h2>{title}</h2>{content}</section>' for title, content in sections)
    name = markup(f"{plan.app}/{plan.stage}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>'
        f"<style>{STYLE}</style></head><body><header><h1>{name}</h1>{_head(plan, made_at)}"
        f"{tiles_html(tiles(plan, timeline))}</header><nav>{links}</nav><main>{body}</main></body></html>\n"
    )


def _sections(plan: Plan, timeline: Timeline | None) -> Iterator[tuple[str, str]]:
    yield "Plan", _plan(plan)
    yield "Findings", _findings(plan)
    yield "Dependencies", _graph(plan)
    yield "Image distribution", "".join(image_figures(plan, _PICTURED))
    yield "Last run", _timeline(timeline)


def _head(plan: Plan, made_at: float) -> str:
    places = sorted({(step.target.account, step.target.region) for step in plan.steps})
    accounts, regions = ({place[at] for place in places if place[at]} for at in (0, 1))
    parts = [
        _counted(accounts, "account"),
        _counted(regions, "Region"),
        f"serial {plan.serial}",
        f"created {_utc(made_at)}",
    ]
    return f'<p class="soft">{markup(", ".join(filter(None, parts)))}</p>'


def _counted(names: set[str], noun: str) -> str:
    return f"{len(names)} {noun}s" if len(names) > 3 else ", ".join(sorted(names))


def _utc(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _plan(plan: Plan) -> str:
    text, plain = PlanText(_LOOK), PlanText(_PLAIN)
    consents, remarks = list(text.consents(plan)), list(text.remarks(plan))
    parts = [painted(consents[1:]) if consents else "", *step_groups(plan, text, plain)]
    if remarks:
        parts.append(painted(remarks[1:] if not remarks[0] else remarks))
    return "".join(parts) or '<p class="soft">Nothing to do: everything is as declared.</p>'


def _findings(plan: Plan) -> str:
    lines = list(FindingText(_LOOK, Detail.FULL).lines(plan.findings))
    return painted(lines) if lines else ""


def _graph(plan: Plan) -> str:
    graph = graph_of(plan)
    if not graph.nodes:
        return ""
    note = "An arrow leads from a resource to what needs it. Hover over a box or a line to read more."
    if len(graph.nodes) > READABLE:
        note = f"{len(graph.nodes):,} resources, grouped by scope and type. {note}"
    return (
        f'<p class="soft">{markup(note)}</p><div class="picture">{legend_list(_colours(graph), "legend row")}'
        f"{graph_svg(graph)}</div>"
    )


def _colours(graph: Graph) -> Legend:
    """The colours of the boxes in the picture."""
    present = {node.action for node in readable(graph).nodes}
    mixed = (("tone cyan", "", "several actions"),) if MIXED in present else ()
    colours = (
        (f"tone {symbol.color}", "", symbol.noun)
        for action, symbol in SYMBOLS.items()
        if action in present and action is not Action.NONE
    )
    return (*colours, *mixed, *((("tone", "", "unchanged"),) if Action.NONE in present else ()))


def _timeline(timeline: Timeline | None) -> str:
    if timeline is None:
        return ""
    chain = timeline.critical
    alone = sum(bar.end - bar.begin for bar in chain)
    summary = f"{_utc(timeline.at)}, {duration(timeline.seconds)}. "
    summary += f"The critical path has {len(chain)} steps, which took {duration(alone)} in all."
    hidden = left_out(timeline)
    summary += f" {hidden} shorter steps are left out." if hidden else ""
    picture = f'<div class="picture">{legend_list(_BARS, "legend row")}{timeline_svg(timeline)}</div>'
    if len(timeline.bars) > _MANY_BARS:
        picture = f'<details class="steps"><summary>{len(timeline.bars)} steps</summary>{picture}</details>'
    return f'<p class="soft">{markup(summary)}</p>{picture}'


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
