"""One page about an app: its plan, its dependency graph, its image distribution, and its last run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.engine.timeline import last_run
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.deploy.timeline_svg import left_out, timeline_svg
from cloudwright.render.detail import Detail
from cloudwright.render.graph.collapse import READABLE
from cloudwright.render.graph.model import graph_of
from cloudwright.render.graph.svg import graph_svg
from cloudwright.render.images.text import image_figures
from cloudwright.render.plan.findings import FindingText
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.ansi_html import STYLE, painted
from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.style import TerminalStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.engine.timeline import Timeline
    from cloudwright.plan.model import Plan
    from cloudwright.state.model import Snapshot

_LOOK = TerminalStyle(color=True, unicode=True, width=112)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = (
    ":root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dde2e9;--page:#f5f7fa;--panel:#fff;"
    "--good:#1b7f3b;--bad:#c62828;--warn:#a86400;--accent:#1a56b8;--odd:#8a3ab9;font:15px/1.5 system-ui,sans-serif}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b6;--line:#2f3845;--page:#0f1319;"
    "--panel:#12161c;--good:#56d364;--bad:#ff7b72;--warn:#e3b341;--accent:#7fb0ff;--odd:#d2a8ff}}"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--page);color:var(--ink)}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}.soft{color:var(--soft);margin:.2rem 0}"
    "nav{margin-top:.8rem}nav a{margin-right:1rem;color:var(--accent)}"
    ".picture{overflow:auto;max-height:44rem;background:var(--panel);border:1px solid var(--line);border-radius:6px}"
    ".picture svg,figure svg{display:block;max-width:max(100%,60rem);height:auto}"
    "figure{margin:0 0 1rem;padding:1rem;overflow-x:auto;background:var(--panel);"
    "border:1px solid var(--line);border-radius:6px}figcaption{font-weight:600;margin-bottom:.5rem}"
    ".cw-legend{color:var(--soft);font-size:.85rem;margin:.5rem 0 0}"
    "@media print{.picture{max-height:none;overflow:visible}body{max-width:none}}"
) + STYLE


def report_page(plan: Plan, snapshot: Snapshot, made_at: float) -> str:
    """The page: self-contained, without scripts, light and dark by the reader's setting.

    Args:
        plan: What a deploy would do now.
        snapshot: The state; holds the last run.
        made_at: Seconds since the epoch.
    """
    sections = [section for section in _sections(plan, last_run(snapshot.learned)) if section[1]]
    links = "".join(f'<a href="#{_anchor(title)}">{title}</a>' for title, _ in sections)
    body = "".join(f'<section id="{_anchor(title)}"><h2>{title}</h2>{content}</section>' for title, content in sections)
    name = markup(f"{plan.app}/{plan.stage}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><header><h1>{name}</h1>{_head(plan, made_at)}<nav>{links}</nav></header>"
        f"<main>{body}</main></body></html>\n"
    )


def _sections(plan: Plan, timeline: Timeline | None) -> Iterator[tuple[str, str]]:
    yield "Plan", painted(PlanText(_LOOK).lines(_quiet(plan)))
    yield "Findings", _findings(plan)
    yield "Dependencies", _graph(plan)
    yield "Image distribution", "".join(image_figures(plan))
    yield "Last run", _timeline(timeline)


def _head(plan: Plan, made_at: float) -> str:
    moment = dt.datetime.fromtimestamp(made_at, tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    summary = markup(PlanText(TerminalStyle(unicode=True)).summary(plan).replace("    ", "; "))
    return f'<p class="soft">{summary}</p><p class="soft">serial {plan.serial}, made {moment}</p>'


def _quiet(plan: Plan) -> Plan:
    """The plan without its findings, which have their own section."""
    return replace(plan, findings=())


def _findings(plan: Plan) -> str:
    lines = list(FindingText(_LOOK, Detail.FULL).lines(plan.findings))
    return painted(lines) if lines else ""


def _graph(plan: Plan) -> str:
    graph = graph_of(plan)
    if not graph.nodes:
        return ""
    note = "Hover over a box or a line to read more."
    if len(graph.nodes) > READABLE:
        note = f"{len(graph.nodes)} resources, grouped by scope and type. {note}"
    return f'<p class="soft">{markup(note)}</p><div class="picture" tabindex="0">{graph_svg(graph)}</div>'


def _timeline(timeline: Timeline | None) -> str:
    if timeline is None:
        return ""
    moment = dt.datetime.fromtimestamp(timeline.at, tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    chain = timeline.critical
    alone = sum(bar.end - bar.begin for bar in chain)
    told = f"{moment}, {duration(timeline.seconds)}. "
    told += f"The critical path, in the stronger colour: {len(chain)} steps that took {duration(alone)} in all."
    hidden = left_out(timeline)
    told += f" {hidden} shorter steps are left out." if hidden else ""
    return f'<p class="soft">{markup(told)}</p><div class="picture" tabindex="0">{timeline_svg(timeline)}</div>'


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
