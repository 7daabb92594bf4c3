"""New access: IAM and resource policies, security groups, launch permissions.

A pure function from a plan to the grants that its new documents contain and its old ones did not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action, Plan
from cloudwright.render.plan.grants import DocumentGrant, sentences
from cloudwright.render.values import is_secret, text_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Step

_LAUNCH = {
    "UserIds": "account",
    "UserGroups": "group",
    "OrganizationArns": "organization",
    "OrganizationalUnitArns": "organizational unit",
}
"""Members of a launch permission (AWS::ImageBuilder::DistributionConfiguration, LaunchPermissionConfiguration)."""

_RULES = {"SecurityGroupIngress": "ingress", "SecurityGroupEgress": "egress"}
_RULE_TYPES = {"AWS::EC2::SecurityGroupIngress": "ingress", "AWS::EC2::SecurityGroupEgress": "egress"}
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "SourcePrefixListId",
    "DestinationSecurityGroupId",
    "DestinationPrefixListId",
)
_LARGEST = 2_000
"""Limit of combinations of one statement that are compared one by one; a larger statement is compared as a whole."""


@dataclass(frozen=True, slots=True)
class Broadening:
    """Access that a step newly grants."""

    key: str
    type: str
    text: str


def broadenings(plan: Plan) -> tuple[Broadening, ...]:
    """The access that a plan widens, in the order of its steps.

    Args:
        plan: Its declarations hold what was declared before; a step without a declaration is ignored.
    """
    if plan.destroy:
        return ()
    previous = {declared.key: declared.previous or {} for declared in plan.declared}
    found: list[Broadening] = []
    for step in plan.steps:
        if step.action in {Action.CREATE, Action.UPDATE, Action.REPLACE}:
            before = previous.get(step.key, {} if step.action is Action.CREATE else None)
            found += [Broadening(step.key, step.type, text) for text in _gained(step, before)]
    return tuple(found)


def _gained(step: Step, before: Mapping[str, Any] | None) -> list[str]:
    if before is None:
        return []
    old, new = set(_grants(step.type, before)), dict.fromkeys(_grants(step.type, step.desired))
    gained = [grant for grant in new if not any(_covers(has, grant) for has in old)]
    lost = [denial for denial in dict.fromkeys(_denials(before)) if denial not in set(_denials(step.desired))]
    return [*sentences(gained), *(f"no longer denied: {denial}" for denial in lost)]


def _covers(grant: DocumentGrant, other: DocumentGrant) -> bool:
    """Whether a grant already includes the other."""
    if grant.kind != other.kind or grant.under not in {"", other.under}:
        return False
    return (
        (grant.who == other.who or (grant.kind == "policy" and grant.who == "*"))
        and fnmatchcase(other.what.lower(), grant.what.lower())
        and fnmatchcase(other.where, grant.where)
    )


def _grants(type_name: str, document: Mapping[str, Any]) -> Iterator[DocumentGrant]:
    if type_name in _RULE_TYPES:
        yield _rule(document, _RULE_TYPES[type_name])
    if type_name == "AWS::Lambda::Permission":
        yield DocumentGrant(
            "policy", text_of(document.get("Principal")).strip('"'), str(document.get("Action")), "the function"
        )
    yield from _walk(document, "")


def _walk(value: Any, region: str) -> Iterator[DocumentGrant]:
    value = _parsed(value)
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, region)
    if not isinstance(value, Mapping) or is_secret(value):
        return
    region = value["Region"] if isinstance(value.get("Region"), str) else region
    if "Statement" in value:
        yield from (grant for s in _list(value["Statement"]) if isinstance(s, Mapping) for grant in _statement(s))
        return
    for name, inner in value.items():
        yield from _member(name, inner, region)


def _member(name: str, inner: Any, region: str) -> Iterator[DocumentGrant]:
    if name in {"LaunchPermission", "LaunchPermissionConfiguration"} and isinstance(inner, Mapping):
        for member, noun in _LAUNCH.items():
            yield from (
                DocumentGrant("launch", f"{noun} {_plain(who)}", where=region) for who in _list(inner.get(member, []))
            )
    elif name == "TargetAccountIds":
        yield from (DocumentGrant("share", f"account {_plain(who)}", where=region) for who in _list(inner))
    elif name in _RULES:
        yield from (_rule(rule, _RULES[name]) for rule in _list(inner) if isinstance(rule, Mapping))
    elif name == "ManagedPolicyArns":
        yield from (DocumentGrant("managed policy", _plain(arn)) for arn in _list(inner))
    else:
        yield from _walk(inner, region)


def _rule(rule: Mapping[str, Any], direction: str) -> DocumentGrant:
    peer = next((_plain(rule[name]) for name in _PEERS if name in rule), "anyone")
    protocol = str(rule.get("IpProtocol", "-1"))
    first, last = rule.get("FromPort"), rule.get("ToPort")
    ports = "" if first is None else f" {first}" if first == last else f" {first}-{last}"
    toward = "from" if direction == "ingress" else "to"
    what = "everything" if protocol == "-1" else f"{protocol}{ports}"
    return DocumentGrant("rule", peer, f"{what} {toward}", direction)


def _statement(statement: Mapping[str, Any]) -> list[DocumentGrant]:
    if statement.get("Effect") != "Allow":
        return []
    whom, actions, things = _principals(statement), _verbs(statement), _things(statement)
    under = json.dumps(statement["Condition"], sort_keys=True, default=str) if statement.get("Condition") else ""
    if len(whom) * len(actions) * len(things) > _LARGEST:
        return [DocumentGrant("policy", ", ".join(whom), ", ".join(actions), ", ".join(things), under)]
    return [DocumentGrant("policy", who, what, where, under) for who, what, where in product(whom, actions, things)]


def _denials(value: Any) -> Iterator[str]:
    value = _parsed(value)
    if isinstance(value, list):
        for item in value:
            yield from _denials(item)
    elif isinstance(value, Mapping):
        if value.get("Effect") == "Deny":
            yield f"{', '.join(_verbs(value))} on {', '.join(_things(value))}"
        for inner in value.values():
            yield from _denials(inner)


def _principals(statement: Mapping[str, Any]) -> list[str]:
    if "NotPrincipal" in statement:
        return [f"everyone but {text_of(statement['NotPrincipal'])}"]
    principal = statement.get("Principal", "")
    if isinstance(principal, Mapping) and not is_secret(principal):
        return [_plain(who) for whom in principal.values() for who in _list(whom)]
    return [_plain(principal)]


def _verbs(statement: Mapping[str, Any]) -> list[str]:
    if "NotAction" in statement:
        return [f"everything but {text_of(statement['NotAction'])}"]
    return [_plain(verb) for verb in _list(statement.get("Action", []))]


def _things(statement: Mapping[str, Any]) -> list[str]:
    if "NotResource" in statement:
        return [f"everything but {text_of(statement['NotResource'])}"]
    return [_plain(thing) for thing in _list(statement.get("Resource", "this resource"))]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _parsed(value: Any) -> Any:
    """A policy document written as text is read as JSON."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
