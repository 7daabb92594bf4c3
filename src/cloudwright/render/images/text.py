"""The image distribution of an app, for the terminal, as JSON lines and as an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder import access, flow
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import account_names
from cloudwright.render.contract.answers import GrantPart, ImagesLine
from cloudwright.render.images.fanout import fanout_text
from cloudwright.render.images.figures import FIGURE_STYLE, image_figures
from cloudwright.render.images.matrix import access_text, concerns_text, legend_lines, matrix_text
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.model import Grant
    from cloudwright.plan.model import Plan
    from cloudwright.render.terminal.style import TerminalStyle

_STYLE = (
    ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}"
    "body{margin:2rem auto;max-width:76rem;padding:0 1.5rem}figure{margin-bottom:3rem}"
)


def images_lines(plan: Plan, style: TerminalStyle) -> Iterator[str]:
    """Matrix, concerns, access change and fan-out of every distribution configuration."""
    names = account_names(plan)
    changes = access.changes(plan)
    if not changes:
        yield f"{visible(plan.app)}/{visible(plan.stage)} distributes no images"
        return
    for change, fanout in zip(changes, flow.flows(plan, plan.findings, names), strict=True):
        matrix = grid(change.after, plan.findings, names)
        yield style.paint(visible(change.after.key), "bold")
        parts = (
            matrix_text(matrix, style.width),
            concerns_text(matrix, style.width),
            access_text(change, names, style.width),
            fanout_text(fanout),
        )
        for part in filter(None, parts):
            yield ""
            yield from part.splitlines()
        yield ""
    for line in legend_lines(style.width):
        yield style.paint(line, "dim")


def images_json(plan: Plan) -> Iterator[dict[str, Any]]:
    """The distribution as JSON lines, one for each configuration."""
    for change in access.changes(plan):
        yield ImagesLine(
            key=change.after.key,
            account=change.after.account,
            region=change.after.region,
            grants=[_grant(grant) for grant in change.after.grants],
            gains=[_grant(grant) for grant in change.gains],
            loses=[_grant(grant) for grant in change.loses],
            public=change.public_after,
            turns_public=change.turns_public,
        ).as_object()


def images_page(plan: Plan) -> str:
    """The distribution as one HTML page without scripts, light and dark.

    Args:
        plan: As for `images_lines`.
    """
    scale = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{scale}<title>Images</title><style>{FIGURE_STYLE}{_STYLE}</style>'
    body = "".join(image_figures(plan))
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _grant(grant: Grant) -> GrantPart:
    return GrantPart(
        region=grant.region,
        kind=grant.principal.kind,
        principal=grant.principal.id,
        mode=grant.mode,
        kms_key=grant.key.text if grant.key else None,
        parameters=[value.text for value in grant.parameters],
        templates=[value.text for value in grant.templates],
        fast_launch=grant.fast_launch,
    )
