"""Rules of network ACLs, which Cloud Control can create but not read.

Source: the operations CreateNetworkAclEntry, DescribeNetworkAcls, ReplaceNetworkAclEntry and DeleteNetworkAclEntry of
EC2's service model `2016-11-15`. The properties are those of CloudFormation's `AWS::EC2::NetworkAclEntry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypedDict

from cloudwright.errors import ServiceError
from cloudwright.provider import Context, CustomResource, Exists, Made, Provider, Rejected, create_only
from cloudwright.services.protocols import form_call, listed, parse_xml

_GONE = frozenset({"InvalidNetworkAclEntry.NotFound", "InvalidNetworkAclID.NotFound"})
_REFUSALS = ("Invalid", "Missing", "Unauthorized", "NetworkAclEntryLimitExceeded", "AuthFailure")


class PortRange(TypedDict):
    """The first and the last port."""

    From: int
    To: int


class Icmp(TypedDict):
    """Type and code of ICMP; -1 means all."""

    Type: int
    Code: int


class NetworkAclEntry(CustomResource, type="Cloudwright::EC2::NetworkAclEntry"):
    """A rule of a network ACL.

    Attributes:
        NetworkAclId: The network ACL.
        RuleNumber: Rules are applied from the lowest number up; 1 to 32,766.
        Egress: Whether the rule is for traffic that leaves the subnet.
        Protocol: By its number, such as 6 for TCP; -1 means all.
        RuleAction: `allow` or `deny`.
        CidrBlock: The IPv4 range.
        Ipv6CidrBlock: The IPv6 range.
        PortRange: The ports, for TCP and UDP.
        Icmp: Type and code, for ICMP.
    """

    NetworkAclId: Annotated[str, create_only]
    RuleNumber: Annotated[int, create_only]
    Protocol: int
    RuleAction: Literal["allow", "deny"]
    Egress: Annotated[bool, create_only] = False
    CidrBlock: str | None = None
    Ipv6CidrBlock: str | None = None
    PortRange: PortRange | None = None
    Icmp: Icmp | None = None


class NetworkAclEntries(Provider[NetworkAclEntry]):
    """A rule is identified by its ACL, direction and number; EC2 takes no idempotency token."""

    permissions: ClassVar[tuple[str, ...]] = (
        "ec2:CreateNetworkAclEntry",
        "ec2:DescribeNetworkAcls",
        "ec2:ReplaceNetworkAclEntry",
        "ec2:DeleteNetworkAclEntry",
    )

    async def create(self, new: NetworkAclEntry, context: Context) -> Made:
        """Create the rule.

        Raises:
            Exists: The ACL has a rule of this number.
            Rejected: EC2 does not accept it.
        """
        direction = "egress" if new.Egress else "ingress"
        identifier = f"{new.NetworkAclId}|{direction}|{new.RuleNumber}"
        try:
            await _send(context, "CreateNetworkAclEntry", _members(new))
        except ServiceError as error:
            if error.code == "NetworkAclEntryAlreadyExists":
                raise Exists(identifier) from None
            if error.code.startswith(_REFUSALS):
                raise Rejected(f"{error.code}: {error.service_message}") from None
            raise
        return Made(identifier)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties of the rule, from DescribeNetworkAcls."""
        acl, direction, number = _parts(identifier)
        call = form_call(context.target, "ec2", "DescribeNetworkAcls", {"NetworkAclId": [acl]})
        try:
            answer = await context.services.ask(call, parse_xml)
        except ServiceError as error:
            if error.code in _GONE:
                return None
            raise
        rules = [one for found in listed(answer.get("networkAclSet")) for one in listed(found.get("entrySet"))]
        wanted = {"egress": str(direction == "egress").lower(), "ruleNumber": number}
        shown = [rule for rule in rules if all(rule.get(name) == value for name, value in wanted.items())]
        return {"NetworkAclId": acl, **_properties(shown[0])} if shown else None

    async def update(self, identifier: str, old: NetworkAclEntry, new: NetworkAclEntry, context: Context) -> None:
        """Replace the rule in one step, so that one of the two always applies to traffic."""
        await _send(context, "ReplaceNetworkAclEntry", _members(new))

    async def delete(self, identifier: str, context: Context) -> None:
        """Delete the rule; a missing rule or ACL counts as deleted."""
        acl, direction, number = _parts(identifier)
        members = {"NetworkAclId": acl, "RuleNumber": number, "Egress": direction == "egress"}
        try:
            await _send(context, "DeleteNetworkAclEntry", members)
        except ServiceError as error:
            if error.code not in _GONE:
                raise


def _parts(identifier: str) -> tuple[str, str, str]:
    acl, direction, number = identifier.split("|")
    return acl, direction, number


def _members(rule: NetworkAclEntry) -> dict[str, Any]:
    """A rule with the names of EC2's API, which are those of CloudFormation."""
    members = {
        "NetworkAclId": rule.NetworkAclId,
        "RuleNumber": rule.RuleNumber,
        "Egress": rule.Egress,
        "Protocol": rule.Protocol,
        "RuleAction": rule.RuleAction,
        "CidrBlock": rule.CidrBlock,
        "Ipv6CidrBlock": rule.Ipv6CidrBlock,
        "PortRange": rule.PortRange,
        "Icmp": rule.Icmp,
    }
    return {name: value for name, value in members.items() if value is not None}


def _properties(rule: Mapping[str, Any]) -> dict[str, object]:
    """A rule of EC2's answer with the names of the type."""
    ports, icmp = rule.get("portRange"), rule.get("icmpTypeCode")
    found = {
        "RuleNumber": int(rule["ruleNumber"]),
        "Egress": rule["egress"] == "true",
        "Protocol": int(rule["protocol"]),
        "RuleAction": rule["ruleAction"],
        "CidrBlock": rule.get("cidrBlock"),
        "Ipv6CidrBlock": rule.get("ipv6CidrBlock"),
        "PortRange": PortRange(From=int(ports["from"]), To=int(ports["to"])) if ports else None,
        "Icmp": Icmp(Type=int(icmp["type"]), Code=int(icmp["code"])) if icmp else None,
    }
    return {name: value for name, value in found.items() if value is not None}


async def _send(context: Context, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return await context.services.send(form_call(context.target, "ec2", action, members), parse_xml)
