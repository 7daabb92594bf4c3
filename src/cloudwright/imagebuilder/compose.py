"""A short way to write a distribution: data in, data out.

The result is the plain property data of `AWS::ImageBuilder::DistributionConfiguration`; nothing of the schema is
hidden, and a program that needs more can edit what is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

BUILD_DATE = "{{ imagebuilder:buildDate }}"

PerRegion = Mapping[str, Sequence[str]]
"""The same values for all Regions, or Region -> values."""

_EMPTY: Mapping[str, Any] = MappingProxyType({})


def distribution(  # noqa: PLR0913 - every argument is an optional part of the result
    name: str,
    *,
    ami_name: str,
    regions: Sequence[str],
    copy_to: Sequence[str] | PerRegion = (),
    share_with: Sequence[str] | PerRegion = (),
    keys: Mapping[str, str] = _EMPTY,
    parameter: str = "",
    templates: PerRegion = _EMPTY,
    ami_tags: Mapping[str, str] = _EMPTY,
    tags: Mapping[str, str] = _EMPTY,
) -> dict[str, Any]:
    """The properties of a DistributionConfiguration that distributes an AMI to several Regions in the same way.

    ::

        AWS.ImageBuilder.DistributionConfiguration(
            "golden",
            **distribution("golden", ami_name="golden", regions=["us-east-1", "eu-west-1"], copy_to=["222222222222"]),
        )

    Args:
        name: The configuration's name.
        ami_name: The AMIs' name. The build date, which the service requires, is added if it is missing; not to a
            reference.
        regions: Where AMIs go; the first should be the build Region.
        copy_to: Accounts that get their own copy: for every Region, or by Region.
        share_with: Who may launch: accounts, ARNs of units and organisations, or `all` for everybody; for every Region,
            or by Region.
        keys: Region -> ARN of the customer-managed key that encrypts the AMI there.
        parameter: Name of an SSM parameter that receives the AMI's id in each Region.
        templates: Region -> ids of launch templates that get the AMI as their new default version.
        ami_tags: Tags of the AMIs.
        tags: Tags of the configuration.

    Returns:
        `Name`, `Distributions` and, if given, `Tags`; new lists and dictionaries, without empty ones.
    """

    def ami(region: str) -> dict[str, Any]:
        return {
            "Name": _dated(ami_name),
            "KmsKeyId": keys.get(region),
            "AmiTags": dict(ami_tags),
            "TargetAccountIds": _of(copy_to, region),
            "LaunchPermissionConfiguration": _permission(_of(share_with, region)),
        }

    entries = [_entry(region, ami(region), parameter, _of(templates, region)) for region in regions]
    return _without_empty({"Name": name, "Distributions": entries, "Tags": dict(tags)})


def _entry(region: str, ami: Mapping[str, Any], parameter: str, templates: Sequence[str]) -> dict[str, Any]:
    return _without_empty(
        {
            "Region": region,
            "AmiDistributionConfiguration": _without_empty(ami),
            "SsmParameterConfigurations": _parameters(parameter),
            "LaunchTemplateConfigurations": _templates(templates),
        }
    )


def _of(values: Sequence[str] | PerRegion, region: str) -> list[str]:
    return list(values.get(region, ()) if isinstance(values, Mapping) else values)


def _permission(grantees: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for grantee in grantees:
        found.setdefault(_list_of(grantee), []).append(grantee)
    return found


def _list_of(grantee: str) -> str:
    # A reference is a `str` too, but has no text to inspect yet: it represents an account.
    if type(grantee) is not str:
        return "UserIds"
    if grantee == "all":
        return "UserGroups"
    if ":ou/" in grantee:
        return "OrganizationalUnitArns"
    return "OrganizationArns" if ":organization/" in grantee else "UserIds"


def _parameters(name: str) -> list[dict[str, str]]:
    # The type is compared first, since a reference has no truth value yet.
    given = type(name) is not str or name != ""
    return [{"ParameterName": name, "DataType": "aws:ec2:image"}] if given else []


def _templates(ids: Sequence[str]) -> list[dict[str, object]]:
    return [{"LaunchTemplateId": single, "SetDefaultVersion": True} for single in ids]


def _dated(name: str) -> str:
    if type(name) is not str or "imagebuilder:buildDate" in name:
        return name
    return f"{name}-{BUILD_DATE}"


def _without_empty(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without empty values: the service rejects empty lists (IB154)."""
    return {
        name: value
        for name, value in properties.items()
        if value is not None and not (isinstance(value, list | dict) and not value)
    }
