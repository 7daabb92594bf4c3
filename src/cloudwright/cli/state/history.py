"""`cloudwright state history`, `state audit` and `state diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.age import Age
from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_HISTORY = """\b
Examples:
  cloudwright state history
  cloudwright state history infra.py --stage prod --json
"""

_DIFF = """\b
Examples:
  cloudwright state diff --from 12           (what happened since serial 12)
  cloudwright state diff --from 12 --to 15
"""


_AUDIT = """\b
Examples:
  cloudwright state audit
  cloudwright state audit infra.py --stage prod --since 30d --json
"""


@click.command("history", epilog=_HISTORY)
@with_program
@click.option(
    "-n", "--last", type=click.IntRange(min=1), default=50, show_default=True, help="Number of commits to show."
)
def history(call: CommandOptions, *, last: int) -> int:
    """Show which commits changed which records, and who made them."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for

        view.history((await app_for(call).state_admin.history())[-last:])
        return 0

    return run_command(call, "state history", body)


@click.command("diff", epilog=_DIFF)
@with_program
@click.option("--from", "before", type=click.IntRange(min=0), required=True, metavar="SERIAL", help="Older serial.")
@click.option(
    "--to", "after", type=click.IntRange(min=0), metavar="SERIAL", help="Newer serial. Default: the current one."
)
def diff(call: CommandOptions, *, before: int, after: int | None) -> int:
    """Compare the records of two serials. Secrets are masked."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.state.history import compare

        old, new = await app_for(call).state_admin.at(before, after)
        view.differences(compare(old, new))
        return 0

    return run_command(call, "state diff", body)


@click.command("audit", epilog=_AUDIT)
@with_program
@click.option("--since", type=Age(), metavar="AGE", help="Leave out older changes; an age such as 30d.")
def audit(call: CommandOptions, *, since: float | None) -> int:
    """Show every change that a run made. Who, when, what, and the outcome; no values."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.clock import SystemClock

        app = app_for(call)
        oldest = 0.0 if since is None else SystemClock().now() - since
        view.audit(await app.state_admin.audit(oldest), app.name, app.stage)
        return 0

    return run_command(call, "state audit", body)


COMMANDS = (history, audit, diff)
