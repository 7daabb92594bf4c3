"""Read-only values: they fit, they look right, and the same seed gives the same ones."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.local.generated.patterns import generate
from cloudwright.local.generated.values import ValueMaker
from cloudwright.local.model.type_index import TypeIndex
from cloudwright.local.model.validation import ModelValidator, matches
from cloudwright.local.rows import AccountRegion
from local_kit import ACCOUNT, REGION, START, WIDGET, Api, catalog

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("type_name", "properties", "wanted"),
    [
        (
            "AWS::EC2::VPC",
            {"CidrBlock": "10.0.0.0/16"},
            {"VpcId": r"vpc-[0-9a-f]{17}", "DefaultSecurityGroup": r"sg-\w+"},
        ),
        ("AWS::S3::Bucket", {"BucketName": "logs"}, {"Arn": r"arn:aws:s3:::logs", "DomainName": r"logs\.s3\.amaz.*"}),
        ("AWS::SQS::Queue", {"QueueName": "q"}, {"QueueUrl": rf"https://sqs\.{REGION}\.amazonaws\.com/{ACCOUNT}/q"}),
        ("AWS::SNS::Topic", {"TopicName": "t"}, {"TopicArn": rf"arn:aws:sns:{REGION}:{ACCOUNT}:t"}),
        ("AWS::IAM::Role", {"RoleName": "r"}, {"Arn": rf"arn:aws:iam::{ACCOUNT}:role/r", "RoleId": r"AROA\w+"}),
        ("AWS::IAM::Role", {"RoleName": "r", "Path": "/svc/"}, {"Arn": rf"arn:aws:iam::{ACCOUNT}:role/svc/r"}),
        ("AWS::EC2::SecurityGroup", {"GroupDescription": "d"}, {"Id": r"sg-\w+", "GroupId": r"sg-\w+"}),
        (
            "AWS::EC2::Instance",
            {},
            {"InstanceId": r"i-[0-9a-f]{17}", "PrivateIp": r"10(\.\d+){3}", "VpcId": r"vpc-\w+"},
        ),
        ("AWS::KMS::ReplicaKey", {}, {"KeyId": "mrk-[0-9a-f]{32}", "Arn": r"arn:aws:kms:.*:key/mrk-\w+"}),
        (
            "AWS::Cognito::UserPool",
            {},
            {"UserPoolId": rf"{REGION}_\w{{9}}", "ProviderURL": rf"https://.*/{REGION}_\w+"},
        ),
        ("AWS::CloudFront::Distribution", {}, {"Id": "E[A-Z2-7]{13}", "DomainName": r"d\w+\.cloudfront\.net"}),
        ("AWS::ECS::TaskDefinition", {"Family": "web"}, {"TaskDefinitionArn": r"arn:.*:task-definition/web:\d+"}),
        (
            "AWS::RDS::DBInstance",
            {},
            {"DBInstanceStatus": "available", "InstanceCreateTime": r"2027-01-15T08:.*Z"},
        ),
        ("AWS::KMS::Key", {}, {"KeyId": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "Arn": r"arn:aws:kms:.*key/.+"}),
        ("AWS::S3::Bucket", {}, {"BucketName": r"[a-z0-9-]{3,63}"}),
    ],
)
def test_values_look_like_awss(
    make_api: Callable[..., Api], type_name: str, properties: dict[str, Any], wanted: dict[str, str]
) -> None:
    api = make_api()
    api.cloud.put(ACCOUNT, REGION, type_name, properties)

    made = api.cloud.resources()[0].properties

    assert {name for name, pattern in wanted.items() if not re.fullmatch(pattern, str(made.get(name)))} == set()


def invented(name: str, seed: int) -> dict[str, Any]:
    kind = TypeIndex(catalog()).find(name)
    assert kind is not None
    model: dict[str, Any] = {}
    ValueMaker(kind, AccountRegion(ACCOUNT, REGION), "aws", random.Random(seed), START).complete(model)
    return model


def test_the_same_seed_invents_the_same_values() -> None:
    assert invented("AWS::EC2::Instance", 1) == invented("AWS::EC2::Instance", 1)
    assert invented("AWS::EC2::Instance", 1) != invented("AWS::EC2::Instance", 2)


def test_invented_values_fit_the_schema_of_every_tenth_type() -> None:
    kinds = TypeIndex(catalog())
    misfits = {}
    for name in list(kinds.names())[::10]:
        kind = kinds.find(name)
        if kind is None or not kind.provisionable:
            continue
        found = ModelValidator(kind.schema).violations(invented(name, 7))
        wrong = [str(one) for one in found if kind.is_read_only(one.path)]
        if wrong:
            misfits[name] = wrong

    assert misfits == {}


async def test_a_resource_made_again_gets_another_identifier(api: Api) -> None:
    first = await api.made("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
    await api.done(await api.delete("AWS::EC2::VPC", first))
    second = await api.made("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})

    assert first != second


async def test_items_get_their_read_only_members(api: Api) -> None:
    await api.made(WIDGET, {"Name": "one", "Items": [{"Key": "a"}, {"Key": "b"}]})

    items = (await api.get(WIDGET, "one")).model["Items"]

    assert len({item["Id"] for item in items}) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        r"^arn:aws[-a-z]*:imagebuilder:[^:]+:(?:\d{12}|aws):distribution-configuration/[a-z0-9-_]+$",
        r"^(?=.{3,9}$)[a-z]+$",
        r"^[^\s]{4}\d{2,5}(x|yz)?$",
        r"^lt-[a-z0-9-_]{17}$",
        r"\p{Lu}?[a-z]+",
    ],
)
def test_strings_are_made_to_fit_patterns(pattern: str) -> None:
    text = generate(pattern, random.Random(3), longest=200)

    assert text is None if "p{" in pattern else text is not None and matches(pattern, text)


def test_a_final_newline_does_not_slip_past_the_end_of_a_pattern() -> None:
    assert matches("^[a-z]+$", "abc")
    assert not matches("^[a-z]+$", "abc\n")


def test_a_pattern_that_nothing_understands_fits_everything() -> None:
    assert matches("[", "anything")
