"""`cloudwright local serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.local.access.policy import AccessPolicy
    from cloudwright.local.api.signatures import SignatureCheck
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.faults import Fault
    from cloudwright.local.http.server import LocalServer
    from cloudwright.local.stack import LocalStack

DEFAULT_PORT = 4510
DATABASE = "cloud.db"

_EPILOG = """\b
Examples:
  cloudwright local serve
  cloudwright local serve --port 4510 --data ./cloud --operation-time 2
  AWS_ENDPOINT_URL=http://127.0.0.1:4510 AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=x \\
    AWS_REGION=us-east-1 aws cloudcontrol list-resources --type-name AWS::S3::Bucket
  cloudwright permissions infra.py --local --policy > policy.json && cloudwright local serve --policy policy.json
"""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How the local cloud is served.

    Attributes:
        host: Where to listen.
        port: 0 takes a free one.
        data: The folder that keeps resources; `None`: memory.
        call_latency: Milliseconds added to every call.
        operation_time: Duration of a create, update or delete, in seconds.
        rate: Calls per second for each account and Region; `None`: no limit.
        seed: Seed of generated values such as ids.
        fault: Pitfalls that are switched on.
        strict_services: Enforce also the service rules for which the evidence is not certain.
        lenient_values: Let enums, patterns, lengths, counts and ranges pass.
        verify_signatures: Refuse requests that `$AWS_SECRET_ACCESS_KEY` did not sign.
        stack: Files with CloudFormation stacks to show.
        policy: A file with IAM policies: what callers may do; `None`: everything.
    """

    host: str
    port: int
    data: str | None
    call_latency: float
    operation_time: float
    rate: float | None
    seed: int
    fault: tuple[Fault, ...]
    strict_services: bool
    lenient_values: bool
    verify_signatures: bool
    stack: tuple[str, ...]
    policy: str | None


