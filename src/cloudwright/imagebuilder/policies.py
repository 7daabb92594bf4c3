"""Reads IAM and KMS policies of the plan: whom a statement names and what it allows.

Each answer is yes, no, or `None` if the plan does not show it.
"""

from __future__ import annotations

import fnmatch
import json
import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.property_node import PropertyNode

if TYPE_CHECKING:
    from collections.abc import Iterable

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::.*)?", re.DOTALL)


def statements(policy: PropertyNode) -> tuple[PropertyNode, ...] | None:
    """The statements of a policy, written as an object or as JSON text; `None` if they are not known."""
    if policy.unknown:
        return None
    if policy.text is not None:
        policy = _parsed(policy)
    found = policy["Statement"]
    if found.unknown or any(node.unknown for node in found.elements):
        return None
    return (found,) if found.fields else found.elements


def allows(statement: PropertyNode, action: str) -> bool:
    """Whether a statement allows an action, such as `kms:CreateGrant`; wildcards count."""
    if statement["Effect"].text != "Allow":
        return False
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in _strings(statement["Action"]))


def names(statement: PropertyNode, account: str) -> bool | None:
    """Whether a statement's principals name an account: by ARN, by number, or by `*` without a condition."""
    principal = statement["Principal"]
    node = principal if principal.text is not None else principal["AWS"]
    values = _strings(node)
    if any(account in _ACCOUNT.findall(value) for value in values):
        return True
    if "*" in values:
        return None if statement["Condition"].present else True
    return None if principal.unknown or not node.whole else False


def everyone(statement: PropertyNode) -> bool:
    """Whether a statement's principal is `*`."""
    principal = statement["Principal"]
    return principal.text == "*" or "*" in _strings(principal["AWS"])


def mentions(node: PropertyNode, text: str) -> bool:
    """Whether a text occurs in any string below a node, as the id of an organisation in a condition does."""
    return any(text in (single.text or "") for single in node.walk())


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Yes if any is yes; else `None` if any is unknown; else no."""
    given = tuple(answers)
    return True if True in given else (None if None in given else False)


def _strings(node: PropertyNode) -> tuple[str, ...]:
    return (node.text,) if node.text is not None else node.texts


def _parsed(policy: PropertyNode) -> PropertyNode:
    try:
        return PropertyNode(json.loads(policy.text or ""), policy.path)
    except ValueError:
        return PropertyNode({}, policy.path)
