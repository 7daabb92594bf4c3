"""Permissions, policies and roles as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.render.contract.answers import PermissionLine, PolicyLine, ReasonPart, RoleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.permissions.ci import Role
    from cloudwright.permissions.model import AccountPermissions, Permission
    from cloudwright.permissions.policy import Policy


def permission_lines(accounts: Sequence[AccountPermissions]) -> list[dict[str, Any]]:
    """One line for each action on its resources.

    Args:
        accounts: As `permissions_of` returns them.
    """
    return [_permission(account, one) for account in accounts for one in account.permissions]


def _permission(account: AccountPermissions, one: Permission) -> dict[str, Any]:
    return PermissionLine(
        partition=account.partition,
        account=account.account,
        action=one.action,
        resources=one.resources,
        conditions=one.conditions,
        guessed=one.guessed,
        reasons=[
            ReasonPart(key=why.key, type=why.type, operation=why.operation, path=why.path, note=why.note)
            for why in one.reasons
        ],
    ).as_object()


def policy_lines(made: Sequence[Policy]) -> list[dict[str, Any]]:
    """One line for each policy."""
    return [
        PolicyLine(account=one.account, name=one.name, size=one.size, document=one.document).as_object() for one in made
    ]


def role_line(role: Role) -> dict[str, Any]:
    """A role for CI; its policies are separate lines."""
    return RoleLine(
        account=role.account, name=role.name, trust=role.trust, policies=[one.name for one in role.policies]
    ).as_object()
