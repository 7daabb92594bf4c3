"""`cloudwright secrets rotate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

NEW_PASSPHRASE = "CLOUDWRIGHT_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable

_EPILOG = """\b
Examples:
  cloudwright secrets rotate
"""

_ROTATE = """\b
Examples:
  cloudwright secrets rotate                          (a new key of the same kind)
  CLOUDWRIGHT_NEW_PASSPHRASE=... cloudwright secrets rotate --to passphrase --stage prod
  cloudwright secrets rotate --to kms --kms-key alias/cloudwright
"""

_AFTERWARDS = {
    "file": "the new key is in your key file; other machines need a copy of it",
    "passphrase": "from now on CLOUDWRIGHT_PASSPHRASE must be the new passphrase, everywhere",
    "kms": "from now on CLOUDWRIGHT_KMS_KEY must name that KMS key, everywhere",
}


@click.group("secrets", epilog=_EPILOG)
def command() -> None:
    """Manage the key that seals secrets in the state."""


@command.command("rotate", epilog=_ROTATE)
@with_program
@click.option("--to", "kind", type=click.Choice(["file", "passphrase", "kms"]), help="Default: the current kind.")
@click.option("--kms-key", metavar="KEY", help="Id, ARN or alias, for --to kms. Default: $CLOUDWRIGHT_KMS_KEY.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def rotate(call: CommandOptions, *, kind: str | None, kms_key: str | None, yes: bool) -> int:
    """Seal the state with a new key. Needs the current key, too."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.approval import agreed, declined
        from cloudwright.cli.program import app_for
        from cloudwright.render.contract.store import RotatedLine
        from cloudwright.render.terminal.escaping import visible

        app = app_for(call)
        snapshot = await app.state_admin.sealed()
        chosen = kind or str(snapshot.sealing.get("kind", "file"))
        name = visible(f"{app.name}/{app.state_stage}")
        if not agreed(f"Seal the state of {name} with a new key ({chosen})?", yes=yes):
            declined(view)
            return 1
        serial, key = await app.state_admin.rotate(chosen, _secret(chosen, kms_key))
        line = RotatedLine(app=app.name, stage=app.state_stage, kind=chosen, key=key, serial=serial)
        view.message(f"{name} is sealed with key {visible(key)}; {_AFTERWARDS[chosen]}", line.as_object())
        return 0

    return run_command(call, "secrets rotate", body)


def _secret(kind: str, kms_key: str | None) -> str:
    import os
    import sys

    from cloudwright.errors import ConsentNeeded

    if kind == "file":
        return ""
    name = NEW_PASSPHRASE if kind == "passphrase" else "CLOUDWRIGHT_KMS_KEY"
    found = os.environ.get(name, "") if kind == "passphrase" else kms_key or os.environ.get(name, "")
    if not found and kind == "passphrase" and sys.stdin.isatty():
        found = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if not found:
        what = "passphrase" if kind == "passphrase" else "KMS key"
        raise ConsentNeeded(f"the new {what} is not given; nothing was changed", hint=f"set {name}")
    return found
