"""May the caller of each target do what a plan needs? IAM's simulator is asked; what is missing becomes findings."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.lazy_dataclass import replace
from cloudwright.permissions.simulation import (
    MissingPermission,
    SimulatedCaller,
    callers,
    checked,
    missing,
    narrowed,
    not_checked,
    questions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.control.client import CloudControl
    from cloudwright.permissions.model import AccountPermissions, Permission
    from cloudwright.permissions.simulation import SimulationRequest
    from cloudwright.plan.model import Finding, Plan, Step
    from cloudwright.services.iam import SimulatedDecision, Simulator

_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation"})


async def check_permissions(
    control: CloudControl, simulator: Simulator, plan: Plan, needed: Iterable[AccountPermissions]
) -> tuple[Finding, ...]:
    """Have each caller's permissions simulated, all accounts side by side.

    Args:
        control: Identifies the callers.
        simulator: Where to ask.
        plan: Whose targets they are.
        needed: What the plan needs, account by account.

    Returns:
        What is missing, and for each caller what was checked or why it was not. Nothing raises.
    """
    asked = (check_caller(control, simulator, plan.steps, caller) for caller in callers(plan, needed))
    return tuple(finding for found in await asyncio.gather(*asked) for finding in found)


async def check_caller(
    control: CloudControl, simulator: Simulator, steps: Sequence[Step], caller: SimulatedCaller
) -> list[Finding]:
    """The same for one caller.

    Args:
        control: Identifies the caller.
        simulator: Where to ask.
        steps: Know where each resource is declared.
        caller: With what it needs.
    """
    who = ""
    try:
        who = (await control.caller(caller.target)).arn
        principal = await simulator.principal(caller.target, who)
        asked, left_out = questions(caller.permissions)
        gaps: list[MissingPermission] = []
        for question in asked:
            decisions = await simulator.simulate(
                caller.target, principal, question.actions, question.resource, question.conditions
            )
            gaps += _gaps(caller.permissions, question, decisions)
    except CloudwrightError as error:
        return [_unchecked(caller, who, error)]
    count = len({action for question in asked for action in question.actions})
    return [*missing(gaps, steps, principal), checked(principal, count, caller.target.account, left_out)]


def _gaps(
    permissions: Sequence[Permission], question: SimulationRequest, decisions: Iterable[SimulatedDecision]
) -> list[MissingPermission]:
    refused = {one.action.lower(): _cause(one) for one in decisions if not one.allowed}
    return [
        MissingPermission(replace(one, resources=(question.resource,)), refused[one.action.lower()])
        for one in permissions
        if narrowed(one, question) and one.action.lower() in refused
    ]


def _cause(decision: SimulatedDecision) -> str:
    if decision.organization:
        return "organization"
    if decision.bounded:
        return "boundary"
    return "deny" if decision.explicit else "allow"


def _unchecked(caller: SimulatedCaller, who: str, error: CloudwrightError) -> Finding:
    place = f"account {caller.target.account}" if caller.target.account else "the caller's account"
    if isinstance(error, ServiceError) and error.name in _DENIED:
        statement = {"Effect": "Allow", "Action": ["iam:GetRole", "iam:SimulatePrincipalPolicy"], "Resource": "*"}
        text = f"The permissions in {place} were not checked: {who or 'the caller'} may not simulate its own policies."
        return not_checked(text, f"Allow it: {json.dumps(statement)}; or compare the policy that `permissions` prints.")
    text = f"The permissions in {place} were not checked: {error.message}."
    return not_checked(text.replace("..", "."), error.hint or "Compare the policy that `permissions` prints.")
