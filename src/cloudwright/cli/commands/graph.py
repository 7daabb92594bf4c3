"""`cloudwright graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.render.graph.model import Graph

FORMATS = ("svg", "mermaid", "dot", "json")

_EPILOG = """\b
Examples:
  cloudwright graph -o graph.svg
  cloudwright graph infra.py --format mermaid
  cloudwright graph infra.py --format dot | dot -Tpdf -o graph.pdf
  cloudwright graph --apps
"""


@click.command("graph", epilog=_EPILOG)
@with_program
@click.option("--format", "form", type=click.Choice(FORMATS), default="svg", show_default=True)
@click.option("--apps", is_flag=True, help="Draw the apps in this state store and whose outputs they use.")
@click.option("-o", "--out", metavar="FILE", help="Write to this file instead of standard output.")
def command(call: CommandOptions, *, form: str, apps: bool, out: str | None) -> int:
    """Draw the dependency graph, with the steps of the plan."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.output_files import write_text
        from cloudwright.cli.program import app_for
        from cloudwright.render.graph.text import graph_json

        app = app_for(call)
        graph = await (_apps(app) if apps else _resources(app))
        text = _writer(form)(graph)
        from cloudwright.render.contract.answers import FileLine

        if out:
            write_text(out, text)
            view.message(f"written: {out}", FileLine(path=out, written=True).as_object())
        else:
            view.message(text.rstrip("\n"), graph_json(graph))
        return 0

    return run_command(call, "graph", body)


async def _resources(app: App) -> Graph:
    from cloudwright.render.graph.model import graph_of

    return graph_of(await app.plan())


async def _apps(app: App) -> Graph:
    import logging

    from cloudwright.render.graph.model import apps_graph

    states = await app.state_admin.neighbours()
    for one in states:
        if one.damage:
            # The graph is standard output, so this is written to standard error.
            logging.getLogger(__name__).warning(
                "can't read which outputs %s/%s uses: %s", one.app, one.stage, one.damage
            )
    return apps_graph(states, "the apps of this store")


def _writer(form: str) -> Callable[[Graph], str]:
    from json import dumps

    from cloudwright.render.graph import svg, text

    writers: dict[str, Callable[[Graph], str]] = {
        "svg": svg.graph_svg,
        "mermaid": text.graph_mermaid,
        "dot": text.graph_dot,
        "json": lambda graph: dumps(text.graph_json(graph), indent=2) + "\n",
    }
    return writers[form]
