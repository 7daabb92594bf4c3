"""`cloudwright doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.control.model import Transport

_EPILOG = """\b
Examples:
  cloudwright doctor
  AWS_PROFILE=prod cloudwright doctor
  cloudwright doctor --check
  cloudwright doctor --local
  cloudwright doctor --handover infra.py
  cloudwright doctor --handover infra.py --terraform state.json
"""


@click.command("doctor", epilog=_EPILOG)
@common
@click.option("--check", is_flag=True, help="Have IAM simulate whether the caller may use Cloud Control and the state.")
@click.option(
    "--handover",
    metavar="FILE",
    help="Check that other tools have released the resources that this program adopted.",
)
@click.option("--terraform", metavar="JSON", help="With --handover: the current output of `terraform show -json`.")
def command(call: CommandOptions, *, check: bool, handover: str | None, terraform: str | None) -> int:
    """Check Region, credentials, account, clock, service and state. Changes nothing in AWS."""
    from dataclasses import replace

    from cloudwright.cli.run_command import run_command

    if terraform and not handover:
        raise click.UsageError("--terraform is valid only with --handover")
    if handover:
        program = replace(call, file=handover)
        return run_command(program, "doctor", lambda view: _handover(program, view, terraform))

    async def body(view: View) -> int:
        from pathlib import Path

        from cloudwright.app.doctor import examine
        from cloudwright.app.permissions import standing_permissions
        from cloudwright.clock import SystemClock

        transport, region = _local() if call.local else _aws()
        wrong = 0
        try:
            wanted = standing_permissions if check else None
            found = examine(Path.cwd(), transport=transport, region=region, clock=SystemClock(), permissions=wanted)
            async for one in found:
                view.check(one)
                wrong += not one.ok
        finally:
            await transport.close()
        return 1 if wrong else 0

    return run_command(call, "doctor", body)


async def _handover(call: CommandOptions, view: View, terraform: str | None) -> int:
    from pathlib import Path

    from cloudwright.cli.program import app_for

    app = app_for(call)
    checks = await app.check_handover(Path(terraform) if terraform else None)
    for one in checks:
        view.check(one)
    if not checks:
        view.message("nothing of this program was adopted from another tool, or all of it has been handed over")
    return 0 if all(one.ok for one in checks) else 1


def _aws() -> tuple[Transport, Callable[[], str]]:
    from cloudwright.aws.session import Sessions
    from cloudwright.clock import SystemClock
    from cloudwright.control.transport import HttpTransport

    sessions = Sessions()
    return HttpTransport(sessions, clock=SystemClock()), sessions.region


def _local() -> tuple[Transport, Callable[[], str]]:
    from cloudwright.clock import SystemClock
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.transport import LocalTransport
    from cloudwright.schema.catalog import Catalog

    return LocalTransport(LocalCloud(Catalog.bundled(), clock=SystemClock())), lambda: "us-east-1"
