"""The IAM roles that a resource hands to a service, found in its properties: what `iam:PassRole` is needed for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudwright.program.document import UNKNOWN_MARKER
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from cloudwright.plan.model import Plan, Step
    from cloudwright.schema.pointer import Path

PASS_ROLE = "iam:PassRole"  # noqa: S105 - the name of an action

_ROLE = "AWS::IAM::Role"
_PROFILE = "AWS::IAM::InstanceProfile"
_OTHER_PROFILES = "AWS::DMS::"
"""What this service calls an instance profile names a location of servers, not a role."""
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):role/.+")
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,512}")
_ROLE_PROPERTIES = ("role", "rolename", "rolearn")
_POLICY_WORDS = ("policy", "principal", "statement")
"""In the name of a property whose roles are trusted or named, not handed over."""


@dataclass(frozen=True, slots=True, order=True)
class PassedRole:
    """A role in a property.

    Attributes:
        path: JSON pointer of the property.
        arns: The role's ARN, or patterns that it fits if only its name or its account is known.
    """

    path: str
    arns: tuple[str, ...]


def passed_roles(step: Step, plan: Plan, *, by_name: bool = False) -> tuple[PassedRole, ...]:
    """The roles that a step's properties pass to a service; only roles of the step's own account can be passed.

    Args:
        step: A step that creates or updates something.
        plan: Holds the roles and instance profiles that the properties refer to.
        by_name: The type is known to pass roles, so that a role's name or an unknown value in a property for a role is
            one, too. Otherwise only a role's ARN is.

    Returns:
        Sorted by path. A property that is not text, or speaks of a principal, hands over nothing.
    """
    found = [
        PassedRole(format_pointer(path), arns)
        for path, value in _texts_and_markers(step.desired, ())
        if (arns := _arns(path, value, step, plan, by_name=by_name))
    ]
    return tuple(sorted(found))


def _texts_and_markers(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, str) or (isinstance(node, Mapping) and UNKNOWN_MARKER in node):
        yield path, node
    elif isinstance(node, Mapping):
        for name, child in node.items():
            if not any(word in name.lower() for word in _POLICY_WORDS):
                yield from _texts_and_markers(child, (*path, name))
    elif isinstance(node, (list, tuple)):
        for index, child in enumerate(node):
            yield from _texts_and_markers(child, (*path, str(index)))


def _arns(path: Path, value: Any, step: Step, plan: Plan, *, by_name: bool) -> tuple[str, ...]:
    names = "/".join(path).lower()
    if step.type == _PROFILE:
        return _named(value, step, plan) if path[0] == "Roles" else ()
    if "instanceprofile" in names and not step.type.startswith(_OTHER_PROFILES):
        return _of_profile(value, step, plan)
    if "role" not in names:
        return ()
    return _of_arn(value, step, plan) or (_of_name(path, value, step, plan) if by_name else ())


def _of_arn(value: Any, step: Step, plan: Plan) -> tuple[str, ...]:
    referred = _referred(value, plan)
    if referred is not None:
        is_arn = referred.type == _ROLE and str(value[UNKNOWN_MARKER]).endswith(":/Arn")
        return (role_arn(referred),) if is_arn else ()
    match = _ROLE_ARN.fullmatch(value) if isinstance(value, str) else None
    return (match.group(),) if match and match["account"] == step.target.account else ()


def _of_name(path: Path, value: Any, step: Step, plan: Plan) -> tuple[str, ...]:
    """Of a property for a role: the role of that name; any role of the account where the value is not known."""
    last = next((name for name in reversed(path) if not name.isdigit()), "").lower()
    if isinstance(value, str):
        is_name = last.endswith(("role", "rolename")) and _ROLE_NAME.fullmatch(value)
        return _named(value, step, plan) if is_name else ()
    if not last.endswith(_ROLE_PROPERTIES):
        return ()
    referred = _referred(value, plan)
    return (role_arn(referred),) if referred is not None and referred.type == _ROLE else (any_role(step),)


def _named(value: Any, step: Step, plan: Plan) -> tuple[str, ...]:
    """A role by its name alone: declared in the plan, or with an unknown path."""
    referred = _referred(value, plan)
    if referred is not None:
        return (role_arn(referred),) if referred.type == _ROLE else ()
    if not isinstance(value, str):
        return (any_role(step),)
    declared = [other for other in plan.steps if other.type == _ROLE and other.desired.get("RoleName") == value]
    if declared:
        return (role_arn(declared[0]),)
    prefix = any_role(step).removesuffix("*")
    return (f"{prefix}*/{value}", f"{prefix}{value}")


def _of_profile(value: Any, step: Step, plan: Plan) -> tuple[str, ...]:
    """The roles of an instance profile that the plan declares; any role of the account for another one."""
    profile = _referred(value, plan) or _profile_named(value, plan)
    if profile is None or profile.type != _PROFILE:
        return (any_role(step),)
    roles = profile.desired.get("Roles")
    listed = roles if isinstance(roles, (list, tuple)) else ()
    return tuple(sorted({arn for role in listed for arn in _named(role, profile, plan)}))


def _profile_named(value: Any, plan: Plan) -> Step | None:
    name = value.rpartition("/")[2] if isinstance(value, str) else None
    found = [step for step in plan.steps if step.type == _PROFILE and step.desired.get("InstanceProfileName") == name]
    return found[0] if found and name else None


def _referred(value: Any, plan: Plan) -> Step | None:
    if not isinstance(value, Mapping):
        return None
    key = str(value[UNKNOWN_MARKER]).partition(":/")[0]
    return next((step for step in plan.steps if step.key == key), None)


def role_arn(step: Step) -> str:
    """The ARN that a declared role has or will have; a pattern if its name is not known yet."""
    name, path = step.desired.get("RoleName"), step.desired.get("Path", "/")
    if not isinstance(name, str) or not isinstance(path, str):
        return any_role(step)
    return f"{any_role(step).removesuffix('/*')}{path}{name}"


def any_role(step: Step) -> str:
    """The pattern of every role in a step's account."""
    return f"arn:{step.target.partition}:iam::{step.target.account}:role/*"
