"""`cloudwright plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import plan_switches, strict_switch, with_programs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.command_hints import CommandHints
    from cloudwright.cli.views.port import View
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions

_EPILOG = """\b
Examples:
  cloudwright plan
  cloudwright plan infra.py --stage prod --refresh
  cloudwright plan infra.py -o prod.plan && cloudwright deploy infra.py --plan prod.plan
  cloudwright plan infra.py --markdown plan.md      (for a comment on a pull request)
  cloudwright plan infra.py --ask-service           (AWS checks Image Builder's resources, and creates nothing)
  cloudwright plan infra.py --check                 (IAM simulates whether the caller may deploy it)
  cloudwright plan infra.py --detailed-exitcode     (0 nothing to do, 2 changes, 3 partial plan)
  cloudwright plan network.py web.py                (several apps; a folder means all its programs)
"""


@click.command("plan", epilog=_EPILOG)
@with_programs
@plan_switches
@strict_switch
@click.option("-o", "--out", metavar="PLANFILE", help="Save the plan for deploy --plan.")
@click.option("--markdown", metavar="FILE", help="Write the plan as Markdown, short enough for a pull request comment.")
@click.option("--ask-service", is_flag=True, help="Have Image Builder check its resources by dry runs.")
@click.option("--check", is_flag=True, help="Have IAM simulate whether the caller has the permissions for a deploy.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--full", is_flag=True, help="Show everything: unchanged resources, long values, source lines.")
def command(
    call: CommandOptions,
    *,
    options: PlanOptions,
    strict: bool,
    out: str | None,
    markdown: str | None,
    ask_service: bool,
    check: bool,
    detailed_exitcode: bool,
    full: bool,
) -> int:
    """Show what a deploy would do. Changes nothing."""
    from cloudwright.cli.run_command import run_command

    if call.files:
        from cloudwright.cli.group.commands import plan_group

        if out or markdown or ask_service or check:
            raise click.UsageError("--out, --markdown, --ask-service and --check are for one app")
        return plan_group(call, options=options, strict=strict, detailed_exitcode=detailed_exitcode, full=full)

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.cli.views.command_hints import CommandHints
        from cloudwright.plan.findings import errors, refuse
        from cloudwright.render.detail import Detail

        plan = await _checked_plan(app_for(call), options, ask_service=ask_service, check=check)
        view.plan(plan, Detail.FULL if full else Detail.USUAL)
        if markdown:
            _describe(markdown, plan, view, CommandHints(call))
        if strict:
            refuse(plan, errors(plan.findings))
        if out:
            _save(out, plan, options, view)
        return detailed_code([plan]) if detailed_exitcode else 0

    return run_command(call, "plan", body)


async def _checked_plan(app: App, options: PlanOptions, *, ask_service: bool, check: bool) -> Plan:
    """The plan, with the findings of the checks by AWS that the user asked for."""
    plan = await app.plan(options)
    if ask_service:
        plan = await app.ask_service(plan)
    return await app.check_permissions(plan) if check else plan


def _save(out: str, plan: Plan, options: PlanOptions, view: View) -> None:
    from pathlib import Path

    from cloudwright.plan.saved import Saved, write

    write(Path(out), Saved(plan, options))
    from cloudwright.render.contract.command import SavedLine

    view.message(f"\nsaved: {out}", SavedLine(path=out, digest=plan.digest).as_object())


def _describe(file: str, plan: Plan, view: View, advice: CommandHints) -> None:
    from cloudwright.cli.output_files import write_text
    from cloudwright.render.plan.markdown import plan_markdown

    write_text(file, advice.text(plan_markdown(plan)))
    from cloudwright.render.contract.command import SavedLine

    view.message(f"\nwritten: {file}", SavedLine(path=file, digest=plan.digest).as_object())


def detailed_code(plans: Sequence[Plan]) -> int:
    """The exit code of `--detailed-exitcode`: 3 if a plan is partial, 2 if there are changes, else 0.

    Args:
        plans: One for each app.
    """
    if any(plan.partial for plan in plans):
        return 3
    return 0 if all(plan.empty for plan in plans) else 2
