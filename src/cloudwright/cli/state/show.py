"""`cloudwright state`: the group, `state list` and `state show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program
from cloudwright.cli.state import edit, history, transfer
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.errors import StateError
    from cloudwright.state.snapshot import Snapshot

_EPILOG = """\b
Examples:
  cloudwright state list
  cloudwright state show images/golden
  cloudwright state mv images/golden images/base
  cloudwright state history
"""

_LIST = """\b
Examples:
  cloudwright state list
  cloudwright state list infra.py --stage prod --json
"""

_SHOW = """\b
Examples:
  cloudwright state show images/golden
  cloudwright state show images/golden infra.py --stage prod
"""


@click.group("state", epilog=_EPILOG)
def command() -> None:
    """Show, edit, move and restore the state."""


@command.command("list", epilog=_LIST)
@with_program
def list_records(call: CommandOptions) -> int:
    """List every physical resource in the state."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.json_lines import lease_line
        from cloudwright.state.leases.lease import in_progress

        app = app_for(call)
        if lease := await app.in_progress():
            view.message(visible(in_progress(lease)), lease_line(lease))
        view.records(await app.snapshot())
        return 0

    return run_command(call, "state list", body)


@command.command("show", epilog=_SHOW)
@click.argument("key")
@with_program
def show_record(call: CommandOptions, *, key: str) -> int:
    """Show all generations of one resource in full."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for

        snapshot = await app_for(call).snapshot()
        found = [record for record in snapshot.records if record.key == key]
        if not found:
            raise _unknown(key, snapshot)
        for record in found:
            view.record(record)
        return 0

    return run_command(call, "state show", body)


def _unknown(key: str, snapshot: Snapshot) -> StateError:
    from difflib import get_close_matches

    from cloudwright.errors import StateError

    close = get_close_matches(key, [record.key for record in snapshot.records], n=3)
    hint = f"did you mean {', '.join(close)}?" if close else "`cloudwright state list FILE` shows all keys"
    return StateError(f"the state of {snapshot.app}/{snapshot.stage} has no {key}", hint=hint)


for _each in (*edit.COMMANDS, *transfer.COMMANDS, *history.COMMANDS):
    command.add_command(_each)
