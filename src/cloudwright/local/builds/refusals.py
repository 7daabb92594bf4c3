"""What other services refuse while a distribution is applied, without any fault: each with its own message.

Sources: botocore's service models of EC2 (EnableFastLaunch: Windows AMIs, 6 or more parallel launches), Systems Manager
(HierarchyTypeMismatchException) and License Manager (InvalidParameterValueException; licence configurations belong to
one Region), and the policy of Image Builder's service-linked role.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.builds.build import Build
    from cloudwright.local.rows import StoredResource

_FEWEST_LAUNCHES = 6
_OWN_PREFIX = "/imagebuilder/"
_AMI = re.compile(r"ami-[0-9a-f]+")


def licence_refusal(arns: object, region: str) -> str:
    """Why License Manager refuses to attach a licence; empty if it does not.

    Args:
        arns: The licence configurations.
        region: The AMI's Region.
    """
    listed = [str(one) for one in arns] if isinstance(arns, list) else []
    other = next((one for one in listed if one.split(":")[3:4] != [region]), "")
    if not other:
        return ""
    return (
        f"The license configuration {other} is not valid. (Service: LicenseManager, Status Code: 400, Error Code:"
        " InvalidParameterValueException)"
    )


def parameter_refusal(existing: StoredResource | None, name: str, *, narrow: bool) -> str:
    """Why Systems Manager refuses to write a parameter; empty if it does not.

    Args:
        existing: The parameter of that name, if there is one.
        name: The parameter's.
        narrow: Whether the caller may write only what the service-linked role may.
    """
    if narrow and not name.startswith(_OWN_PREFIX):
        return (
            f"User: AWSServiceRoleForImageBuilder is not authorized to perform: ssm:PutParameter on resource: {name}"
            " because no identity-based policy allows the ssm:PutParameter action (Service: Ssm, Status Code: 400)"
        )
    if existing is not None and existing.properties.get("Type", "String") != "String":
        return (
            f"The parameter {name} has the type {existing.properties['Type']}. Parameter Store does not support"
            " changing a parameter type in a hierarchy. (Service: Ssm, Status Code: 400, Error Code:"
            " HierarchyTypeMismatchException)"
        )
    return ""


def fast_launch_refusal(build: Build, given: Mapping[str, Any], image: str) -> str:
    """Why EC2 refuses to enable fast launch; empty if it does not.

    Args:
        build: The image's build.
        given: The configuration.
        image: The AMI's id.
    """
    parent = str((build.source.get("recipe") or {}).get("ParentImage") or "")
    if build.platform != "Windows" and parent and not _AMI.fullmatch(parent):
        return (
            f"Fast launch is supported for Windows AMIs only, and {image} is none. (Service: Ec2, Status Code: 400,"
            " Error Code: InvalidParameterValue)"
        )
    if int(given.get("MaxParallelLaunches") or _FEWEST_LAUNCHES) < _FEWEST_LAUNCHES:
        return (
            "The value for MaxParallelLaunches must be 6 or greater. (Service: Ec2, Status Code: 400, Error Code:"
            " InvalidParameterValue)"
        )
    return ""
