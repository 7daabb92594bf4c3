"""`cloudwright permissions`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.permissions.ci import Role
    from cloudwright.permissions.model import AccountPermissions
    from cloudwright.permissions.policy import Policy
    from cloudwright.plan.model import Plan

PURPOSES = ("plan", "deploy", "drift", "destroy", "images", "lifecycle")

_EPILOG = """\b
Examples:
  cloudwright permissions
  cloudwright permissions infra.py --for plan --ask-service
  cloudwright permissions infra.py --check
  cloudwright permissions infra.py --for lifecycle --policy > policy.json
  cloudwright permissions infra.py --ci OWNER/REPOSITORY
"""


@click.command("permissions", epilog=_EPILOG)
@with_program
@click.option(
    "--for",
    "purpose",
    type=click.Choice(PURPOSES),
    default="deploy",
    show_default=True,
    help="The command to allow. lifecycle: every later deploy of the program.",
)
@click.option("--ask-service", is_flag=True, help="With --for plan: include what plan --ask-service needs.")
@click.option("--check", is_flag=True, help="Have IAM simulate whether each caller has these permissions.")
@click.option("--strict", is_flag=True, help="With --check: exit with 5 if a permission is missing.")
@click.option("--policy", is_flag=True, help="Write IAM policies, split to fit IAM's limits.")
@click.option(
    "--ci", "repository", metavar="OWNER/NAME", help="Write a plan role and a deploy role for GitHub Actions."
)
@click.option("--branch", default="main", show_default=True, metavar="NAME", help="With --ci: the branch that deploys.")
def command(call: CommandOptions, *, repository: str | None, branch: str, **given: Any) -> int:
    """Show which IAM permissions a command needs, and why. Changes nothing."""
    from cloudwright.cli.run_command import run_command

    _refuse_combinations(repository, **given)
    body = partial(_for_ci, call, repository, branch) if repository else partial(_needed, call, **given)
    return run_command(call, "permissions", body)


def _refuse_combinations(
    repository: str | None, *, purpose: str, ask_service: bool, check: bool, strict: bool, policy: bool
) -> None:
    if policy and repository:
        raise click.UsageError("--ci writes policies of its own; leave out --policy")
    if check and (policy or repository):
        raise click.UsageError("--check looks at the caller, --policy and --ci write policies; use one of them")
    if ask_service and purpose != "plan":
        raise click.UsageError("--ask-service is valid only with --for plan")
    if strict and not check:
        raise click.UsageError("--strict is valid only with --check")


async def _for_ci(call: CommandOptions, repository: str, branch: str, view: View) -> int:
    from cloudwright.cli.program import app_for

    _show_roles(view, await _roles(app_for(call), repository, branch))
    return 0


async def _needed(
    call: CommandOptions, view: View, *, purpose: str, ask_service: bool, check: bool, strict: bool, policy: bool
) -> int:
    from cloudwright.cli.program import app_for
    from cloudwright.permissions.model import Purpose
    from cloudwright.render.permissions.lines import permission_lines
    from cloudwright.render.permissions.text import permissions_text

    app = app_for(call)
    plan = await app.plan()
    needed = await app.permissions(Purpose.ASK_SERVICE if ask_service else Purpose(purpose), plan=plan)
    if policy:
        _show_policies(view, needed, purpose)
        return 0
    view.listing([permissions_text(needed)], permission_lines(needed))
    if check:
        await _check(view, app, plan, needed, strict=strict)
    return 0


async def _check(view: View, app: App, plan: Plan, needed: Sequence[AccountPermissions], *, strict: bool) -> None:
    from cloudwright.lazy_dataclass import replace
    from cloudwright.plan.findings import errors, refuse
    from cloudwright.render.detail import Detail

    found = await app.check_permissions(replace(plan, findings=()), needed)
    view.findings(found.findings, Detail.FULL)
    if strict:
        refuse(found, errors(found.findings))


def _show_policies(view: View, needed: Sequence[AccountPermissions], purpose: str) -> None:
    from cloudwright.permissions.policy import policies
    from cloudwright.render.permissions.lines import policy_lines

    made = [one for account in needed for one in _warned(policies(account, f"{purpose}-{account.name}"))]
    view.listing([_json({one.name: one.document for one in made})], policy_lines(made))


def _warned(made: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The same policies, with a word on standard error if a role can't have so many."""
    import logging

    from cloudwright.render.permissions.text import limit_warning

    warning = limit_warning(made[0].name.removesuffix("-1"), made)
    if warning:
        logging.getLogger(__name__).warning("%s", warning)
    return made


async def _roles(app: App, repository: str, branch: str) -> list[Role]:
    from cloudwright.permissions.ci import ci_role
    from cloudwright.permissions.model import Purpose

    found: list[Role] = []
    wanted = (("plan", Purpose.PLAN, "pull_request"), ("deploy", Purpose.LIFECYCLE, f"ref:refs/heads/{branch}"))
    for word, purpose, subject in wanted:
        needed = await app.permissions(purpose)
        found += [ci_role(one, f"cloudwright-{app.name}-{word}", repository, subject) for one in needed]
    return found


def _show_roles(view: View, roles: Sequence[Role]) -> None:
    from cloudwright.render.permissions.lines import policy_lines, role_line

    shown = {
        f"{role.name}@{role.account or 'caller'}": {
            "trust": role.trust,
            "policies": {one.name: one.document for one in _warned(role.policies)},
        }
        for role in roles
    }
    view.listing([_json(shown)], [line for one in roles for line in (role_line(one), *policy_lines(one.policies))])


def _json(document: Any) -> str:
    import json

    return json.dumps(document, indent=2)
