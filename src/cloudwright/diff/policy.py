"""IAM policy documents, compared by meaning (CC33).

IAM's grammar allows many spellings of one policy: a single statement, action, resource or principal with or without a
list, lists in any order, `Sid` returned as text, an account as its number or its root ARN, and condition values as text
or numbers.

Source: IAM user guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
_LISTS = frozenset({"Action", "NotAction", "Resource", "NotResource"})
_PRINCIPALS = frozenset({"Principal", "NotPrincipal"})


def is_policy(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a document is an IAM policy: it has statements, and each of them an effect.

    Args:
        value: Any JSON value.
    """
    if not isinstance(value, dict) or "Statement" not in value:
        return False
    statements = _listed(value["Statement"])
    return bool(statements) and all(isinstance(one, dict) and "Effect" in one for one in statements)


def canonical_policy(policy: dict[str, Any]) -> Any:
    """The normal form of a policy.

    A missing `Version` is distinct from an explicit one: it means 2008-10-17, which has no policy variables.

    Args:
        policy: A document for which `is_policy` holds.
    """
    version = policy.get("Version", "2008-10-17")
    rest = {key: value for key, value in policy.items() if key not in {"Version", "Statement"}}
    return {
        **rest,
        "Version": version,
        "Statement": _unordered([_statement(one) for one in _listed(policy["Statement"])]),
    }


def foreign_statements(want: Any, have: Any, before: Any) -> dict[int, dict[str, Any]]:
    """The statements of a live policy that the program never declared, by their position.

    A statement is identified by its `Sid`; one without, by its meaning.

    Args:
        want: The desired policy.
        have: The live policy.
        before: The policy declared before; any other value if there was none.
    """
    if not is_policy(have):
        return {}
    ours = [one for policy in (want, before) if is_policy(policy) for one in _listed(policy["Statement"])]
    names = {one["Sid"] for one in ours if one.get("Sid")}
    forms = {json.dumps(_statement(one), sort_keys=True) for one in ours}
    return {
        at: one
        for at, one in enumerate(_listed(have["Statement"]))
        if one.get("Sid") not in names and json.dumps(_statement(one), sort_keys=True) not in forms
    }


def without_statements(policy: dict[str, Any], places: Container[int]) -> dict[str, Any]:
    """A policy without some of its statements.

    Args:
        policy: A document for which `is_policy` holds.
        places: Positions of the statements that are left out.
    """
    return {**policy, "Statement": [one for at, one in enumerate(_listed(policy["Statement"])) if at not in places]}


def with_statements(policy: dict[str, Any], added: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A policy with more statements.

    Args:
        policy: A document for which `is_policy` holds.
        added: Statements to append.
    """
    return {**policy, "Statement": [*_listed(policy["Statement"]), *added]}


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: _element(key, value) for key, value in statement.items() if not (key == "Sid" and value == "")}


def _element(key: str, value: Any) -> Any:
    if key in _LISTS:
        # Action names are matched without regard to case; resources are not.
        return _unordered([_text(one).lower() if key.endswith("Action") else _text(one) for one in _listed(value)])
    if key in _PRINCIPALS:
        return _principal(value)
    if key == "Condition" and isinstance(value, dict):
        return {operator: _condition(keys) for operator, keys in value.items()}
    return _text(value) if key == "Sid" else value


def _principal(value: Any) -> Any:
    if value == "*":
        return {"AWS": ["*"]}
    if not isinstance(value, dict):
        return value
    return {kind: _unordered([_account(_text(one)) for one in _listed(names)]) for kind, names in value.items()}


def _account(name: str) -> str:
    root = _ROOT.fullmatch(name)
    return root[1] if root else name


def _condition(keys: Any) -> Any:
    if not isinstance(keys, dict):
        return keys
    # Condition keys are matched without regard to case.
    return {key.lower(): _unordered([_text(one) for one in _listed(value)]) for key, value in keys.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _unordered(values: list[Any]) -> list[Any]:
    # Naming an action or a statement twice means no more than naming it once.
    distinct = {json.dumps(value, sort_keys=True): value for value in values}
    return [distinct[text] for text in sorted(distinct)]
