"""IAM's SimulatePrincipalPolicy, for the one policy that applies to all callers.

Source of the members: botocore's service model `iam/2010-05-08`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.query_form import Form, QueryRefused

if TYPE_CHECKING:
    from cloudwright.local.access.gate import Gate

_PRINCIPAL = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(user|role|group)/.+")
_ACTION = re.compile(r"[a-zA-Z0-9-]{1,64}:[a-zA-Z0-9]{1,128}")
_PAGE = 100


def simulated(gate: Gate, form: Form) -> dict[str, Any]:
    """The result of one simulation: each action on each resource.

    Raises:
        QueryRefused: It names no user, role or group, or an invalid action.
    """
    principal = form.get("PolicySourceArn", "")
    if not _PRINCIPAL.fullmatch(principal):
        text = f"Invalid Entity Arn: {principal} does not clearly define entity type and name."
        raise QueryRefused("InvalidInput", text)
    actions = _listed(form, "ActionNames")
    wrong = next((one for one in actions if not _ACTION.fullmatch(one)), None)
    if wrong is not None or not actions:
        raise QueryRefused("InvalidInput", f"Invalid Input Action name: {wrong or 'none is given'}")
    asked = [(action, resource) for action in actions for resource in _listed(form, "ResourceArns") or ["*"]]
    start, size = _page(form)
    page: dict[str, Any] = {"IsTruncated": "false"}
    if start + size < len(asked):
        page = {"IsTruncated": "true", "Marker": str(start + size)}
    return {"EvaluationResults": [_result(gate, *one) for one in asked[start : start + size]], **page}


def _result(gate: Gate, action: str, resource: str) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": str(gate.decide(action, resource)),
        "MatchedStatements": [],
        "MissingContextValues": [],
    }


def _page(form: Form) -> tuple[int, int]:
    start, size = form.get("Marker", "0"), form.get("MaxItems", str(_PAGE))
    if not re.fullmatch(r"[0-9]{1,9}", start) or not re.fullmatch(r"[1-9][0-9]{0,3}", size):
        raise QueryRefused("ValidationError", "Marker and MaxItems must come from an earlier answer and be 1 to 1000")
    return int(start), int(size)


def _listed(form: Form, name: str) -> list[str]:
    """The values of a list, in order: `NAME.member.1`, `NAME.member.2`, ..."""
    prefix = f"{name}.member."
    numbered = {key.removeprefix(prefix): value for key, value in form.items() if key.startswith(prefix)}
    return [numbered[key] for key in sorted(numbered, key=lambda key: int(key) if key.isdigit() else 0)]
