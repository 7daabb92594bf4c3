"""Auto Scaling groups that were created through Cloud Control. Source: the service model `autoscaling/2011-01-01`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.protocols.fitting import fitted
from cloudwright.local.protocols.model import service_models
from cloudwright.local.services.caller import page

if TYPE_CHECKING:
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_PAGE = 50


def describe_groups(caller: CallContext, members: Members) -> Members:
    """DescribeAutoScalingGroups."""
    names = members.get("AutoScalingGroupNames") or []
    found = [one for one in caller.context.near(caller.place).of_type(_GROUP) if not names or one.identifier in names]
    refusal = Refused("InvalidNextToken", "The NextToken value is not valid.")
    size = int(members.get("MaxRecords") or _PAGE)
    some, token = page([_described(one) for one in found], members.get("NextToken"), size, refusal)
    return {"AutoScalingGroups": some, **({"NextToken": token} if token else {})}


def _described(resource: StoredResource) -> Members:
    model = {name: value for name, value in resource.properties.items() if name != "Tags"}
    least = model.get("MinSize", "0")
    shown = fitted(service_models()["autoscaling"], "AutoScalingGroup", {**model, **_subnets(model)})
    return {
        "DefaultCooldown": 300,
        "AvailabilityZones": [],
        "HealthCheckType": "EC2",
        **shown,
        "AutoScalingGroupName": resource.identifier,
        "MinSize": int(least),
        "MaxSize": int(model.get("MaxSize", least)),
        "DesiredCapacity": int(model.get("DesiredCapacity", least)),
        "CreatedTime": resource.created,
    }


def _subnets(model: Members) -> Members:
    """The subnets as a list, as Cloud Control writes them."""
    subnets = model.get("VPCZoneIdentifier")
    return {"VPCZoneIdentifier": ",".join(map(str, subnets))} if isinstance(subnets, list) else {}


OPERATIONS: dict[str, Serve] = {"DescribeAutoScalingGroups": describe_groups}
