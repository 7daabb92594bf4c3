"""IAM policies, evaluated by action and resource: an explicit deny, else an allow, else an implicit deny.

Source: IAM User Guide, "Policy evaluation logic" and "JSON policy elements". Action names are case-insensitive; `*` and
`?` match any text and any character.
"""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.model.json_text import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


class AccessDecision(StrEnum):
    """A policy's decision on one action and one resource, in the terms of SimulatePrincipalPolicy."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        allows: Whether its effect is `Allow`.
        actions: Patterns.
        resources: Patterns.
        actions_excepted: The patterns are those of `NotAction`: the statement applies to all others.
        resources_excepted: The same for `NotResource`.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    actions_excepted: bool = False
    resources_excepted: bool = False

    def is_about(self, action: str, resource: str | None) -> bool:
        """Whether the statement applies to an action on a resource.

        Args:
            action: Such as `sns:CreateTopic`.
            resource: An ARN or `*`; `None` if nobody knows which. Then an `Allow` applies, and a `Deny` only if it
                applies to every resource.
        """
        named = any(_matches(pattern.lower(), action.lower()) for pattern in self.actions)
        return named != self.actions_excepted and self._covers(resource)

    def _covers(self, resource: str | None) -> bool:
        if resource is None:
            return self.allows or ("*" in self.resources and not self.resources_excepted)
        return any(_matches(pattern, resource) for pattern in self.resources) != self.resources_excepted


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """All statements that apply to the callers of one cloud."""

    statements: tuple[Statement, ...] = field(default=())

    def decide(self, action: str, resource: str | None) -> AccessDecision:
        """The decision on an action.

        Args:
            action: Such as `sns:CreateTopic`.
            resource: An ARN or `*`; `None` if nobody knows which.
        """
        about = [one for one in self.statements if one.is_about(action, resource)]
        if any(not one.allows for one in about):
            return AccessDecision.EXPLICIT_DENY
        return AccessDecision.ALLOWED if about else AccessDecision.IMPLICIT_DENY


def read_policy(text: str) -> AccessPolicy:
    """Policies from JSON.

    Args:
        text: One policy document, a list of them, or an object of them by name, as `cloudwright permissions --policy`
            prints it. They apply together, like policies attached to one role.

    Raises:
        ValueError: It is not such a text, or contains something that can't be evaluated here; the message says where.
    """
    return policy_of(parse_json(text))


def policy_of(given: Any) -> AccessPolicy:
    """The same from decoded JSON.

    Args:
        given: As `read_policy` takes it.

    Raises:
        ValueError: It is not a policy.
    """
    return AccessPolicy(tuple(statement for document in _documents(given) for statement in _statements(document)))


def _documents(given: Any) -> list[Any]:
    if isinstance(given, dict) and "Statement" not in given:
        given = list(given.values())
    documents = given if isinstance(given, list) else [given]
    if not documents or not all(isinstance(one, dict) and "Statement" in one for one in documents):
        raise ValueError(
            "it is not an IAM policy: a JSON object with Statement, a list of such, or an object of them by name"
        )
    return documents


def _statements(document: dict[str, Any]) -> Iterator[Statement]:
    listed = document["Statement"]
    for number, one in enumerate(listed if isinstance(listed, list) else [listed], 1):
        if not isinstance(one, dict):
            raise ValueError(f"statement {number} is not an object")  # noqa: TRY004 - a mistake in a file
        yield _statement(one, f"statement {one.get('Sid') or number}")


def _statement(given: dict[str, Any], name: str) -> Statement:
    unknown = sorted(given.keys() - _ELEMENTS)
    if unknown:
        raise ValueError(f"{name} has {', '.join(unknown)}, which is not allowed in a policy of a user or role")
    allows = given.get("Effect") == "Allow"
    if not allows and given.get("Effect") != "Deny":
        raise ValueError(f"{name}: Effect must be Allow or Deny")
    if not allows and given.get("Condition"):
        raise ValueError(f"{name} denies under a Condition, but the local cloud does not evaluate conditions")
    actions, actions_excepted = _either(given, "Action", name)
    resources, resources_excepted = _either(given, "Resource", name)
    return Statement(allows, actions, resources, actions_excepted, resources_excepted)


def _either(given: dict[str, Any], element: str, name: str) -> tuple[tuple[str, ...], bool]:
    """The patterns of `Action` or `NotAction`, and whether it is the latter."""
    present = [one for one in (element, f"Not{element}") if one in given]
    if len(present) != 1:
        raise ValueError(f"{name} needs either {element} or Not{element}")
    value = given[present[0]]
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) for one in patterns):
        raise ValueError(f"{name}: {present[0]} is a text or a list of texts")
    return tuple(patterns), present[0] != element


def _matches(pattern: str, text: str) -> bool:
    return pattern == "*" or _expression(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
