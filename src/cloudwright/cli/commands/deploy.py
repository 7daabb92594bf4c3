"""`cloudwright deploy`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cloudwright.cli.options import apply_switches, plan_switches, with_programs
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from cloudwright.cli.apply import Approve
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions

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
def command(call: CommandOptions, *, options: PlanOptions, planfile: str | None, **given: Any) -> int:
    """Create, update and delete resources to match the program. Plans, asks and applies."""
    from cloudwright.cli.run_command import run_command

    if call.files:
        from cloudwright.cli.group.commands import deploy_group

        if planfile:
            raise click.UsageError("--plan applies the plan of one app")
        return deploy_group(call, options=options, **given)
    if planfile:
        _refuse_switches(options)
        return run_command(call, "deploy", partial(_deploy_saved, call, planfile, **given))
    return run_command(call, "deploy", partial(_deploy, call, None, options, **given))


async def _deploy_saved(call: CommandOptions, planfile: str, view: View, **given: Any) -> int:
    from pathlib import Path

    from cloudwright.plan.saved import read

    saved = read(Path(planfile))
    return await _deploy(replace(call, stage=call.stage or saved.plan.stage), saved.plan, saved.options, view, **given)


async def _deploy(
    call: CommandOptions,
    saved: Plan | None,
    options: PlanOptions,
    view: View,
    *,
    allow_findings: bool,
    yes: bool,
    concurrency: int | None,
) -> int:
    from cloudwright.cli.apply import apply
    from cloudwright.cli.program import app_for

    app = app_for(call)
    if saved:
        _check(saved, app.name, app.state_stage)

    def deploy(approve: Approve) -> Awaitable[Result]:
        return app.deploy(
            saved,
            options=options,
            observer=view.event,
            concurrency=concurrency,
            approve=approve,
            allow_findings=allow_findings,
            builds=view,
        )

    return await apply(app, view, deploy, yes=yes, allow_findings=allow_findings, resume=call.again("deploy"))


def _refuse_switches(options: PlanOptions) -> None:
    from cloudwright.plan.options import PlanOptions

    if options != PlanOptions():
        raise click.UsageError("--plan applies a plan as it is; other switches belong to the command that saved it")


def _check(plan: Plan, app: str, stage: str) -> None:
    from cloudwright.errors import StalePlan

    if (plan.app, plan.stage) != (app, stage):
        raise StalePlan(
            f"the saved plan is for {plan.app}/{plan.stage}, not for {app}/{stage}", hint=f"add --stage {plan.stage}"
        )
