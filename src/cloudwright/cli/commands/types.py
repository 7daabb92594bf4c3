"""`cloudwright types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright types ImageBuilder
  cloudwright types distribution
"""


@click.command("types", epilog=_EPILOG)
@click.argument("word", default="", metavar="[WORD]")
@common
def command(call: CommandOptions, *, word: str) -> int:
    """List the resource types whose name contains WORD."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.errors import UnknownType
        from cloudwright.render.terminal.escaping import visible
        from cloudwright.schema.catalog import Catalog

        found = Catalog.bundled().search(word)
        if not found:
            raise UnknownType(f"no resource type has {visible(word)!r} in its name", hint="try a shorter word")
        view.listing(map(_shown, found), map(_line, found))
        return 0

    return run_command(call, "types", body)


def _shown(name: str) -> str:
    """A type's name, with what to use instead if Cloud Control can't manage it."""
    from cloudwright.schema.override import override_for

    known = override_for(name)
    if not known.non_provisionable:
        return name
    return f"{name}  (not by Cloud Control{f': use {known.use_instead}' if known.use_instead else ''})"


def _line(name: str) -> dict[str, object]:
    from cloudwright.render.contract.answers import ResourceTypeLine
    from cloudwright.schema.override import override_for

    known = override_for(name)
    line = ResourceTypeLine(name=name, provisionable=not known.non_provisionable, use_instead=known.use_instead or None)
    return line.as_object()
