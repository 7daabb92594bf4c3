"""Which file declares a resource if the program has a file for each family of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.custom import is_custom
from cloudwright.convert.cloudformation.nested import NESTED_TYPES
from cloudwright.convert.writer.names import snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FAMILIES = {
    "network": "EC2 NetworkFirewall NetworkManager VpcLattice DirectConnect GlobalAccelerator ServiceDiscovery",
    "dns": "Route53 Route53Resolver",
    "cdn": "CloudFront",
    "load_balancing": "ElasticLoadBalancing ElasticLoadBalancingV2",
    "compute": "AutoScaling ApplicationAutoScaling Batch ECS EKS ElasticBeanstalk Lambda",
    "api": "ApiGateway ApiGatewayV2 AppSync",
    "images": "ImageBuilder",
    "iam": "IAM IdentityStore Organizations RolesAnywhere SSO",
    "storage": "Backup ECR EFS FSx S3 S3Tables",
    "database": "DAX DocDB DynamoDB ElastiCache MemoryDB Neptune OpenSearchService RDS Redshift Timestream",
    "messaging": "Events KinesisFirehose Kinesis MSK Pipes SNS SQS Scheduler StepFunctions",
    "security": "CertificateManager CloudTrail Cognito Config GuardDuty KMS SecretsManager WAFv2",
    "monitoring": "Budgets CloudWatch Logs Synthetics XRay",
    "delivery": "CodeArtifact CodeBuild CodeCommit CodeConnections CodeDeploy CodePipeline",
    "parameters": "SSM",
}
"""File -> services."""

_TYPES = {
    "compute": "EC2::Instance EC2::LaunchTemplate EC2::KeyPair EC2::SpotFleet EC2::EC2Fleet EC2::VolumeAttachment",
    "storage": "EC2::Volume",
    "permissions": "IAM::Policy IAM::RolePolicy IAM::UserPolicy IAM::GroupPolicy Lambda::Permission S3::BucketPolicy "
    "SNS::TopicPolicy SNS::TopicInlinePolicy SQS::QueuePolicy SQS::QueueInlinePolicy",
}
"""File -> types that don't go into the file of their service: a resource that grants access refers to both sides."""

_READABLE = 2
"""Up to this many families, a merged file is named after all of them."""

_BY_SERVICE = {service: family for family, services in _FAMILIES.items() for service in services.split()}
_BY_TYPE = {f"AWS::{name}": family for family, names in _TYPES.items() for name in names.split()}


def family(type_name: str) -> str:
    """The name of the file that declares resources of a type.

    Args:
        type_name: Such as `AWS::EC2::VPC`.
    """
    if type_name in NESTED_TYPES:
        return "stacks"
    if is_custom(type_name):
        return "custom"
    service = type_name.split("::")[1] if "::" in type_name else type_name
    return _BY_TYPE.get(type_name) or _BY_SERVICE.get(service) or snake(service)


def together(families: Mapping[str, str], needs: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The families, each after those that it refers to; families that refer to each other are merged.

    Args:
        families: Logical id -> family.
        needs: Logical id -> the logical ids that it refers to; all of them are keys of `families`.

    Returns:
        Name of a file -> the logical ids that it declares.
    """
    edges: dict[str, set[str]] = {one: set() for one in dict.fromkeys(families.values())}
    for name, others in needs.items():
        edges[families[name]] |= {families[one] for one in others} - {families[name]}
    reached = {one: _reached(one, edges) for one in edges}
    circles = {one: tuple(other for other in edges if other == one or _both(one, other, reached)) for one in edges}
    named = {circle: _name(circle) for circle in circles.values()}
    ordered = sorted(edges, key=lambda one: len(reached[one] | {one}))
    found: dict[str, list[str]] = {named[circles[one]]: [] for one in ordered}
    for name, one in families.items():
        found[named[circles[one]]].append(name)
    return found


def _both(one: str, other: str, reached: Mapping[str, set[str]]) -> bool:
    return other in reached[one] and one in reached[other]


def _reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for one in edges[waiting.pop()] - found:
            found.add(one)
            waiting.append(one)
    return found


def _name(circle: tuple[str, ...]) -> str:
    return "_and_".join(circle) if len(circle) <= _READABLE else "core"
