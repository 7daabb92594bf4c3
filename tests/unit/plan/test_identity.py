"""When two identifiers name one physical resource, and which properties decide that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog_kit import CATALOG
from cloudwright.plan.identity import Identity, identity, naming_paths, naming_place
from cloudwright.plan.twins import look_alike_key
from dead_runs import HERE, record

THERE = replace(HERE, region="eu-west-1")


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("AWS::CloudFront::Function", "Name"),
        ("AWS::S3Tables::TableBucket", "TableBucketName"),
        ("AWS::ElastiCache::ServerlessCacheSnapshot", "ServerlessCacheSnapshotName"),
    ],
)
def test_an_identifier_that_ends_in_upper_case_arn_is_made_of_names_too(type_name: str, name: str) -> None:
    kind = CATALOG.get(type_name)

    assert naming_paths(kind) == ((name,),)


def test_an_arn_without_a_region_is_one_in_all_regions() -> None:
    function, bucket = (CATALOG.get(f"AWS::{name}") for name in ("CloudFront::Function", "S3Tables::TableBucket"))

    assert naming_place(function, HERE) == naming_place(function, THERE)
    assert naming_place(bucket, HERE) != naming_place(bucket, THERE)


@pytest.mark.parametrize(("type_name", "alike"), [("AWS::IAM::Role", True), ("AWS::SNS::Topic", False)])
def test_identifiers_of_a_global_type_look_alike_in_all_regions(type_name: str, alike: bool) -> None:  # noqa: FBT001
    one, other = record(type_name, "one"), replace(record(type_name, "One", key="b"), target=THERE)

    assert (look_alike_key(one, CATALOG) == look_alike_key(other, CATALOG)) is alike


@pytest.mark.parametrize(
    "type_name",
    [
        pytest.param("AWS::ACMPCA::CertificateAuthority", id="the ARN ends in an id that the service makes"),
        pytest.param("AWS::SQS::Queue", id="the identifier is no ARN"),
        pytest.param("AWS::Glue::Integration", id="the identifier has two parts"),
        pytest.param("AWS::APS::AnomalyDetector", id="nothing tells how the ARN is made"),
    ],
)
def test_no_property_decides_an_identifier_that_the_service_makes(type_name: str) -> None:
    kind = CATALOG.get(type_name)

    assert naming_paths(kind) == ()


def identity_of(type_name: str, **properties: object) -> Identity | None:
    kind = CATALOG.get(type_name)
    return identity(kind, properties, HERE, str)


@pytest.mark.parametrize(
    ("type_name", "properties", "parts"),
    [
        ("AWS::Logs::LogGroup", {"LogGroupName": "/app"}, ("/app",)),
        ("AWS::Logs::LogGroup", {}, None),
        ("AWS::Logs::LogGroup", {"LogGroupName": None}, None),
        ("AWS::SQS::Queue", {"QueueName": "jobs"}, None),
        ("AWS::ImageBuilder::ImageRecipe", {"Name": "golden", "Version": "1.0.0"}, ("golden", "1.0.0")),
        ("AWS::ImageBuilder::ImageRecipe", {"Name": "golden", "Version": "1.0.x"}, None),
    ],
)
def test_an_identity_is_known_if_the_program_decides_all_of_it(
    type_name: str, properties: dict[str, object], parts: tuple[str, ...] | None
) -> None:
    found = identity_of(type_name, **properties)

    assert (found and found[2]) == parts
