"""IAM policy documents for needed permissions: as few statements as possible, split at IAM's limits.

Limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (2026-11-28). Blanks don't count.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.permissions.model import AccountPermissions, Permission

DOCUMENT_LIMIT = 6_144
"""Characters of a managed policy."""
ATTACHED_LIMIT = 10
"""Managed policies that a role may have; AWS raises it to 20 on request."""
VERSION = "2012-10-17"

Statement: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Policy:
    """One managed policy.

    Attributes:
        name: `PURPOSE-ACCOUNT`, with a number where it was split.
        account: Twelve digits, or empty.
        document: The policy's JSON.
        size: Its characters as IAM counts them.
    """

    name: str
    account: str
    document: Mapping[str, Any]
    size: int


def policies(needed: AccountPermissions, name: str) -> tuple[Policy, ...]:
    """What one account needs, as managed policies.

    Args:
        needed: The permissions.
        name: What the policies are called; numbered if there are several.

    Returns:
        In order of services; each fits the limit. More than `ATTACHED_LIMIT` of them can't be attached to one role.
    """
    groups = _packed(_fitting(statements(needed.permissions)))
    suffixes = [""] if len(groups) == 1 else [f"-{number}" for number in range(1, len(groups) + 1)]
    return tuple(
        Policy(name + suffix, needed.account, document := _document(group), size(document))
        for suffix, group in zip(suffixes, groups, strict=True)
    )


def statements(permissions: Iterable[Permission]) -> list[Statement]:
    """Statements with a readable and stable Sid, one for each service, set of resources and condition."""
    spread: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for (action, conditions), resources in _by_action(permissions).items():
        spread[action.partition(":")[0], tuple(sorted(resources)), conditions].add(action)
    taken: dict[str, int] = defaultdict(int)
    return [
        _statement(_sid(service, taken), actions, resources, conditions)
        for (service, resources, conditions), actions in sorted(spread.items())
    ]


def _by_action(permissions: Iterable[Permission]) -> dict[tuple[str, Any], set[str]]:
    """The resources of each action; `*` includes all others, and `ec2:Describe*` all actions with that prefix."""
    listed = list(permissions)
    patterns = {one.action.lower()[:-1] for one in listed if _covers_others(one)}
    found: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for one in listed:
        action = one.action.lower()
        if not any(action.startswith(begin) and action != f"{begin}*" for begin in patterns):
            found[one.action, one.conditions].update(one.resources)
    return {action: {"*"} if "*" in resources else resources for action, resources in found.items()}


def _covers_others(permission: Permission) -> bool:
    return permission.action.endswith("*") and "*" in permission.resources and not permission.conditions


def _sid(service: str, taken: dict[str, int]) -> str:
    taken[service] += 1
    word = "".join(part.capitalize() for part in service.split("-"))
    return word if taken[service] == 1 else f"{word}{taken[service]}"


def _statement(
    sid: str, actions: Iterable[str], resources: Sequence[str], conditions: Iterable[tuple[str, str, str]]
) -> Statement:
    tests: dict[str, dict[str, str]] = defaultdict(dict)
    for operator, key, value in conditions:
        tests[operator][key] = value
    made: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**made, "Condition": dict(tests)} if tests else made


def _fitting(whole: Iterable[Statement]) -> list[Statement]:
    return [part for statement in whole for part in _halved(statement)]


def _halved(statement: Statement) -> list[Statement]:
    """The statement, in as many parts as the limit of a document requires."""
    longest = max(("Action", "Resource"), key=lambda name: len(statement[name]))
    values = statement[longest]
    if size(_document([statement])) <= DOCUMENT_LIMIT or len(values) == 1:
        return [statement]
    middle = len(values) // 2
    halves = (values[:middle], values[middle:])
    parts = [{**statement, longest: half} for half in halves]
    parts[1]["Sid"] = f"{statement['Sid']}More"
    return [piece for part in parts for piece in _halved(part)]


def _packed(pieces: Iterable[Statement]) -> list[list[Statement]]:
    groups: list[list[Statement]] = []
    for piece in pieces:
        if groups and size(_document([*groups[-1], piece])) <= DOCUMENT_LIMIT:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _document(group: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(group)}


def size(document: Mapping[str, Any]) -> int:
    """Characters of a document as IAM counts them: without blanks."""
    return len(json.dumps(document, separators=(",", ":")))
