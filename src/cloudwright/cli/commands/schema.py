"""`cloudwright schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.schema.resource_type import ResourceType

_EPILOG = """\b
Examples:
  cloudwright schema AWS::ImageBuilder::DistributionConfiguration
  cloudwright schema AWS::S3::Bucket --json
  cloudwright schema MyOrg::Network::Thing --live --region eu-west-1
"""


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from cloudwright.schema.catalog import Catalog

    return [CompletionItem(name) for name in Catalog.bundled().names() if name.startswith(incomplete)]


@click.command("schema", epilog=_EPILOG)
@click.argument("type_name", metavar="TYPE", shell_complete=_complete)
@click.option("--live", is_flag=True, help="Query the account's registry, for private types and newer schemas.")
@click.option("--region", metavar="REGION", help="Region of the registry.")
@common
def command(call: CommandOptions, *, type_name: str, live: bool, region: str | None) -> int:
    """Show the properties of a resource type."""
    if region and not live:
        raise click.UsageError("--region is valid only with --live")

    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.schema.catalog import Catalog

        view.resource_type(await _described(call, type_name, region) if live else Catalog.bundled().get(type_name))
        return 0

    return run_command(call, "schema", body)


async def _described(call: CommandOptions, type_name: str, region: str | None) -> ResourceType:
    from pathlib import Path

    from cloudwright.app.import_ import open_cloud
    from cloudwright.app.runtime import RunSettings
    from cloudwright.app.type_registry import describe_type
    from cloudwright.target import DeclaredTarget

    async with open_cloud(RunSettings("schema", call.stage or "live", Path(), None, call.local)) as runtime:
        target = await runtime.places.resolve(DeclaredTarget(region=region), ())
        await describe_type(runtime.services, type_name, target)
        return runtime.services.catalog.get(type_name)
