"""`cloudwright bootstrap`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import apply_switches, with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright bootstrap
  AWS_PROFILE=prod AWS_REGION=eu-west-1 cloudwright bootstrap --stage prod.eu-west-1
  cloudwright bootstrap infra.py --local --yes      (the local cloud in the program's folder)
"""


@click.command("bootstrap", epilog=_EPILOG)
@with_program
@apply_switches
def command(call: CommandOptions, *, yes: bool, concurrency: int | None) -> int:
    """Create the bucket for assets in this account and Region. Plans, asks and applies.

    The state of the bucket is stored in the folder of FILE, a program, or in the current folder.
    """
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.app.bootstrap import bootstrap_app
        from cloudwright.cli.apply import apply

        app = bootstrap_app(call.stage or _region(local=call.local)).configure(local=call.local, folder=_folder(call))
        return await apply(
            app,
            view,
            lambda approve: app.deploy(observer=view.event, concurrency=concurrency, approve=approve),
            yes=yes,
            allow_findings=False,
            resume=_again(call),
        )

    return run_command(call, "bootstrap", body)


def _again(call: CommandOptions) -> str:
    if call.file or call.context.file:
        return call.again("bootstrap")
    return "cloudwright bootstrap" + (f" --stage {call.stage}" if call.stage else "")


def _folder(call: CommandOptions) -> Path:
    """The folder of the program, or the current one."""
    from cloudwright.errors import NoProgram

    program = call.file or call.context.file
    if program and not Path(program).is_file():
        hint = "name the program whose folder keeps the state, or leave FILE out for the current folder"
        raise NoProgram(f"there is no file {program}", hint=hint)
    return Path(program).resolve().parent if program else Path.cwd()


def _region(*, local: bool) -> str:
    """The Region that names the state: of the environment or the profile."""
    if local:
        import os

        from cloudwright.app.targets import LOCAL_REGION

        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION
    from cloudwright.aws.session import Sessions

    return Sessions().region()
