"""`cloudwright assets`: what is in the bucket for assets, and the deletion of what nothing uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.app.asset_admin import AssetInventory, KeptAsset
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright assets list infra.py
  AWS_REGION=eu-west-1 cloudwright assets prune infra.py --older-than 30
"""


@click.group("assets", epilog=_EPILOG)
def command() -> None:
    """List uploaded assets, and delete unused ones."""


_LIST = """\b
Examples:
  cloudwright assets list
  AWS_REGION=eu-west-1 cloudwright assets list infra.py --json
"""

_PRUNE = """\b
Examples:
  cloudwright assets prune
  cloudwright assets prune infra.py --older-than 30 --yes
"""


@command.command("list", epilog=_LIST)
@with_program
def show(call: CommandOptions) -> int:
    """List the assets in the bucket. Names the apps and stages that use each."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for

        found = await app_for(call).asset_admin.inventory()
        _show(view, found, found.assets)
        return 0

    return run_command(call, "assets list", body)


@command.command("prune", epilog=_PRUNE)
@with_program
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(min=0),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Delete only assets that are older.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(call: CommandOptions, *, days: float, yes: bool) -> int:
    """Delete unused assets. Keeps those to which a state in this store refers, now or in its history."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.approval import agreed, declined
        from cloudwright.cli.program import app_for
        from cloudwright.render.contract.store import PrunedLine

        assets = app_for(call).asset_admin
        found = await assets.inventory()
        unused = found.unused(days)
        _show(view, found, unused)
        question = f"Delete these {len(unused)} assets of {found.bucket}? No state of this store uses them."
        if unused and not agreed(question, yes=yes):
            declined(view)
            return 1
        gone = await assets.prune(found, days) if unused else ()
        size = sum(one.asset.size for one in gone)
        line = PrunedLine(bucket=found.bucket, assets=len(gone), bytes=size)
        view.message(f"deleted {len(gone)} assets ({size:,} bytes) of {found.bucket}", line.as_object())
        return 0

    return run_command(call, "assets prune", body)


def _show(view: View, found: AssetInventory, assets: Iterable[KeptAsset]) -> None:
    import datetime as dt

    from cloudwright.render.contract.store import AssetLine
    from cloudwright.render.terminal.escaping import visible

    for one in assets:
        asset, users = one.asset, ", ".join(one.used_by)
        day = dt.datetime.fromtimestamp(asset.modified, tz=dt.UTC).date().isoformat()
        text = f"{asset.key}  {asset.size:,} bytes  {day}  {f'used by {visible(users)}' if users else 'unused'}"
        line = AssetLine(
            bucket=found.bucket, key=asset.key, size=asset.size, uploaded_at=asset.modified, used_by=one.used_by
        )
        view.message(text, line.as_object())
