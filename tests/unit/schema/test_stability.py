"""Which attributes an update in place may change, over all bundled types."""

from __future__ import annotations

from datetime import date
from itertools import chain

import pytest

from catalog_kit import CATALOG, provisionable
from cloudwright.schema.pointer import parse
from cloudwright.schema.stability import causes, why_it_may_change, word_rules


@pytest.mark.parametrize(
    ("type_name", "attribute"),
    [
        ("AWS::EC2::LaunchTemplate", "/LatestVersionNumber"),
        ("AWS::IAM::ManagedPolicy", "/DefaultVersionId"),
        ("AWS::StepFunctions::StateMachine", "/StateMachineRevisionId"),
        ("AWS::Signer::SigningProfile", "/ProfileVersionArn"),
        ("AWS::WAFv2::WebACL", "/Capacity"),
        ("AWS::Pipes::Pipe", "/CurrentState"),
        ("AWS::Pipes::Pipe", "/LastModifiedTime"),
        ("AWS::CloudFront::TrustStore", "/ETag"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "/LoadBalancerArns"),
    ],
)
def test_versions_times_status_and_measures_may_change_with_any_update(type_name: str, attribute: str) -> None:
    assert why_it_may_change(CATALOG.get(type_name), parse(attribute), [("Tags",)])


@pytest.mark.parametrize(
    ("type_name", "attribute"),
    [
        ("AWS::Events::EventBus", "/Arn"),
        ("AWS::ApiGateway::RestApi", "/RootResourceId"),
        ("AWS::StepFunctions::StateMachine", "/Arn"),
        ("AWS::RDS::DBCluster", "/Endpoint"),
        ("AWS::RDS::DBCluster", "/Endpoint/Port"),
        ("AWS::EC2::Instance", "/PublicIp"),
        ("AWS::EC2::Instance", "/AvailabilityZone"),
        ("AWS::Route53::HostedZone", "/NameServers"),
        ("AWS::CloudFront::Distribution", "/DomainName"),
        ("AWS::Lambda::Version", "/Version"),
        ("AWS::Glue::Schema", "/InitialSchemaVersionId"),
    ],
)
def test_all_else_stays(type_name: str, attribute: str) -> None:
    assert not why_it_may_change(CATALOG.get(type_name), parse(attribute), [("Tags",)])


@pytest.mark.parametrize(
    ("type_name", "attribute", "changed"),
    [
        ("AWS::RDS::DBCluster", "/Endpoint/Port", "/Port"),
        ("AWS::RDS::DBCluster", "/Endpoint", "/Port"),
        ("AWS::EC2::Instance", "/PublicIp", "/InstanceType"),
        ("AWS::DynamoDB::Table", "/StreamArn", "/StreamSpecification/StreamViewType"),
        ("AWS::EC2::VPCEndpoint", "/NetworkInterfaceIds/0", "/SubnetIds/1"),
        ("AWS::S3::Bucket", "/VersioningConfiguration/Status", "/VersioningConfiguration"),
    ],
)
def test_some_follow_a_property(type_name: str, attribute: str, changed: str) -> None:
    assert why_it_may_change(CATALOG.get(type_name), parse(attribute), [parse(changed)])


def test_neither_identifiers_nor_create_only_values_nor_arns_of_the_resource_itself_ever_change() -> None:
    for kind in map(CATALOG.get, provisionable()):
        own = kind.name.rpartition("::")[2]
        arns = [path for path in kind.read_only if path[-1].lower() in {"arn", f"{own}arn".lower()} and len(path) == 1]
        for path in chain(kind.identifiers, kind.create_only, arns):
            assert not why_it_may_change(kind, path, [("Tags",)]), f"{kind.name} {path}"


def test_about_a_quarter_of_what_aws_sets_may_change() -> None:
    kinds = [kind for kind in map(CATALOG.get, provisionable()) if kind.updatable]
    reasons = [why_it_may_change(kind, path) or causes(kind, path) for kind in kinds for path in kind.read_only]

    assert 0.2 < sum(map(bool, reasons)) / len(reasons) < 0.3


def test_every_rule_for_names_has_a_source_and_a_use() -> None:
    shown = {
        why_it_may_change(kind, path)
        for kind in map(CATALOG.get, provisionable())
        if kind.updatable
        for path in kind.read_only
    }
    for rule in word_rules():
        assert rule.source.startswith("https://docs.aws.amazon.com/")
        assert date.fromisoformat(rule.date) >= date(2026, 1, 1)
        assert rule.why in shown
