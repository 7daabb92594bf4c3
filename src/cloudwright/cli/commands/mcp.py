"""`cloudwright mcp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright mcp
  cloudwright mcp infra.py --stage dev --local
"""


@click.command("mcp", epilog=_EPILOG)
@with_program
def command(call: CommandOptions) -> int:
    """Serve tools to a coding agent. Uses standard input and output; needs the extra `mcp`."""
    from cloudwright.cli.run_command import run_command

    async def body(_: View) -> int:
        await _serve(call)
        return 0

    return run_command(call, "mcp", body)


async def _serve(call: CommandOptions) -> None:
    import os
    from importlib.util import find_spec
    from pathlib import Path

    from cloudwright.errors import CloudwrightError
    from cloudwright.mcp.approvals import approvals_folder
    from cloudwright.mcp.folder import ServedFolder

    if find_spec("mcp") is None:
        raise CloudwrightError("serving an agent needs the package mcp", hint="pip install 'cloudwright[mcp]'")
    from cloudwright.mcp.server import serve
    from cloudwright.mcp.tools import Tools

    approvals = approvals_folder(os.environ)
    options = ((f"--stage={call.stage}",) if call.stage else ()) + (("--local",) if call.local else ())
    await serve(Tools(ServedFolder.of(Path(call.program), approvals), approvals, options))
