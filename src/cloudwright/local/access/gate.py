"""Refuses what the cloud's policy does not allow, with AWS's own messages.

The text is that of IAM's "Troubleshoot access denied error messages"
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.access.handover import PASS_ROLE, passed_roles
from cloudwright.local.access.policy import AccessDecision, AccessPolicy
from cloudwright.local.model.paths import value_at
from cloudwright.partitions import partition_of
from cloudwright.schema.override import override_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion

_ARN = re.compile(r"arn:[^:]*:(?P<service>[^:]+):[^:]*:[^:]*:.+", re.DOTALL)

_REASONS = {
    AccessDecision.EXPLICIT_DENY: "with an explicit deny in an identity-based policy",
    AccessDecision.IMPLICIT_DENY: "because no identity-based policy allows the {action} action",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """Evaluates the policy.

    Attributes:
        policy: What all callers may do; `None` allows everything.
    """

    policy: AccessPolicy | None = None

    def refusal(self, place: AccountRegion, action: str, resource: str | None = "*") -> str:
        """Why an action is refused; empty if it is allowed.

        Args:
            place: The caller's account and Region.
            action: Such as `cloudformation:CreateResource`.
            resource: An ARN or `*`; `None` if it is unknown.
        """
        decision = self.decide(action, resource)
        if decision is AccessDecision.ALLOWED:
            return ""
        reason = _REASONS[decision].format(action=action)
        who = caller_arn(place)
        return f"User: {who} is not authorized to perform: {action} on resource: {resource or '*'} {reason}"

    def handler_refusal(
        self,
        place: AccountRegion,
        kind: LocalType,
        handler: str,
        model: Mapping[str, Any] | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> str:
        """Why a handler is refused one of the actions that its schema lists; empty if it may do them all.

        Args:
            place: The caller's account and Region.
            kind: The resource type.
            handler: Such as `create`.
            model: The resource, if it is known; its ARN is the resource of its own service's actions.
            sent: The model that the caller requests in a create or an update; its roles are passed to the service.
        """
        if self.policy is None:
            return ""
        for action, resource in _asked(place, kind, handler, model or {}, sent or {}):
            if text := self.refusal(place, action, resource):
                service = action.partition(":")[0].capitalize()
                return f"{text} (Service: {service}, Status Code: 403)"
        return ""

    def decide(self, action: str, resource: str | None) -> AccessDecision:
        """The policy's decision; `allowed` without a policy.

        Args:
            action: Such as `sns:CreateTopic`.
            resource: An ARN or `*`; `None` if it is unknown.
        """
        return AccessDecision.ALLOWED if self.policy is None else self.policy.decide(action, resource)


def _asked(
    place: AccountRegion, kind: LocalType, handler: str, model: Mapping[str, Any], sent: Mapping[str, Any]
) -> Iterator[tuple[str, str | None]]:
    """The actions that a handler calls, each with its resource; `iam:PassRole` for roles that are passed on."""
    arn = _arn(kind, model)
    spared = {PASS_ROLE, *override_for(kind.name).spared(handler, sent)}
    for action in kind.permissions.get(handler, ()):
        if action not in spared:
            yield action, arn if arn and _is_of(action, arn) else None
    for role in passed_roles(kind, handler, sent, place.account):
        yield PASS_ROLE, role


def caller_arn(place: AccountRegion) -> str:
    """The caller's identity, as STS returns it.

    Args:
        place: The caller's account and Region.
    """
    return f"arn:{partition_of(place.region)}:iam::{place.account}:user/local"


def _arn(kind: LocalType, model: Mapping[str, Any]) -> str:
    """A resource's ARN: its identifier, or its `Arn`."""
    places = (*kind.identifier, ("Arn",)) if len(kind.identifier) == 1 else (("Arn",),)
    found = (value_at(model, place) for place in places)
    return next((one for one in found if isinstance(one, str) and _ARN.fullmatch(one)), "")


def _is_of(action: str, arn: str) -> bool:
    named = _ARN.fullmatch(arn)
    return named is not None and named["service"] == action.partition(":")[0]