def _faults(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[Fault, ...]:
    if not texts:
        return ()
    from cloudwright.local.faults import parse

    try:
        return tuple(parse(text) for text in texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.group("local", epilog=_EPILOG)
def command() -> None:
    """Serve Cloud Control locally, for development and tests."""


@command.command("serve", epilog=_EPILOG)
@common
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Address to listen on. Default: loopback only.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--data", metavar="DIR", help="Store resources in this folder. Default: in memory only.")
@click.option(
    "--call-latency", default=0.0, type=click.FloatRange(min=0), metavar="MS", help="Milliseconds added to every call."
)
@click.option(
    "--operation-time", default=0.3, type=click.FloatRange(min=0), metavar="S", show_default=True,
    help="Duration of a create, update or delete, in seconds.",
)  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N",
    help="Calls per second for each account and Region before throttling.",
)  # fmt: skip
@click.option("--seed", default=0, type=int, metavar="N", help="Seed of generated values such as ids.")
@click.option(
    "--fault", multiple=True, metavar="FAULT", callback=_faults,
    help="Simulate a pitfall of the real service: CC14, or CC72:type=AWS::S3::*,count=2. Repeatable.",
)  # fmt: skip
@click.option(
    "--strict-services", is_flag=True, help="Also enforce limits that are not confirmed for the real service."
)
@click.option("--lenient-values", is_flag=True, help="Accept values that enums, patterns, lengths or counts forbid.")
@click.option(
    "--verify-signatures", is_flag=True, help="Reject requests not signed with this shell's $AWS_SECRET_ACCESS_KEY."
)
@click.option("--stack", multiple=True, metavar="FILE", help="Show the CloudFormation stacks of this file (JSON).")
@click.option("--policy", metavar="FILE", help="Refuse calls that these IAM policies (JSON) do not allow.")
def serve(call: CommandOptions, **given: object) -> int:
    """Serve the local cloud over HTTP until Ctrl-C, for any client."""
    from cloudwright.cli.run_command import run_command

    serving = ServeOptions(**given)  # type: ignore[arg-type]  # click has checked each option's type

    async def body(view: View) -> int:
        _require_aiohttp()
        from cloudwright.console.pages import Console
        from cloudwright.local.http.connections import allow_many
        from cloudwright.local.http.server import LocalServer

        allow_many()
        signatures = _signatures(serving)
        cloud = _cloud(serving)
        console = Console(cloud)
        server = LocalServer(
            cloud,
            host=serving.host,
            port=serving.port,
            call_latency=serving.call_latency / 1000,
            rate=serving.rate,
            signatures=signatures,
            routes=console.routes(),
        )
        try:
            await _until_stopped(server, view, serving)
        finally:
            console.close()
            await server.close()
            cloud.close()
        return 0

    return run_command(call, "local serve", body)


def _require_aiohttp() -> None:
    from importlib.util import find_spec

    if find_spec("aiohttp") is None:
        from cloudwright.errors import CloudwrightError

        raise CloudwrightError("`local serve` needs the package aiohttp", hint="pip install 'cloudwright[local]'")


def _cloud(serving: ServeOptions) -> LocalCloud:
    from pathlib import Path

    from cloudwright.clock import SystemClock
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.store import CloudStore
    from cloudwright.schema.catalog import Catalog

    stacks = [one for file in serving.stack for one in _stacks(file)]
    if serving.data is not None:
        Path(serving.data).mkdir(parents=True, exist_ok=True)
    cloud = LocalCloud(
        Catalog.bundled(),
        clock=SystemClock(),
        store=CloudStore(Path(serving.data) / DATABASE if serving.data is not None else None),
        seed=serving.seed,
        operation_time=serving.operation_time,
        faults=serving.fault,
        strict_services=serving.strict_services,
        lenient_values=serving.lenient_values,
        policy=_policy(serving.policy),
    )
    for place, stack in stacks:
        cloud.put_stack(stack, **place)
    return cloud


def _stacks(file: str) -> list[tuple[dict[str, str], LocalStack]]:
    from pathlib import Path

    from cloudwright.errors import CloudwrightError
    from cloudwright.local.stack import read_stacks

    try:
        return read_stacks(Path(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CloudwrightError(
            f"the stacks of {file} can't be used: {reason}",
            hint="docs/local-cloud.md shows such a file, under CloudFormation's stacks",
        ) from error


def _policy(file: str | None) -> AccessPolicy | None:
    from pathlib import Path

    from cloudwright.errors import CloudwrightError
    from cloudwright.local.access.policy import read_policy

    if file is None:
        return None
    try:
        return read_policy(Path(file).read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CloudwrightError(
            f"the policy {file} can't be used: {reason}",
            hint="`cloudwright permissions FILE --policy` writes such a file",
        ) from error


def _signatures(serving: ServeOptions) -> SignatureCheck | None:
    import os

    from cloudwright.errors import CloudwrightError
    from cloudwright.local.api.signatures import SignatureCheck

    if not serving.verify_signatures:
        return None
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not secret:
        raise CloudwrightError(
            "--verify-signatures needs the key that requests are signed with",
            hint="set AWS_SECRET_ACCESS_KEY for this server and for its clients, to any text",
        )
    return SignatureCheck(secret)


async def _until_stopped(server: LocalServer, view: View, serving: ServeOptions) -> None:
    import asyncio

    from cloudwright.cli.signals import on_ending
    from cloudwright.errors import CloudwrightError

    stopped = asyncio.Event()
    on_ending(lambda _: stopped.set())
    try:
        endpoint = await server.start()
    except OSError as error:
        raise CloudwrightError(
            f"can't listen on {serving.host} port {serving.port}: {error.strerror}", hint="--port 0 takes a free port"
        ) from error
    kept = f"resources are kept in {serving.data}" if serving.data else "resources are forgotten at the end"
    from cloudwright.render.contract.answers import ServerLine

    view.message(
        f"{endpoint}  (open it in a browser to look inside; {kept}; Ctrl-C ends)",
        ServerLine(endpoint=endpoint, data=serving.data).as_object(),
    )
    await stopped.wait()
