"""`cloudwright report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import plan_switches, strict_switch, with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.plan.options import PlanOptions

_EPILOG = """\b
Examples:
  cloudwright report
  cloudwright report infra.py --stage prod --refresh -o prod.html
"""


@click.command("report", epilog=_EPILOG)
@with_program
@plan_switches
@strict_switch
@click.option("-o", "--out", metavar="FILE", default="report.html", show_default=True, help="File to write.")
def command(call: CommandOptions, *, options: PlanOptions, strict: bool, out: str) -> int:
    """Write the plan and the last deploy as an HTML page. Also has findings, graph and images."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.output_files import write_text
        from cloudwright.cli.program import app_for
        from cloudwright.cli.views.command_hints import CommandHints
        from cloudwright.clock import SystemClock
        from cloudwright.plan.findings import errors, refuse
        from cloudwright.render.report.page import report_page

        app = app_for(call)
        plan = await app.plan(options)
        write_text(out, report_page(CommandHints(call).plan(plan), await app.snapshot(), SystemClock().now()))
        from cloudwright.render.contract.command import SavedLine

        view.message(f"written: {out}", SavedLine(path=out, digest=plan.digest).as_object())
        if strict:
            refuse(plan, errors(plan.findings))
        return 0

    return run_command(call, "report", body)
