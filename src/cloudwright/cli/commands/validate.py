"""`cloudwright validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.plan.model import Plan

_EPILOG = """\b
Examples:
  cloudwright validate
  cloudwright validate infra.py --stage prod --json
"""


@click.command("validate", epilog=_EPILOG)
@with_program
def command(call: CommandOptions) -> int:
    """Check the program against schemas and rules, offline. Needs no account."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.plan.findings import errors
        from cloudwright.render.contract.command import ValidatedLine

        plan = await app_for(call).validate()
        view.findings(plan.findings)
        valid = not errors(plan.findings)
        line = ValidatedLine(
            app=plan.app,
            stage=plan.stage,
            resources=len(plan.steps),
            valid=valid,
            unchecked=plan.partial.reason if plan.partial else None,
        )
        view.message(_summary(plan, valid=valid), line.as_object())
        return 0 if valid else 5

    return run_command(call, "validate", body)


def _summary(plan: Plan, *, valid: bool) -> str:
    from cloudwright.render.plan.findings import finding_counts
    from cloudwright.render.source_lines import place_of

    resources = f"{len(plan.steps)} resource{'' if len(plan.steps) == 1 else 's'}"
    parts = [f"{'valid' if valid else 'not valid'}: {plan.app}/{plan.stage}", resources, finding_counts(plan.findings)]
    lines = [", ".join(filter(None, parts))]
    if plan.partial:
        lines.append(f"  checked up to {place_of(plan.partial.source)}: {plan.partial.reason}")
    return "\n".join(lines)
