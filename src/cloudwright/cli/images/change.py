"""`images promote`, `rollback` and `retire`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.age import Age
from cloudwright.cli.images.build import _START_OVER
from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import ImagePlan, View
    from cloudwright.imagebuilder.delivery.retirement import RetireResult
    from cloudwright.imagebuilder.delivery.rollback import RollbackResult

_PROMOTE = """\b
Examples:
  cloudwright images promote ami-0a1b2c3d4e5f60718 --to prod
  cloudwright images promote ssm:/imagebuilder/golden infra.py --to prod
  cloudwright images promote dev infra.py --to prod

\b
SOURCE is an AMI id, ssm: and a parameter's name, an image's ARN, or the key of
a distribution configuration, for its newest image.
Exit codes: 0 all cells delivered, 3 some are missing, 1 failed or cancelled.
"""

_ROLLBACK = """\b
Examples:
  cloudwright images rollback prod
  cloudwright images rollback prod infra.py --to 1.0.0/3
  cloudwright images rollback prod infra.py --permissions

\b
Exit codes: 0 all moved, 3 some failed, 1 failed.
"""

_RETIRE = """\b
Examples:
  cloudwright images retire --older-than 180d --keep 3
  cloudwright images retire infra.py --older-than 90d --action deprecate
  cloudwright images retire infra.py --ami ami-0a1b2c3d4e5f60718

\b
Exit codes: 0 all retired, 3 some failed, 1 failed.
"""

_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.command("promote", epilog=_PROMOTE)
@click.argument("source")
@with_program
@click.option("--to", metavar="KEY", required=True, help="The distribution configuration to distribute it with.")
@click.option("--role", metavar="ARN", help="The role that Image Builder uses. Default: its service-linked role.")
@_START_OVER
@_YES
def promote(call: CommandOptions, *, source: str, to: str, role: str | None, start_over: bool, yes: bool) -> int:
    """Distribute an existing image with another configuration. Does not build it again."""

    async def body(view: View) -> int:
        from cloudwright.cli.images.following import followed
        from cloudwright.cli.program import app_for

        app = app_for(call)
        approve = _approval(view, f"Promote {source} to {to}?", yes=yes)
        work = app.images.promote(source, to, approve=approve, watch=view.building, start_over=start_over, role=role)
        return await followed(call, app, view, work)

    return _run(call, "images promote", body)


@click.command("rollback", epilog=_ROLLBACK)
@click.argument("key")
@with_program
@click.option("--to", "version", metavar="VERSION", help="The version to go back to. Default: the previous image.")
@click.option("--permissions", is_flag=True, help="Also remove the launch permissions of the newer images.")
@_YES
def rollback(call: CommandOptions, *, key: str, version: str | None, permissions: bool, yes: bool) -> int:
    """Go back to the previous image. Resets parameters and launch templates; builds nothing."""

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for

        approve = _approval(view, f"Roll {key} back?", yes=yes)
        result = await app_for(call).images.rollback(key, version=version, permissions=permissions, approve=approve)
        return _show_changes(view, result)

    return _run(call, "images rollback", body)


@click.command("retire", epilog=_RETIRE)
@with_program
@click.option("--key", metavar="KEY", help="The distribution configuration; needed only if there are several.")
@click.option("--ami", "amis", metavar="ID", multiple=True, help="Retire this AMI. Repeatable.")
@click.option("--older-than", type=Age(), metavar="AGE", help="Retire images that are older, such as 180d.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the N newest in each account and Region.")
@click.option(
    "--action",
    type=click.Choice(["deprecate", "disable", "deregister"]),
    default="deregister",
    show_default=True,
    help="What to do with the images; deregister also deletes their snapshots.",
)
@click.option(
    "--protect-days",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="N",
    help="Keep images that were launched in the last N days.",
)
@click.option("--role", default="", metavar="ARN", help="The role that Image Builder uses to retire its own images.")
@_YES
def retire(
    call: CommandOptions,
    *,
    key: str | None,
    amis: tuple[str, ...],
    older_than: float | None,
    keep: int | None,
    action: str,
    protect_days: int,
    role: str,
    yes: bool,
) -> int:
    """Retire old images in every account and Region of a distribution.

    Keeps images that are in use or referenced, and the newest one in each account and Region.
    """
    if amis and (older_than is not None or keep is not None):
        raise click.UsageError("--ami names the images; --older-than and --keep choose them: give one or the other")

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.imagebuilder.delivery.retirement import RetireAction, RetireRules

        rules = RetireRules(
            amis=amis,
            older_than=older_than,
            keep=keep,
            action=RetireAction(action),
            protect_days=protect_days,
            role=role,
        )
        approve = _approval(view, f"{action.capitalize()} them?", yes=yes)
        result = await app_for(call).images.retire(key, rules=rules, approve=approve)
        if not (result.declined or result.plan.steps):
            view.image_plan(result.plan)
        return _show_changes(view, result)

    return _run(call, "images retire", body)


def _approval(view: View, question: str, *, yes: bool) -> Callable[[ImagePlan], Awaitable[bool]]:
    """Shows a plan and asks about it, unless the user has said yes in advance."""

    async def approve(plan: ImagePlan) -> bool:
        from cloudwright.cli.approval import agreed

        view.image_plan(plan)
        return agreed(question, yes=yes)

    return approve


def _show_changes(view: View, result: RollbackResult | RetireResult) -> int:
    """Shows what a rollback or a retirement did, and returns its exit code."""
    from cloudwright.cli.approval import declined

    if result.declined:
        declined(view)
        return 1
    return view.image_changes(result)


def _run(call: CommandOptions, command: str, body: Callable[[View], Awaitable[int]]) -> int:
    from cloudwright.cli.run_command import run_command

    return run_command(call, command, body)


COMMANDS = (promote, rollback, retire)
