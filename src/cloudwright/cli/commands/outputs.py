"""`cloudwright outputs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright outputs
  cloudwright outputs infra.py --stage prod --json
"""


@click.command("outputs", epilog=_EPILOG)
@with_program
def command(call: CommandOptions) -> int:
    """Show the outputs of the last deploy. Secrets are masked."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for

        view.outputs(await app_for(call).outputs())
        return 0

    return run_command(call, "outputs", body)
