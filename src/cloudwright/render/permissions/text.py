"""Permissions as text: each action with its resources, and why it is needed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.permissions.policy import ATTACHED_LIMIT
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.permissions.model import AccountPermissions, Permission, Reason
    from cloudwright.permissions.policy import Policy

_SHOWN = 3
"""Reasons shown for one action; the JSON lines have all."""


def permissions_text(accounts: Sequence[AccountPermissions]) -> str:
    """All needed permissions, for each account.

    Args:
        accounts: As `permissions_of` returns them.
    """
    if not accounts:
        return "No permission is needed: no call to AWS would be made."
    return "\n\n".join("\n".join(_account(one)) for one in accounts)


def _account(needed: AccountPermissions) -> Iterator[str]:
    count = len({one.action for one in needed.permissions})
    where = f"account {needed.account}" if needed.account else "the caller of cloudwright"
    yield f"{where} ({needed.partition}): {count} {'action' if count == 1 else 'actions'}"
    for one in needed.permissions:
        yield from _permission(one)


def _permission(one: Permission) -> Iterator[str]:
    guessed = "  (guessed: the schema lists no actions)" if one.guessed else ""
    yield visible(f"  {one.action}  on {', '.join(one.resources)}{guessed}")
    why = [_reason(list(reasons)) for _, reasons in groupby(one.reasons, lambda reason: (reason.key, reason.path))]
    for text in why[:_SHOWN]:
        yield visible(f"      {text}")
    if len(why) > _SHOWN:
        yield f"      and {len(why) - _SHOWN} more"


def _reason(reasons: Sequence[Reason]) -> str:
    first = reasons[0]
    if not first.key:
        return first.note
    operations = ", ".join(dict.fromkeys(reason.operation for reason in reasons))
    notes = ", ".join(dict.fromkeys(reason.note for reason in reasons if reason.note))
    note = f"; {notes}" if notes else ""
    return f"{first.key} {first.path} ({first.type.removeprefix('AWS::')}: {operations}){note}".replace("  ", " ")


def limit_warning(name: str, made: Sequence[Policy]) -> str | None:
    """The warning if there are more policies than a role may have.

    Args:
        name: The policies' name.
        made: The policies of one account.
    """
    if len(made) <= ATTACHED_LIMIT:
        return None
    return (
        f"{name} needs {len(made)} managed policies, and a role may have {ATTACHED_LIMIT} (20 after a quota increase): "
        "split the app, or use a separate role for each part with target(role_arn=...)"
    )
