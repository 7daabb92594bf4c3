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
"""


@click.command("doctor", epilog=_EPILOG)
@common
@click.option("--check", is_flag=True, help="Have IAM simulate whether the caller may use Cloud Control and the state.")
def command(call: CommandOptions, *, check: bool) -> int:
    """Check Region, credentials, account, clock, service and state. Changes nothing."""
    from cloudwright.cli.run_command import run_command

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
