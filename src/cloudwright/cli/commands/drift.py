"""`cloudwright drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import apply_switches, with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.plan.drift import DriftReport

_EPILOG = """\b
Examples:
  cloudwright drift
  cloudwright drift infra.py --stage prod --json
  cloudwright drift infra.py --key images/golden
  cloudwright drift infra.py --fix

\b
Exit codes: 0 no drift, 2 drift and nothing else, 1 failed (also where AWS
denied a read, or nothing could be compared). With --fix: as of deploy.
"""


@click.command("drift", epilog=_EPILOG)
@with_program
@click.option("--key", "keys", metavar="KEY", multiple=True, help="Check only KEY. Repeatable.")
@click.option("--fix", is_flag=True, help="Plan the repair from the program, ask, and apply it.")
@apply_switches
def command(call: CommandOptions, *, keys: tuple[str, ...], fix: bool, yes: bool, concurrency: int | None) -> int:
    """Compare the live resources with what was deployed. Changes nothing without --fix."""
    if not fix and (yes or concurrency):
        raise click.UsageError("--yes and --concurrency are valid only with --fix")

    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.apply import apply
        from cloudwright.cli.program import app_for
        from cloudwright.plan.options import PlanOptions

        app = app_for(call)
        report = await app.drift(keys)
        view.drift(report)
        if not fix or not report.drifted:
            return exit_code(report)
        options = PlanOptions(refresh=True, targets=keys)
        return await apply(
            app,
            view,
            lambda approve: app.deploy(options=options, observer=view.event, concurrency=concurrency, approve=approve),
            yes=yes,
            allow_findings=True,
            resume=call.again("drift", "--fix"),
        )

    return run_command(call, "drift", body)


def exit_code(report: DriftReport) -> int:
    """2 on drift; 1 if a read was denied or nothing could be compared, so that nothing is promised; else 0."""
    if report.drifted:
        return 2
    return int(not report.trustworthy)
