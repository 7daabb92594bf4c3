"""`cloudwright destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import apply_switches, with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright destroy
  cloudwright destroy infra.py --stage review-42 --yes
  cloudwright destroy infra.py --target images/golden
"""


@click.command("destroy", epilog=_EPILOG)
@with_program
@apply_switches
@click.option("--target", metavar="KEY", multiple=True, help="Destroy only KEY and what depends on it. Repeatable.")
@click.option("--exclude", metavar="KEY", multiple=True, help="Keep KEY and what it depends on. Repeatable.")
@click.option("--refresh", is_flag=True, help="Read the live resources first.")
def command(
    call: CommandOptions,
    *,
    yes: bool,
    concurrency: int | None,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    refresh: bool,
) -> int:
    """Delete every resource in the state of this app and stage."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.apply import apply
        from cloudwright.cli.program import app_for
        from cloudwright.plan.options import PlanOptions

        app = app_for(call)
        options = PlanOptions(refresh=refresh, targets=target, excludes=exclude)
        return await apply(
            app,
            view,
            lambda approve: app.destroy(options=options, observer=view.event, concurrency=concurrency, approve=approve),
            yes=yes,
            allow_findings=True,
            resume=call.again("destroy"),
        )

    return run_command(call, "destroy", body)
