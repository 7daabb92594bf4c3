"""Auto Scaling groups with the launch templates that they launch from.

Source: botocore's service model `autoscaling/2011-01-01`; a test holds every operation and member to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.services.image_models import ScalingGroup
from cloudwright.services.protocols import form_call, listed, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target


async def scaling_groups(port: ServicePort, target: Target) -> tuple[ScalingGroup, ...]:
    """The Auto Scaling groups of an account and Region."""
    groups: list[ScalingGroup] = []
    token = ""
    while True:
        members = {"NextToken": token} if token else {}
        page = await port.ask(form_call(target, "autoscaling", "DescribeAutoScalingGroups", members), parse_xml)
        result: Mapping[str, Any] = page.get("DescribeAutoScalingGroupsResult") or {}
        groups += map(_group, listed(result.get("AutoScalingGroups")))
        token = str(result.get("NextToken") or "")
        if not token:
            return tuple(groups)


def _group(found: Mapping[str, Any]) -> ScalingGroup:
    return ScalingGroup(str(found.get("AutoScalingGroupName", "")), tuple(_templates(found)))


def _templates(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    mixed = found.get("MixedInstancesPolicy") or {}
    nested = mixed.get("LaunchTemplate") or {} if isinstance(mixed, dict) else {}
    inner = [nested.get("LaunchTemplateSpecification")] if isinstance(nested, dict) else []
    overrides = listed(nested.get("Overrides")) if isinstance(nested, dict) else []
    inner += [one.get("LaunchTemplateSpecification") for one in overrides]
    for one in (found.get("LaunchTemplate"), *inner):
        if isinstance(one, dict) and one.get("LaunchTemplateId"):
            yield str(one["LaunchTemplateId"]), str(one.get("Version") or "$Default")
