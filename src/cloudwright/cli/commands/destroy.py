"""`cloudwright destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.age import Age
from cloudwright.cli.options import apply_switches, with_programs

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright destroy
  cloudwright destroy infra.py --stage review-42 --yes
  cloudwright destroy infra.py --target images/golden
  cloudwright destroy network.py web.py                             (several apps, users of outputs first)
  cloudwright destroy apps/ --stage 'review-*' --older-than 7d      (previews not deployed for a week)
"""


@click.command("destroy", epilog=_EPILOG)
@with_programs
@apply_switches
@click.option("--target", metavar="KEY", multiple=True, help="Destroy only KEY and what depends on it. Repeatable.")
@click.option("--exclude", metavar="KEY", multiple=True, help="Keep KEY and what it depends on. Repeatable.")
@click.option("--refresh", is_flag=True, help="Read the live resources first.")
@click.option(
    "--older-than",
    metavar="AGE",
    type=Age(),
    help="Destroy stages whose last deploy is older, such as 12h, 7d, 2w; --stage is a pattern.",
)
def command(
    call: CommandOptions,
    *,
    yes: bool,
    concurrency: int | None,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    refresh: bool,
    older_than: float | None,
) -> int:
    """Delete every resource in the state of this app and stage."""
    from cloudwright.cli.run_command import run_command

    if call.files or older_than is not None:
        from cloudwright.cli.group.commands import destroy_group

        if target or exclude:
            raise click.UsageError("--target and --exclude name resources of one app and stage")
        return destroy_group(call, refresh=refresh, yes=yes, concurrency=concurrency, older_than=older_than)

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
