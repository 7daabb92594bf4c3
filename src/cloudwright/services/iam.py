"""IAM's policy simulator: may a user or role call these actions? It carries nothing out.

Source: botocore's service model `iam/2010-05-08`, operations SimulatePrincipalPolicy and GetRole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.control import query
from cloudwright.control.model import Call
from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.control.model import Reply
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

SERVICE = "iam"

AT_ONCE = 100
"""Actions in one request. The API states no limit on them, but answers 100 results a page unless asked for more."""

_SESSION = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>[0-9]{12}):assumed-role/(?P<role>[^/]+)/.+")
_ENTITY = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(user|role)/.+")


class NotSimulated(CloudwrightError):
    """The caller is neither a user nor a role, so it has no policies that can be simulated."""


@dataclass(frozen=True, slots=True)
class SimulatedDecision:
    """What the simulation says about one action.

    Attributes:
        action: As it was asked.
        allowed: Whether the caller may call it.
        explicit: Whether a statement denies it.
        bounded: Whether the permissions boundary does not allow it.
        organization: Whether a policy of the organization does not allow it.
    """

    action: str
    allowed: bool
    explicit: bool = False
    bounded: bool = False
    organization: bool = False


class Simulator:
    """Asks IAM what a caller may do."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet."""
        self._port = port

    async def principal(self, target: Target, caller: str) -> str:
        """The user or role whose policies count for a caller; a session of a role is simulated as its role.

        The ARN of a session lacks the role's path, so the role is looked up; a caller that may not do that gets the ARN
        without a path.

        Raises:
            NotSimulated: The caller is the root user, or federated without a role.
        """
        if _ENTITY.fullmatch(caller):
            return caller
        session = _SESSION.fullmatch(caller)
        if session is None:
            raise NotSimulated(f"{caller} is not a user or role of IAM, so it has no policies to simulate")
        if target.source.kind == "role" and target.source.name.rpartition("/")[2] == session["role"]:
            return target.source.name
        call = self._call(target, "GetRole", {"RoleName": session["role"]})
        try:
            found = await self._port.ask(call, query.parse)
        except ServiceError:
            found = {}
        return found.get("Arn") or f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"

    async def simulate(
        self,
        target: Target,
        principal: str,
        actions: Sequence[str],
        resource: str = "*",
        conditions: Sequence[tuple[str, str, str]] = (),
    ) -> list[SimulatedDecision]:
        """Whether a user or role may call each action.

        Args:
            target: Whose credentials are used.
            principal: The ARN of the user or role.
            actions: Without wildcards.
            resource: An ARN, or `*`.
            conditions: (operator, key, value) each; the values that the request would have.

        Returns:
            One decision for each action that IAM answered.

        Raises:
            ServiceError: The service refused.
            TransportError: No answer.
            CredentialsError: The call can't be signed.
        """
        found: list[SimulatedDecision] = []
        for start in range(0, len(actions), AT_ONCE):
            fields = _fields(principal, actions[start : start + AT_ONCE], resource, conditions)
            found += await self._pages(target, fields)
        return found

    async def _pages(self, target: Target, fields: Mapping[str, str]) -> list[SimulatedDecision]:
        found: list[SimulatedDecision] = []
        marker: dict[str, str] = {}
        while True:
            call = self._call(target, "SimulatePrincipalPolicy", {**fields, **marker})
            members, rest = await self._port.ask(call, _results)
            found += map(_decision, members)
            if rest.get("IsTruncated") != "true" or not rest.get("Marker"):
                return found
            marker = {"Marker": rest["Marker"]}

    @staticmethod
    def _call(target: Target, action: str, fields: Mapping[str, str]) -> Call:
        return Call(SERVICE, action, query.form(SERVICE, action, fields), target)


def _results(reply: Reply) -> tuple[list[dict[str, str]], dict[str, str]]:
    return query.parse_members(reply, "EvaluationResults")


def _fields(
    principal: str, actions: Sequence[str], resource: str, conditions: Sequence[tuple[str, str, str]]
) -> dict[str, str]:
    context: dict[str, str] = {}
    for number, (_, key, value) in enumerate(conditions, 1):
        entry = f"ContextEntries.member.{number}"
        context |= {f"{entry}.ContextKeyName": key, f"{entry}.ContextKeyType": "string"}
        context |= query.listed(f"{entry}.ContextKeyValues", [value])
    return {
        "PolicySourceArn": principal,
        **query.listed("ActionNames", actions),
        **query.listed("ResourceArns", [resource]),
        **context,
    }


def _decision(member: Mapping[str, str]) -> SimulatedDecision:
    decided = member.get("EvalDecision")
    return SimulatedDecision(
        action=member.get("EvalActionName", ""),
        allowed=decided == "allowed",
        explicit=decided == "explicitDeny",
        bounded=member.get("AllowedByPermissionsBoundary") == "false",
        organization=member.get("AllowedByOrganizations") == "false",
    )
