"""`cloudwright deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import apply_switches, plan_switches, with_programs

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.plan.options import PlanOptions
    from cloudwright.plan.saved import Saved

_EPILOG = """\b
Examples:
  cloudwright deploy
  cloudwright deploy infra.py --local --yes
  cloudwright deploy infra.py --stage prod --plan prod.plan
  cloudwright deploy infra.py --target images/golden
  cloudwright deploy network.py web.py           (several apps, in the order of their outputs)
  cloudwright deploy apps/ --stage review-42     (every program in a folder)
"""


@click.command("deploy", epilog=_EPILOG)
@with_programs
@plan_switches
@apply_switches
# Workflows that `init` wrote before errors stopped a deploy by themselves still say it.
@click.option("--strict", is_flag=True, hidden=True, expose_value=False)
@click.option("--allow-findings", is_flag=True, help="Deploy despite findings of severity error.")
@click.option("--plan", "planfile", metavar="PLANFILE", help="Apply this saved plan; refused if the plan is stale.")
def command(
    call: CommandOptions,
    *,
    options: PlanOptions,
    allow_findings: bool,
    yes: bool,
    concurrency: int | None,
    planfile: str | None,
) -> int:
    """Create, update and delete resources to match the program. Plans, asks and applies."""
    from cloudwright.cli.run_command import run_command

    if call.files:
        from cloudwright.cli.group.commands import deploy_group

        if planfile:
            raise click.UsageError("--plan applies the plan of one app")
        return deploy_group(call, options=options, allow_findings=allow_findings, yes=yes, concurrency=concurrency)
    if planfile:
        _refuse_switches(options)

    async def body(view: View) -> int:
        from dataclasses import replace
        from pathlib import Path

        from cloudwright.cli.apply import apply
        from cloudwright.cli.program import app_for

        saved = _saved(Path(planfile)) if planfile else None
        app = app_for(replace(call, stage=call.stage or saved.plan.stage) if saved else call)
        if saved:
            _check(saved, app.name, app.state_stage)
        return await apply(
            app,
            view,
            lambda approve: app.deploy(
                saved.plan if saved else None,
                options=saved.options if saved else options,
                observer=view.event,
                concurrency=concurrency,
                approve=approve,
                allow_findings=allow_findings,
                builds=view,
            ),
            yes=yes,
            allow_findings=allow_findings,
            resume=call.again("deploy"),
        )

    return run_command(call, "deploy", body)


def _refuse_switches(options: PlanOptions) -> None:
    from cloudwright.plan.options import PlanOptions

    if options != PlanOptions():
        raise click.UsageError("--plan applies a plan as it is; other switches belong to the command that saved it")


def _saved(path: Path) -> Saved:
    from cloudwright.plan.saved import read

    return read(path)


def _check(saved: Saved, app: str, stage: str) -> None:
    from cloudwright.errors import StalePlan

    plan = saved.plan
    if (plan.app, plan.stage) != (app, stage):
        raise StalePlan(
            f"the saved plan is for {plan.app}/{plan.stage}, not for {app}/{stage}", hint=f"add --stage {plan.stage}"
        )
