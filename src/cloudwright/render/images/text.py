"""The image distribution of an app, for the terminal, as JSON lines and as an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder import access, flow
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import account_names
from cloudwright.render.contract.answers import GrantPart, ImagesLine
from cloudwright.render.images.fanout import fanout_text
from cloudwright.render.images.fanout_svg import fanout_svg
from cloudwright.render.images.matrix import access_text, concerns_text, legend_lines, matrix_text
from cloudwright.render.images.matrix_svg import access_svg, figure, matrix_svg
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.model import Grant
    from cloudwright.plan.model import Plan
    from cloudwright.render.terminal.style import TerminalStyle

_STYLE = (
    ":root{color-scheme:light dark;font:15px system-ui,sans-serif}"
    "body{margin:2rem auto;max-width:72rem;padding:0 1rem}figure{margin:0 0 3rem;overflow-x:auto}"
    "figcaption{font-weight:600;margin-bottom:.5rem}"
)


def images_lines(plan: Plan, style: TerminalStyle) -> Iterator[str]:
    """Matrix, concerns, access change and fan-out of every distribution configuration.

    Args:
        plan: Its declarations, findings and recorded documents are read.
        style: The capabilities of the output.
    """
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
    """The same as lines of JSON, one for each configuration."""
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
    """The same as one HTML page without scripts, light and dark.

    Args:
        plan: As for `images_lines`.
    """
    head = f'<meta charset="utf-8"><title>Images</title><style>{_STYLE}</style>'
    body = "".join(image_figures(plan))
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def image_figures(plan: Plan) -> Iterator[str]:
    """The pictures of every distribution configuration, each a `<figure>` element.

    Args:
        plan: As for `images_lines`.
    """
    names = account_names(plan)
    for change, fanout in zip(access.changes(plan), flow.flows(plan, plan.findings, names), strict=True):
        key = change.after.key
        yield figure(matrix_svg(grid(change.after, plan.findings, names)), f"{key}: who gets what where")
        if not change.empty:
            yield figure(access_svg(change, names), f"{key}: {_sentence(change)}")
        yield figure(fanout_svg(fanout), f"{key}: what happens when the pipeline runs", "")


def _sentence(change: AccessChange) -> str:
    return f"{len(change.gains)} gained, {len(change.loses)} lost. {access.closing(change)}"


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
