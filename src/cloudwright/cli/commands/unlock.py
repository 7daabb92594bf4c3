"""`cloudwright unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.state.leases.lease import Lease

_EPILOG = """\b
Examples:
  cloudwright unlock infra.py --stage prod
"""


@click.command("unlock", epilog=_EPILOG)
@with_program
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(call: CommandOptions, *, yes: bool) -> int:
    """Release the lock of a run that has died. If it is still running, its next write is refused."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.json_lines import lease_line

        app = app_for(call)
        lease = await app.holder()
        from cloudwright.render.contract.store import UnlockedLine

        if lease is None:
            view.message(f"{app.name}/{app.state_stage} is not locked", UnlockedLine(lease=None).as_object())
            return 0
        view.message(describe(lease), lease_line(lease))
        if not yes and not _agreed(f"{app.name}/{app.state_stage}"):
            from cloudwright.cli.approval import declined

            declined(view)
            return 1
        await app.unlock(lease.id)
        view.message("unlocked", UnlockedLine(lease=lease.id).as_object())
        return 0

    return run_command(call, "unlock", body)


def describe(lease: Lease) -> str:
    """Describe who holds a lease."""
    from cloudwright.render.terminal.escaping import visible
    from cloudwright.state.leases.lease import since

    holder = lease.holder
    begun = since(holder)
    return visible(f"held by {holder.user} on {holder.host} (process {holder.pid}) since {begun}: {holder.command}")


def _agreed(name: str) -> bool:
    import sys

    from cloudwright.cli.approval import ask
    from cloudwright.errors import ConsentNeeded

    if not sys.stdin.isatty():
        raise ConsentNeeded(
            f"unlocking {name} needs confirmation, and there is no terminal to ask on", hint="add --yes"
        )
    return ask(f"Has that run certainly ended? Unlock {name}?")
