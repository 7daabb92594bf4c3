"""What IAM's simulator is asked about a list of permissions, and what its answers mean; no I/O."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.permissions.model import EVERY_RESOURCE
from cloudwright.permissions.policy import statements
from cloudwright.plan.model import Finding
from cloudwright.program.source import Source
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.permissions.model import AccountPermissions, Permission
    from cloudwright.plan.model import Plan, Step
    from cloudwright.target import CredentialSource

MISSING, CHECKED, NOT_CHECKED = "permission-missing", "permissions-checked", "permissions-not-checked"
"""The ids of the findings; each can be silenced like that of a rule."""

ORIGIN = "iam:SimulatePrincipalPolicy"

UNSEEN = (
    "The simulation does not see resource policies (of keys, buckets, ...), session policies, endpoint policies and "
    "resource control policies; service control policies and permissions boundaries count as far as IAM reports them"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html (2026-11-28)."""

_ACTION = re.compile(r"[a-zA-Z0-9-]+:[a-zA-Z0-9]+")


@dataclass(frozen=True, slots=True)
class SimulatedCaller:
    """Who has to have which permissions.

    Attributes:
        target: A place that is reached with the caller's credentials.
        permissions: What the caller needs.
    """

    target: Target
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """One simulation: some actions on one resource under the same conditions."""

    resource: str
    conditions: tuple[tuple[str, str, str], ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """A permission that the caller lacks on one resource.

    Attributes:
        permission: The action, with that resource alone.
        cause: What refuses it: `allow` (nothing allows it), `deny`, `boundary` or `organization`.
    """

    permission: Permission
    cause: str


def callers(plan: Plan, needed: Iterable[AccountPermissions]) -> list[SimulatedCaller]:
    """Each credential source of a plan in each account, with what it needs there.

    Args:
        plan: Whose targets they are.
        needed: The permissions of the plan, account by account.
    """
    return [one for account in needed for one in _of_account(plan, account)]


def _of_account(plan: Plan, account: AccountPermissions) -> Iterator[SimulatedCaller]:
    targets = [(step.target, step.key) for step in plan.steps if step.target.partition == account.partition]
    if not account.account:
        yield from (
            SimulatedCaller(Target("", one.region, one.partition), account.permissions) for one, _ in targets[:1]
        )
        return
    sources: dict[CredentialSource, set[str]] = defaultdict(set)
    for target, key in targets:
        if target.account == account.account:
            sources[target.source].add(key)
    for source, keys in sorted(sources.items(), key=lambda item: str(item[0])):
        # What no resource asks for is needed by whoever starts cloudwright, and by a role only where nobody else is.
        alone = all(one.kind == "role" for one in sources)
        own = {""} if source.kind != "role" or alone else set()
        wanted = tuple(one for one in account.permissions if _keys(one) & (keys | own))
        if wanted:
            yield SimulatedCaller(next(one for one, key in targets if one.source == source and key in keys), wanted)


def _keys(permission: Permission) -> set[str]:
    return {reason.key for reason in permission.reasons}


def questions(permissions: Iterable[Permission]) -> tuple[list[SimulationRequest], list[str]]:
    """What is to be simulated, and the actions that can't be: those with a wildcard in their name.

    Args:
        permissions: Of one caller.

    Returns:
        The questions, sorted; and the names that were left out.
    """
    groups: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = defaultdict(set)
    left_out: set[str] = set()
    for one in permissions:
        if not _ACTION.fullmatch(one.action):
            left_out.add(one.action)
            continue
        for resource in one.resources:
            groups[resource, one.conditions].add(one.action)
    asked = [SimulationRequest(*place, tuple(sorted(actions))) for place, actions in sorted(groups.items())]
    return asked, sorted(left_out)


def missing(gaps: Sequence[MissingPermission], steps: Iterable[Step], principal: str) -> list[Finding]:
    """The gaps as findings: one for each resource of the program, property and cause.

    Args:
        gaps: What the caller lacks.
        steps: Know where each resource is declared.
        principal: The user or role that was simulated.
    """
    sources = {step.key: step.source for step in steps}
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[MissingPermission]] = defaultdict(list)
    for gap in gaps:
        why = gap.permission.reasons[0]
        groups[why.key, why.path, gap.cause, gap.permission.resources].append(gap)
    return [
        _finding(group, key, path, sources.get(key, Source()), principal)
        for (key, path, _, _), group in sorted(groups.items(), key=lambda item: item[0])
    ]


def _finding(group: Sequence[MissingPermission], key: str, path: str, source: Source, principal: str) -> Finding:
    actions = ", ".join(sorted({gap.permission.action for gap in group}))
    resource, cause = group[0].permission.resources[0], group[0].cause
    text = f"{principal} may not call {actions} on {resource}: {_CAUSES[cause]}. {_needed(group)}."
    if cause == "allow" and "*" in resource:
        text += " A policy that names resources may still allow it; the simulation was about every resource."
    fix = _FIXES.get(cause) or f"Allow it: {_statement(group)}"
    return Finding(id=MISSING, severity="error", key=key, path=path, text=text, fix=fix, origin=ORIGIN, source=source)


_CAUSES = {
    "allow": "no policy allows it",
    "deny": "a policy denies it",
    "boundary": "the permissions boundary does not allow it",
    "organization": "a policy of the organization (SCP) does not allow it",
}
_FIXES = {
    "deny": "No statement can allow what another one denies: change the policy that denies it.",
    "boundary": "Allow it in the permissions boundary, too.",
    "organization": "Ask the organization's administrator to allow it for this account.",
}


def _needed(group: Sequence[MissingPermission]) -> str:
    why = group[0].permission.reasons[0]
    if not why.key:
        return f"It is needed for {why.note}"
    operations = sorted(
        {reason.operation for gap in group for reason in gap.permission.reasons if reason.key == why.key}
    )
    others = {reason.key for gap in group for reason in gap.permission.reasons} - {why.key}
    more = f", and by {len(others)} more" if others else ""
    return f"{why.key} needs it ({', '.join(operations)}{f'; {why.note}' if why.note else ''}){more}"


def _statement(group: Sequence[MissingPermission]) -> str:
    made = [{**one, "Sid": None} for one in statements(gap.permission for gap in group)]
    bare = [{name: value for name, value in one.items() if name != "Sid"} for one in made]
    return json.dumps(bare[0] if len(bare) == 1 else bare)


def checked(principal: str, count: int, account: str, left_out: Sequence[str]) -> Finding:
    """What was simulated, and what a simulation can't show.

    Args:
        principal: The user or role that was simulated.
        count: How many actions.
        account: Twelve digits, or empty.
        left_out: Actions that can't be simulated.
    """
    where = f" in account {account}" if account else ""
    text = f"IAM simulated {count} actions of {principal}{where}. {UNSEEN}."
    if left_out:
        text += f" Names with a wildcard can't be simulated: {', '.join(left_out)}."
    return Finding(id=CHECKED, severity="info", key="", text=text, origin=ORIGIN)


def not_checked(text: str, fix: str) -> Finding:
    """One caller's permissions could not be checked.

    Args:
        text: Why not.
        fix: The way out.
    """
    return Finding(id=NOT_CHECKED, severity="warning", key="", text=text, fix=fix, origin=ORIGIN)


def narrowed(permission: Permission, question: SimulationRequest) -> bool:
    """Whether a question was about a permission.

    Args:
        permission: One of the caller's.
        question: One of `questions`.
    """
    return (
        permission.action in question.actions
        and question.resource in (permission.resources or EVERY_RESOURCE)
        and permission.conditions == question.conditions
    )
