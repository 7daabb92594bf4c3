"""`cloudwright bootstrap`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import apply_switches, common

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright bootstrap
  AWS_PROFILE=prod AWS_REGION=eu-west-1 cloudwright bootstrap --stage prod.eu-west-1
  cloudwright bootstrap --local --yes
"""


@click.command("bootstrap", epilog=_EPILOG)
@common
@apply_switches
def command(call: CommandOptions, *, yes: bool, concurrency: int | None) -> int:
    """Make the bucket for assets in this account and Region: plan, ask, apply."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from pathlib import Path

        from cloudwright.app.bootstrap import bootstrap_app
        from cloudwright.cli.apply import apply

        app = bootstrap_app(call.stage or _region(local=call.local)).configure(local=call.local, folder=Path.cwd())
        return await apply(
            app,
            view,
            lambda approve: app.deploy(observer=view.event, concurrency=concurrency, approve=approve),
            yes=yes,
            allow_findings=False,
            resume="cloudwright bootstrap" + (f" --stage {call.stage}" if call.stage else ""),
        )

    return run_command(call, "bootstrap", body)


def _region(*, local: bool) -> str:
    """The Region that names the state: of the environment or the profile."""
    if local:
        import os

        from cloudwright.app.targets import LOCAL_REGION

        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION
    from cloudwright.aws.session import Sessions

    return Sessions().region()
