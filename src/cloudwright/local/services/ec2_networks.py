"""EC2's operations on availability zones, VPCs and subnets; VPCs and subnets are those created through Cloud Control.

Source: the service model `ec2/2016-11-15` and the EC2 API Reference. An account of the local cloud has no default VPC.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.services.caller import page
from cloudwright.local.services.ec2_images import BAD_TOKEN, apply_filters, tag_values, tags_of, unknown_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_LETTERS = "abc"
"""Suffixes of the availability zones that every Region has here."""

_PAGE = 1000


def describe_zones(caller: CallContext, members: Members) -> Members:
    """DescribeAvailabilityZones."""
    found = [_zone(caller.place.region, number, letter) for number, letter in enumerate(_LETTERS, 1)]
    names, ids = members.get("ZoneNames"), members.get("ZoneIds")
    lost = [name for name in names or () if name not in {one["ZoneName"] for one in found}]
    if lost:
        raise Refused("InvalidParameterValue", f"Invalid availability zone: [{lost[0]}]")
    found = [one for one in found if not names or one["ZoneName"] in names]
    found = [one for one in found if not ids or one["ZoneId"] in ids]
    return {"AvailabilityZones": apply_filters(found, members.get("Filters"), _values(_ZONE_FILTERS))}


def _zone(region: str, number: int, letter: str) -> Members:
    return {
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": region,
        "ZoneName": region + letter,
        "ZoneId": f"{_short(region)}-az{number}",
        "GroupName": f"{region}-zg-1",
        "NetworkBorderGroup": region,
        "ZoneType": "availability-zone",
    }


def _short(region: str) -> str:
    """A Region's name in the ids of its zones: `use1`, `apse2`."""
    first, *words, number = region.split("-")
    directions = "".join(re.findall("north|south|east|west|central", "".join(words)))
    initials = re.sub("(north|south|east|west|central)", lambda found: found[1][0], directions)
    return first + initials + number


def describe_vpcs(caller: CallContext, members: Members) -> Members:
    """DescribeVpcs."""
    found = [_vpc(caller, one) for one in caller.context.near(caller.place).of_type("AWS::EC2::VPC")]
    found = _named(found, "VpcId", members.get("VpcIds"), "InvalidVpcID.NotFound", "vpc")
    return _listed("Vpcs", apply_filters(found, members.get("Filters"), _values(_VPC_FILTERS)), members)


def describe_subnets(caller: CallContext, members: Members) -> Members:
    """DescribeSubnets."""
    found = [_subnet(caller, one) for one in caller.context.near(caller.place).of_type("AWS::EC2::Subnet")]
    found = _named(found, "SubnetId", members.get("SubnetIds"), "InvalidSubnetID.NotFound", "subnet")
    return _listed("Subnets", apply_filters(found, members.get("Filters"), _values(_SUBNET_FILTERS)), members)


def _vpc(caller: CallContext, resource: StoredResource) -> Members:
    model = resource.properties
    return {
        "VpcId": resource.identifier,
        "OwnerId": caller.place.account,
        "State": "available",
        "CidrBlock": str(model.get("CidrBlock", "")),
        "InstanceTenancy": str(model.get("InstanceTenancy", "default")),
        "IsDefault": False,
        "Tags": _tags(model),
    }


def _subnet(caller: CallContext, resource: StoredResource) -> Members:
    model = resource.properties
    zone = str(model.get("AvailabilityZone") or f"{caller.place.region}{_LETTERS[0]}")
    return {
        "SubnetId": resource.identifier,
        "OwnerId": caller.place.account,
        "State": "available",
        "VpcId": str(model.get("VpcId", "")),
        "CidrBlock": str(model.get("CidrBlock", "")),
        "AvailabilityZone": zone,
        "MapPublicIpOnLaunch": bool(model.get("MapPublicIpOnLaunch", False)),
        "DefaultForAz": False,
        "Tags": _tags(model),
    }


def _tags(model: Mapping[str, object]) -> list[Members]:
    tags = model.get("Tags")
    pairs = {str(tag["Key"]): str(tag["Value"]) for tag in tags} if isinstance(tags, list) else {}
    return tags_of({"Tags": pairs})


def _named(found: list[Members], name: str, wanted: Sequence[str] | None, code: str, noun: str) -> list[Members]:
    if not wanted:
        return found
    known = {one[name] for one in found}
    for id in wanted:
        if id not in known:
            raise Refused(code, f"The {noun} ID '{id}' does not exist")
    return [one for one in found if one[name] in wanted]


def _listed(name: str, found: list[Members], members: Members) -> Members:
    some, token = page(found, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {name: some, **({"NextToken": token} if token else {})}


_ZONE_FILTERS = {
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
    "group-name": "GroupName",
    "opt-in-status": "OptInStatus",
}
_VPC_FILTERS = {
    "cidr": "CidrBlock",
    "is-default": "IsDefault",
    "isDefault": "IsDefault",
    "owner-id": "OwnerId",
    "state": "State",
    "vpc-id": "VpcId",
}
_SUBNET_FILTERS = {
    "availability-zone": "AvailabilityZone",
    "availabilityZone": "AvailabilityZone",
    "cidr-block": "CidrBlock",
    "default-for-az": "DefaultForAz",
    "map-public-ip-on-launch": "MapPublicIpOnLaunch",
    "owner-id": "OwnerId",
    "state": "State",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def _values(filters: Mapping[str, str]) -> Callable[[Members, str], Sequence[str]]:
    def values(described: Members, name: str) -> Sequence[str]:
        if name.startswith("tag") and "Tags" in described:
            return tag_values(described, name)
        if name not in filters:
            raise unknown_filter(name)
        found = described[filters[name]]
        return [str(found).lower() if isinstance(found, bool) else str(found)]

    return values


OPERATIONS: dict[str, Serve] = {
    "DescribeAvailabilityZones": describe_zones,
    "DescribeSubnets": describe_subnets,
    "DescribeVpcs": describe_vpcs,
}
