"""Rules about properties with the spelling of another tool or of the API, or in the wrong object."""

from __future__ import annotations

import difflib
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.rules.rule import Note, distribution
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagebuilder.configuration import Configuration
    from cloudwright.imagebuilder.property_node import PropertyNode


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """The properties that an object may have.

    Attributes:
        name: The object's name in messages.
        fields: Property -> the shape of its object or of its list's elements; `None` for a plain value or a map.
        spellings: Another tool's name of a property -> the property; compared without case and underscores.
    """

    name: str
    fields: Mapping[str, ObjectShape | None]
    spellings: Mapping[str, str] = field(default_factory=dict)


def _shape(name: str, plain: str, **nested: ObjectShape) -> ObjectShape:
    return ObjectShape(name, {**dict.fromkeys(plain.split()), **nested})


_PERMISSION = _shape("LaunchPermissionConfiguration", "UserIds UserGroups OrganizationArns OrganizationalUnitArns")
_AMI = ObjectShape(
    "AmiDistributionConfiguration",
    {
        **dict.fromkeys(("Name", "Description", "KmsKeyId", "AmiTags", "TargetAccountIds")),
        "LaunchPermissionConfiguration": _PERMISSION,
    },
    {
        "launchpermission": "LaunchPermissionConfiguration",
        "launchpermissions": "LaunchPermissionConfiguration",
        "tags": "AmiTags",
    },
)
_CONTAINER = _shape(
    "ContainerDistributionConfiguration",
    "Description ContainerTags",
    TargetRepository=_shape("TargetRepository", "Service RepositoryName"),
)
_FAST_LAUNCH = _shape(
    "FastLaunchConfigurations",
    "Enabled AccountId MaxParallelLaunches",
    SnapshotConfiguration=_shape("SnapshotConfiguration", "TargetResourceCount"),
    LaunchTemplate=_shape("LaunchTemplate", "LaunchTemplateId LaunchTemplateName LaunchTemplateVersion"),
)
_ENTRY = _shape(
    "an entry of Distributions",
    "Region LicenseConfigurationArns",
    AmiDistributionConfiguration=_AMI,
    ContainerDistributionConfiguration=_CONTAINER,
    LaunchTemplateConfigurations=_shape("LaunchTemplateConfigurations", "LaunchTemplateId AccountId SetDefaultVersion"),
    FastLaunchConfigurations=_FAST_LAUNCH,
    SsmParameterConfigurations=_shape("SsmParameterConfigurations", "ParameterName AmiAccountId DataType"),
)
_ROOT = _shape("the configuration", "Name Description Tags Arn", Distributions=_ENTRY)
_PLACES = (_ENTRY, _AMI, _PERMISSION, _CONTAINER, _ROOT)
"""The objects to which a misplaced property may belong; the nearest first."""

_ALIAS = "LaunchPermission"
_EXPORT = "s3exportconfiguration"
_API = "CloudFormation and API spelling; published examples of other tools; aws-cdk#26912, aws-cdk#34758"


@distribution("IB148", "error", _API)
def near_match(configuration: Configuration) -> Iterator[Note]:
    """A property has CloudFormation's spelling and is in the right object."""
    yield from _judge(configuration.root, _ROOT)


@distribution("IB149", "error", "Image Builder API against the registry schema; terraform-provider-aws#35492")
def no_s3_export(configuration: Configuration) -> Iterator[Note]:
    """S3ExportConfiguration exists in the API only."""
    for entry in configuration.entries:
        for holder in (entry.node, entry.ami):
            for name in holder.fields:
                if _folded(name) == _EXPORT:
                    yield Note(
                        holder[name],
                        "Image Builder's own API can export to S3; the resource type that Cloud Control manages can't.",
                        "Remove it; export the finished AMI with `aws ec2 export-image`, or configure it through that "
                        "API.",
                    )


def _judge(node: PropertyNode, shape: ObjectShape) -> Iterator[Note]:
    for name in node.fields:
        inner = shape.fields.get(name)
        if name not in shape.fields:
            yield from _wrong(node[name], name, shape)
            right = shape.spellings.get(_folded(name))
            inner = shape.fields.get(right) if right else None
        if inner is not None:
            for child in (node[name], *node[name].elements):
                yield from _judge(child, inner)


def _wrong(node: PropertyNode, name: str, shape: ObjectShape) -> Iterator[Note]:
    if shape is _AMI and name == _ALIAS:
        yield Note(
            node,
            f"{name} is the API's name for LaunchPermissionConfiguration; cloudwright accepts it and sends the "
            "type's name.",
            "Write LaunchPermissionConfiguration.",
            severity="info",
        )
    elif _folded(name) != _EXPORT:
        fix = _fix(name, shape)
        if fix:
            yield Note(node, f"{shape.name} has no property {name}.", fix)


def _fix(name: str, shape: ObjectShape) -> str:
    """The suggested fix: another spelling, a property of another object, or the nearest name; empty without one."""
    here = _spelt(name, shape)
    if here:
        return f"Write {here}."
    for place in _PLACES:
        there = _spelt(name, place)
        if there and place is not shape:
            where = "to the entry of Distributions, one level up" if place is _ENTRY else f"into {place.name}"
            return f"Move it {where}, as {there}."
    near = difflib.get_close_matches(_folded(name), [_folded(field) for field in shape.fields], n=1, cutoff=0.75)
    return f"Write {_spelt(near[0], shape)}." if near else ""


def _spelt(name: str, shape: ObjectShape) -> str:
    folded = _folded(name)
    exact = next((single for single in shape.fields if _folded(single) == folded), "")
    return exact or shape.spellings.get(folded, "")


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
