"""Lists whose order means nothing, though a registry schema says it does: what Terraform's AWS provider calls a set.

The provider declares as a set what its authors found to come back in another order, for some ten years. A list that the
schemas call ordered and that the provider calls a set becomes an `unordered` entry of `schema/overrides/`.

    terraform providers schema -json > schema.json     # in a folder with the hashicorp/aws provider
    python tools/orders.py schema.json 5.100.0 2026-11-28
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.diff.shape import Shape
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.schema.resource_type import ResourceType

OVERRIDES = Path(__file__).parent.parent / "src/cloudwright/schema/overrides"

_SERVICES = {
    "AmazonMQ": ["mq"],
    "ApplicationAutoScaling": ["appautoscaling"],
    "APS": ["prometheus"],
    "CertificateManager": ["acm"],
    "DirectoryService": ["directoryservice"],
    "EC2": ["", "ec2", "vpc"],
    "ElasticLoadBalancingV2": ["lb", "alb"],
    "ElasticLoadBalancing": ["elb", ""],
    "Elasticsearch": ["elasticsearch"],
    "Events": ["cloudwatchevent"],
    "InspectorV2": ["inspector2"],
    "KinesisFirehose": ["kinesisfirehose"],
    "Logs": ["cloudwatchlog", "cloudwatch"],
    "OpenSearchService": ["opensearch"],
    "OpenSearchServerless": ["opensearchserverless"],
    "RDS": ["db", "rds"],
    "SecretsManager": ["secretsmanager"],
    "StepFunctions": ["sfn"],
    "AutoScaling": ["autoscaling", ""],
}
"""CloudFormation's name of a service -> the provider's prefixes, where they are not the same word."""

_RESOURCES = {
    "AWS::CloudFront::Distribution": "aws_cloudfront_distribution",
    "AWS::EC2::EIP": "aws_eip",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "aws_lb",
    "AWS::ElasticLoadBalancing::LoadBalancer": "aws_elb",
    "AWS::IAM::ManagedPolicy": "aws_iam_policy",
    "AWS::RDS::DBCluster": "aws_rds_cluster",
    "AWS::RDS::DBInstance": "aws_db_instance",
    "AWS::Route53::RecordSet": "aws_route53_record",
    "AWS::Route53::HostedZone": "aws_route53_zone",
}
"""Types whose resource has another name."""

_ORDERED = (
    "AWS::CloudFront::RealtimeLogConfig /Fields",  # the columns of a record
    "AWS::EMRContainers::JobTemplate /JobTemplateData/JobDriver/SparkSubmitJobDriver/EntryPointArguments",
    "AWS::ImageBuilder::Image /Workflows",  # run as listed, unless a parallel group joins them
    "AWS::MediaLive::Channel /InputAttachments",  # the first one plays first
    "AWS::MediaLive::Channel /EncoderSettings/AudioDescriptions",
)
"""Where the provider's set hides an order that the service's documentation knows."""

_DEEPEST = 10
"""Levels at most: statements of WAF nest within each other without end."""


def main() -> None:
    """Write the entries that the overrides lack, and say how many."""
    schema, version, date = sys.argv[1:4]
    provider = next(iter(json.loads(Path(schema).read_text("utf-8"))["provider_schemas"].values()))
    resources: Mapping[str, Any] = provider["resource_schemas"]
    catalog = Catalog.bundled()
    found: dict[str, list[dict[str, str]]] = {}
    for name in catalog.names():
        resource = _resource(name, resources)
        if resource is not None:
            kind = catalog.get(name)
            places = dict(_sets(kind, Shape.of(kind), resources[resource]["block"], (), resource))
            found[name] = [
                _entry(path, shown, version, date)
                for path, shown in sorted(places.items())
                if f"{name} {format_pointer(path)}" not in _ORDERED
            ]
    added = sum(_written(name, entries) for name, entries in found.items() if entries)
    sys.stdout.write(f"{len(found)} types compared, {added} lists added\n")


def _resource(name: str, resources: Mapping[str, Any]) -> str | None:
    """The provider's resource of a type; `None` where no name fits."""
    if name in _RESOURCES:
        return _RESOURCES[name]
    _, service, short = name.split("::")
    folded = {_folded(resource.removeprefix("aws_")): resource for resource in resources}
    prefixes = [*_SERVICES.get(service, ()), service]
    return next((folded[word] for prefix in prefixes if (word := _folded(prefix + short)) in folded), None)


def _sets(
    kind: ResourceType, shape: Shape, block: Mapping[str, Any], path: tuple[str, ...], shown: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every list that the provider calls a set and the schema an ordered list, with the provider's name of it."""
    members = _members(block)
    for name in sorted(shape.properties):
        member = members.get(_folded(name)) or members.get(_singular(_folded(name)))
        here = (*path, name)
        if member is None or len(here) > _DEEPEST or not kind.settable(here):
            continue
        place, nesting, inner = member
        child = shape.child(name)
        if "array" in child.types:
            if nesting == "set" and not _known(kind, child, here):
                yield here, f"{shown}.{place}"
            child, here = child.item(), (*here, "*")
        if inner:
            yield from _sets(kind, child, inner, here, f"{shown}.{place}")


def _known(kind: ResourceType, shape: Shape, path: tuple[str, ...]) -> bool:
    """Whether something says already how the list is compared."""
    override = override_for(kind.name)
    shown = (
        override.unordered.matches(path) or override.ordered.matches(path) or override.list_keys.at(path) is not None
    )
    return shown or shape.is_unordered or shape.is_attribute_list or path == kind.tagging.property


def _members(block: Mapping[str, Any]) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    """Folded name -> name, `set`, `list` or `single`, and the block inside."""
    found: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
    for name, attribute in (block.get("attributes") or {}).items():
        kind = attribute.get("type")
        nested = attribute.get("nested_type")
        nesting = nested["nesting_mode"] if nested else (kind[0] if isinstance(kind, list) else "single")
        found[_folded(name)] = (name, nesting, nested or {})
    for name, nested in (block.get("block_types") or {}).items():
        found[_folded(name)] = (name, nested["nesting_mode"], nested["block"])
    return found


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singular(name: str) -> str:
    """How the provider calls a block that may be repeated: by one of its elements."""
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


def _entry(path: tuple[str, ...], shown: str, version: str, date: str) -> dict[str, str]:
    source = f"hashicorp/terraform-provider-aws {version}: {shown} is a set"
    return {"field": "unordered", "path": format_pointer(path), "source": source, "date": date}


def _written(name: str, entries: list[dict[str, str]]) -> int:
    file = OVERRIDES / f"{name.split('::')[1]}.json"
    content = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    content[name] = [*content.get(name, []), *entries]
    ordered = {key: content[key] for key in sorted(content)}
    file.write_text(json.dumps(ordered, indent=2) + "\n", "utf-8")
    return len(entries)


if __name__ == "__main__":
    main()
