"""Which IAM roles a resource passes to its service: the service checks `iam:PassRole` for each of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType

PASS_ROLE = "iam:PassRole"  # noqa: S105 - the name of an action

_PROFILE = "AWS::IAM::InstanceProfile"
_OTHER_PROFILES = "AWS::DMS::"
"""In this service, an instance profile describes where its servers run, and has no role."""
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):role/.+")
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,512}")
_NOT_HANDED = ("policy", "principal", "statement")
"""In the name of a property whose roles are trusted or named, but not passed."""


def passed_roles(kind: LocalType, handler: str, sent: Mapping[str, Any], account: str) -> list[str | None]:
    """The roles that a create or an update passes to the service.

    Args:
        kind: The resource type.
        handler: Such as `create`; deletes and reads pass no role.
        sent: The requested model.
        account: The caller's; roles of other accounts can't be passed.

    Returns:
        ARNs; `None` for a role that its property does not name by ARN.
    """
    if handler not in {"create", "update"}:
        return []
    named = PASS_ROLE in kind.permissions.get(handler, ())
    found = (_handed(kind.name, path, text, account, named=named) for path, text in _texts(sent, ()))
    return [one for roles in found for one in roles]


def _handed(type_name: str, path: Path, text: str, account: str, *, named: bool) -> list[str | None]:
    names = "/".join(path).lower()
    if type_name == _PROFILE:
        return [None] if path[0] == "Roles" else []
    if "instanceprofile" in names and not type_name.startswith(_OTHER_PROFILES):
        return [None]
    if "role" not in names:
        return []
    arn = _ROLE_ARN.fullmatch(text)
    if arn is not None:
        return [text] if arn["account"] == account else []
    is_name = named and _last_name(path).endswith(("role", "rolename")) and _ROLE_NAME.fullmatch(text)
    return [None] if is_name else []


def _last_name(path: Path) -> str:
    return next((name for name in reversed(path) if not name.isdigit()), "").lower()


def _texts(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for name, child in node.items():
            if not any(word in name.lower() for word in _NOT_HANDED):
                yield from _texts(child, (*path, name))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _texts(child, (*path, str(index)))
