"""Addresses of EC2's resources that come from other resources: IPv6 blocks, and the public address of an instance.

Source: the return values of AWS::EC2::VPC, AWS::EC2::Subnet and AWS::EC2::Instance in the CloudFormation Template
Reference. An Amazon-provided IPv6 block is a /56.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloudwright.local.services.base import Model, ServiceRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.base import StoredNeighbours


class AddressRules(ServiceRules):
    """What reads show of addresses that belong to other resources."""

    def related(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> Model:
        """The model, with the addresses that other resources give it."""
        shown = _SHOWN[kind.name](resource, near)
        return {**resource.properties, **shown}


def _vpc(resource: StoredResource, near: StoredNeighbours) -> Model:
    blocks = list(_named(near, "AWS::EC2::VPCCidrBlock", "VpcId", resource.identifier))
    own = resource.properties.get("CidrBlockAssociations") or []
    added = [str(one.properties.get("Id")) for one in blocks]
    return {
        "CidrBlockAssociations": [*(one for one in own if one not in added), *added],
        "Ipv6CidrBlocks": [found for one in blocks if (found := _ipv6(one))],
    }


def _vpc_block(resource: StoredResource, near: StoredNeighbours) -> Model:
    del near
    found = _ipv6(resource)
    return {"Ipv6CidrBlock": found} if found else {}


def _subnet(resource: StoredResource, near: StoredNeighbours) -> Model:
    own = resource.properties.get("Ipv6CidrBlock")
    added = [_ipv6(one) for one in _named(near, "AWS::EC2::SubnetCidrBlock", "SubnetId", resource.identifier)]
    return {"Ipv6CidrBlocks": [one for one in (own, *added) if one]}


def _instance(resource: StoredResource, near: StoredNeighbours) -> Model:
    addresses = {str(one.properties.get("AllocationId")): one for one in near.of_type("AWS::EC2::EIP")}
    associated = _named(near, "AWS::EC2::EIPAssociation", "InstanceId", resource.identifier)
    found = [addresses.get(str(one.properties.get("AllocationId"))) for one in associated]
    direct = [one for one in addresses.values() if one.properties.get("InstanceId") == resource.identifier]
    return next(({"PublicIp": one.properties.get("PublicIp")} for one in (*found, *direct) if one is not None), {})


def _named(near: StoredNeighbours, type_name: str, name: str, identifier: str) -> Iterator[StoredResource]:
    return (one for one in near.of_type(type_name) if one.properties.get(name) == identifier)


def _ipv6(block: StoredResource) -> str:
    """The IPv6 block of an association: the one that was chosen, or the one that Amazon provides."""
    model = block.properties
    if chosen := model.get("Ipv6CidrBlock"):
        return str(chosen)
    if not (model.get("AmazonProvidedIpv6CidrBlock") or model.get("Ipv6IpamPoolId") or model.get("Ipv6Pool")):
        return ""
    number = hashlib.sha256(block.identifier.encode()).hexdigest()
    return f"2600:1f{number[:2]}:{number[2:6]}:{number[6:8]}00::/56"


_SHOWN = {
    "AWS::EC2::Instance": _instance,
    "AWS::EC2::Subnet": _subnet,
    "AWS::EC2::VPC": _vpc,
    "AWS::EC2::VPCCidrBlock": _vpc_block,
}
"""How reads show each type."""

ADDRESS_TYPES = frozenset(_SHOWN)
"""The types that have such addresses."""
