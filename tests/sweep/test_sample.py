"""A hundred types live their whole lives; `make sweep` does it for all."""

from __future__ import annotations

import pytest

from catalog_kit import CATALOG, provisionable
from sweep.life import SIZES, failures, live_through
from sweep.references import live_with_references
from sweep.run import REFERENCES, expected

FAMOUS = [
    *(name for name in provisionable() if name.startswith("AWS::ImageBuilder::")),
    *(f"AWS::EC2::{name}" for name in ("VPC", "Subnet", "SecurityGroup", "Instance", "LaunchTemplate", "Volume")),
    *("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::KMS::Key"),
    *("AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic"),
    *("AWS::RDS::DBInstance", "AWS::ECS::Service", "AWS::EKS::Cluster", "AWS::ECR::Repository", "AWS::SSM::Parameter"),
    *("AWS::CloudFront::Distribution", "AWS::Route53::HostedZone", "AWS::Logs::LogGroup", "AWS::Events::Rule"),
]
"""What people use most, and the flagship."""

ODD = ["AWS::Pipes::Pipe", "AWS::DataZone::Project", "AWS::FinSpace::Environment", "AWS::QuickSight::Dashboard"]
"""No update possible, hidden fixed tags, a very large schema."""

SAMPLE = 100


def sample() -> list[str]:
    """The famous and the odd ones, and others spread over the alphabet."""
    chosen = dict.fromkeys([*FAMOUS, *ODD])
    # Spread over all types that have handlers, so that AWS's word on one of them does not exchange all others.
    handled = [name for name in CATALOG.names() if {"create", "read", "delete"} <= CATALOG.get(name).handlers.keys()]
    names = [name for name in handled if name not in chosen]
    rest = SAMPLE - len(chosen)
    spread = names[:: len(names) // rest][:rest]
    return [*chosen, *(name for name in spread if CATALOG.get(name).provisionable)]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("type_name", sample())
def test_a_resource_of_the_type_lives_its_whole_life(type_name: str, size: str) -> None:
    if size in expected().get(type_name, {}):
        pytest.skip(expected()[type_name][size])

    assert [] == list(failures(live_through(type_name, size)))


HIDING = [
    *("AWS::ImageBuilder::Image", "AWS::EC2::LaunchTemplate", "AWS::QuickSight::Template", "AWS::IAM::User"),
    *("AWS::WAFv2::WebACL", "AWS::Cognito::UserPool", "AWS::Events::EventBusPolicy"),
]
"""Write-only blocks of several shapes, and tags of several."""


@pytest.mark.parametrize("type_name", [*HIDING, *sample()[::8]])
def test_a_resource_of_the_type_lives_with_references(type_name: str) -> None:
    if REFERENCES in expected().get(type_name, {}):
        pytest.skip(expected()[type_name][REFERENCES])

    assert [] == list(failures(live_with_references(type_name)))


def test_every_exception_names_a_type_and_a_reason() -> None:
    known = set(provisionable())

    assert [] == [name for name in expected() if name not in known]
    assert [] == [
        (name, size) for name, each in expected().items() for size in each if size not in (*SIZES, REFERENCES)
    ]
    assert all(reason.partition(":")[2].strip() for each in expected().values() for reason in each.values())
