"""The group `cloudwright images`: its first word is its own command, or the arguments are those of `show`."""

from __future__ import annotations

import click

from cloudwright.cli.images import build, change, show

_EPILOG = """\b
Examples:
  cloudwright images infra.py
  cloudwright images infra.py --live
  cloudwright images run infra.py
  cloudwright images promote golden infra.py --to prod
  cloudwright images rollback prod infra.py
"""


class ImagesGroup(click.Group):
    """A group that means `show` where its first argument is none of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; put `show` before those of the plain command."""
        if not args or (args[0] not in self.commands and args[0] not in {"-h", "--help"}):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of words that were not parsed yet."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


@click.group("images", cls=ImagesGroup, epilog=_EPILOG)
def command() -> None:
    """Show who gets which image; build and deliver images.

    Without a subcommand: `show`, with its options.
    """


for _each in (show.show, *build.COMMANDS, *change.COMMANDS):
    command.add_command(_each)
