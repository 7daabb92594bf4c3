"""`cloudwright approve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright approve prod.plan
"""


@click.command("approve", epilog=_EPILOG)
@click.argument("planfile", metavar="PLANFILE")
@common
def command(call: CommandOptions, *, planfile: str) -> int:
    """Approve a saved plan for the tool `deploy` of an agent. Shows the plan and asks."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        return _approve(view, planfile)

    return run_command(call, "approve", body)


def _approve(view: View, planfile: str) -> int:
    import os
    from pathlib import Path

    from cloudwright.cli.approval import ask, declined
    from cloudwright.errors import PlanError
    from cloudwright.mcp.approvals import approvals_folder, approve
    from cloudwright.os_errors import machine_error
    from cloudwright.plan.saved import from_json
    from cloudwright.render.contract.command import SavedLine
    from cloudwright.render.detail import Detail
    from cloudwright.render.terminal.escaping import visible

    try:
        content = Path(planfile).read_bytes()
        plan = from_json(content.decode()).plan
    except OSError as error:
        what, make = f"the plan {planfile} can't be read", "make one: `cloudwright plan FILE -o PLANFILE`"
        raise machine_error(error, what, PlanError, elsewhere=make) from error
    except UnicodeDecodeError as error:
        raise PlanError(f"the plan {planfile} can't be read: it is not text") from error
    view.plan(plan, Detail.USUAL)
    _needs_terminal()
    if not ask(f"Let an agent apply exactly this plan to {visible(plan.app)}/{visible(plan.stage)}, once?"):
        declined(view)
        return 1
    file = approve(approvals_folder(os.environ), content)
    view.message(
        "approved for one hour; the agent may call deploy now",
        SavedLine(path=str(file), digest=plan.digest).as_object(),
    )
    return 0


def _needs_terminal() -> None:
    import sys

    from cloudwright.errors import ConsentNeeded

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConsentNeeded(
            "only a person on a terminal can approve a plan, and there is no terminal",
            hint="run the command in a terminal",
        )
