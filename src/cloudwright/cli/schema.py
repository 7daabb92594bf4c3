"""`cloudwright schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cloudwright.cli.context import Common
    from cloudwright.cli.face import Face

_EPILOG = """\b
Examples:
  cloudwright schema AWS::ImageBuilder::DistributionConfiguration
  cloudwright schema AWS::S3::Bucket --json
"""


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from cloudwright.schema.catalog import Catalog

    return [CompletionItem(name) for name in Catalog.bundled().names() if name.startswith(incomplete)]


@click.command("schema", epilog=_EPILOG)
@click.argument("type_name", metavar="TYPE", shell_complete=_complete)
@common
def command(call: Common, *, type_name: str) -> int:
    """Show what a resource type is made of."""
    from cloudwright.cli.running import run_command

    async def body(face: Face) -> int:
        from cloudwright.schema.catalog import Catalog

        face.resource_type(Catalog.bundled().get(type_name))
        return 0

    return run_command(call, "schema", body)
