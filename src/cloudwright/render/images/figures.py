"""Pictures of images as fragments of an HTML page: a title, the picture, and a legend next to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import access, flow
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import account_names
from cloudwright.render.images.fanout_svg import fanout_svg
from cloudwright.render.images.matrix_svg import PALETTE, access_svg, matrix_svg
from cloudwright.render.terminal.markup import markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.flow import Flow
    from cloudwright.plan.model import Plan

Legend = tuple[tuple[str, str, str], ...]
"""The rows of a legend: a class for the mark, its text, and its meaning."""

MARKS: Legend = (
    ("swatch O", "O", "own: built here, or copied by the owner"),
    ("swatch C", "C", "copied into the account"),
    ("swatch S", "S", "shared with the account"),
    ("swatch", ".", "nothing"),
    ("mark", "k", "customer-managed key"),
    ("mark", "P", "SSM parameter"),
    ("mark", "T", "launch template"),
    ("mark", "F", "fast launch"),
    ("mark bad", "\N{BLACK UPPER RIGHT TRIANGLE}", "finding, with its id"),
)
CHANGES: Legend = (
    ("mark good", "+", "gains access"),
    ("mark bad", "-", "loses access"),
    ("mark warn", "~", "keeps access, but an attribute changes"),
)
EDGES: Legend = (
    ("rule", "", "copied"),
    ("rule dashed", "", "shared"),
    ("rule broken", "", "will fail; hover for the reason"),
    ("swatch home", "", "build Region"),
)

FIGURE_STYLE = PALETTE + (
    "figure{margin:0 0 1.2rem}figcaption{font-weight:600;margin-bottom:.6rem}"
    ".beside{display:flex;flex-wrap:wrap;gap:.8rem 2rem;align-items:flex-start}.beside>svg{max-width:100%;height:auto}"
    ".beside.wide{overflow-x:auto}.beside.wide>svg{max-width:max(100%,46rem)}"
    ".legend{list-style:none;margin:0;padding:.4rem 0;display:grid;gap:.25rem 1.2rem;font-size:.85rem;"
    "color:var(--soft)}.legend.row{display:flex;flex-wrap:wrap;padding:0 0 .6rem}"
    ".legend i{display:inline-block;min-width:1.5rem;margin-right:.5rem;text-align:center;font:13px ui-monospace,"
    "SFMono-Regular,Menlo,Consolas,monospace;color:var(--ink)}"
    ".legend .swatch{border:1px solid var(--line);border-radius:3px}.legend .O{background:var(--own)}"
    ".legend .C{background:var(--copy)}.legend .S{background:var(--share)}.legend .home{border:2px solid var(--ink);"
    "height:.8rem}.legend .good{color:var(--good)}.legend .bad{color:var(--bad)}.legend .warn{color:var(--warn)}"
    ".legend .rule{border-top:2px solid var(--soft);vertical-align:middle}.legend .dashed{border-top-style:dashed}"
    ".legend .broken{border-color:var(--bad)}"
)
"""The style of figures; independent of the page's style."""


def image_figures(plan: Plan, most: int | None = None) -> Iterator[str]:
    """The pictures of every distribution configuration, each a `<figure>` element.

    Args:
        plan: Its declarations, findings and recorded documents are read.
        most: The most configurations that are drawn: those with findings or lost access first. A sentence shows how
            many are left out.
    """
    names = account_names(plan)
    drawn = list(zip(access.changes(plan), flow.flows(plan, plan.findings, names), strict=True))
    if most is not None and len(drawn) > most:
        yield f'<p class="soft">{most} of {len(drawn)} distribution configurations. {_ALL}</p>'
        flagged = {finding.key for finding in plan.findings}
        drawn = sorted(drawn, key=lambda pair: not (pair[0].loses or pair[0].after.key in flagged))[:most]
    for change, fanout in drawn:
        yield from _figures(change, fanout, plan, names)


_ALL = "Those with findings or lost access come first; <code>cloudwright images show -o FILE</code> draws all."


def _figures(change: AccessChange, fanout: Flow, plan: Plan, names: Mapping[str, str]) -> Iterator[str]:
    key = change.after.key
    yield figure(matrix_svg(grid(change.after, plan.findings, names)), f"{key}: who gets what where", MARKS)
    if not change.empty:
        yield figure(access_svg(change, names), f"{key}: {_sentence(change)}", CHANGES + MARKS)
    yield figure(fanout_svg(fanout), f"{key}: what happens when the pipeline runs", EDGES, above=True)


def figure(svg: str, title: str, legend: Legend = MARKS, *, above: bool = False) -> str:
    """A picture as a fragment for an HTML page, with a title and a legend.

    Args:
        svg: From `matrix_svg`, `access_svg` or `fanout_svg`.
        title: What the picture shows; any text.
        legend: What the marks mean.
        above: The legend is one row above a wide picture instead of a column next to it.
    """
    row = legend_list(legend, "cw legend row" if above else "cw legend")
    content = f'{row}<div class="beside wide">{svg}</div>' if above else f'<div class="beside">{svg}{row}</div>'
    return f"<figure><figcaption>{markup(title)}</figcaption>{content}</figure>"


def legend_list(legend: Legend, names: str) -> str:
    """A legend as a list."""
    rows = "".join(f'<li><i class="{name}">{markup(mark)}</i>{markup(text)}</li>' for name, mark, text in legend)
    return f'<ul class="{names}">{rows}</ul>'


def _sentence(change: AccessChange) -> str:
    return f"{len(change.gains)} gained, {len(change.loses)} lost. {access.closing(change)}"
