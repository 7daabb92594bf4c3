"""The command group: finds a command's module by its name, and maps how a command ends to an exit code."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from cloudwright import __version__
from cloudwright.cli.context import Invocation
from cloudwright.cli.streams import lasting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.app import App

USAGE = 64
"""Exit code of a wrong command line (EX_USAGE of sysexits.h); click's own is 2, which means `changes` here."""

COMMANDS = {
    "validate": "cloudwright.cli.commands.validate",
    "plan": "cloudwright.cli.commands.plan",
    "deploy": "cloudwright.cli.commands.deploy",
    "approve": "cloudwright.cli.commands.approve",
    "destroy": "cloudwright.cli.commands.destroy",
    "drift": "cloudwright.cli.commands.drift",
    "import": "cloudwright.cli.commands.import_",
    "convert": "cloudwright.cli.commands.convert",
    "outputs": "cloudwright.cli.commands.outputs",
    "state": "cloudwright.cli.state.show",
    "actions": "cloudwright.cli.commands.actions",
    "secrets": "cloudwright.cli.commands.secrets",
    "unlock": "cloudwright.cli.commands.unlock",
    "images": "cloudwright.cli.images.group",
    "permissions": "cloudwright.cli.commands.permissions",
    "graph": "cloudwright.cli.commands.graph",
    "report": "cloudwright.cli.commands.report",
    "types": "cloudwright.cli.commands.types",
    "schema": "cloudwright.cli.commands.schema",
    "fleet": "cloudwright.cli.fleet.commands",
    "local": "cloudwright.cli.commands.local",
    "mcp": "cloudwright.cli.commands.mcp",
    "bootstrap": "cloudwright.cli.commands.bootstrap",
    "assets": "cloudwright.cli.commands.assets",
    "init": "cloudwright.cli.commands.init",
    "demo": "cloudwright.cli.commands.demo",
    "doctor": "cloudwright.cli.commands.doctor",
}
"""Command name -> the module whose `command` it is."""


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """The command of a name, or `None`."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a misspelt one say which was meant."""
        from difflib import get_close_matches

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = get_close_matches(args[0], COMMANDS, n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from error


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's callback
    if value and not ctx.resilient_parsing:
        click.echo(f"cloudwright {__version__}")
        ctx.exit()


_EPILOG = """\b
Examples:
  cloudwright plan infra.py
  cloudwright deploy infra.py --local --yes
  cloudwright types ImageBuilder

\b
Exit codes: 0 ok, 1 failed, 2 changes or drift, 3 partly done, 4 lock held,
5 stopped by a finding, 64 wrong usage, 130 and 143 interrupted.
"""


@click.group(
    cls=LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def root() -> None:
    """Infrastructure as plain Python over the AWS Cloud Control API."""


def run(args: Sequence[str] | None, *, app: App | None = None, file: str | None = None) -> int:
    """Run one command.

    Args:
        args: The command line without the program's name; without it `sys.argv[1:]`.
        app: The app to work on; without it the program file names it.
        file: The app's program file.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if args is None else args)
    if file is not None:
        from cloudwright.program.source import short_path

        file = short_path(file)
    prog = "cloudwright" if app is None else f"python {file or 'infra.py'}"
    with lasting() as output:
        return output.code(_run(given, prog, Invocation(app=app, file=file)))


def _run(given: list[str], prog: str, context: Invocation) -> int:
    try:
        code = root.main(given, prog_name=prog, standalone_mode=False, obj=context)
    except click.ClickException as error:
        return _refused(error, given)
    except click.exceptions.Abort:
        return 130
    return code if isinstance(code, int) else 0


def _refused(error: click.ClickException, args: list[str]) -> int:
    if "--json" in args:
        from cloudwright.render.json_lines import encode, version_line

        command = next((arg for arg in args if arg in COMMANDS), "")
        click.echo(encode(version_line(command)))
        click.echo(encode(_usage_line(error)))
    else:
        error.show()
    return USAGE


def _usage_line(error: click.ClickException) -> dict[str, object]:
    from cloudwright.render.contract.command import ErrorLine
    from cloudwright.render.terminal.escaping import visible

    message = visible(error.format_message())
    line = ErrorLine(error="UsageError", message=message, hint=None, exit_code=USAGE, frames=())
    return line.as_object()
