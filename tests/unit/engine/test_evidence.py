from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloudwright.control.model import Operation
from cloudwright.engine.evidence import _passing, _server_made
from cloudwright.schema.catalog import Catalog
from cloudwright.state.journal import JournalEntry
from cloudwright.state.records import Record
from cloudwright.target import Target

HERE = Target("111111111111", "us-east-1")


def create_of(type_name: str, declared: dict[str, Any]) -> JournalEntry:
    draft = Record(key="one", type=type_name, identifier="", target=HERE, declared=declared)
    return JournalEntry(
        id="1",
        key="one",
        generation=0,
        operation=Operation.CREATE,
        type=type_name,
        target=HERE,
        client_token="t",
        body="{}",
        draft=draft,
    )


@pytest.mark.parametrize(
    ("type_name", "declared", "server_made"),
    [
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, True),
        ("AWS::SNS::Topic", {}, True),
        ("AWS::SNS::Topic", {"TopicName": "ours"}, False),
        ("AWS::ImageBuilder::DistributionConfiguration", {"Name": "ours"}, False),
        ("AWS::S3::Bucket", {"BucketName": "ours"}, False),
    ],
)
def test_an_identifier_made_of_the_declared_name_proves_nothing(
    type_name: str, declared: dict[str, Any], *, server_made: bool
) -> None:
    kind = Catalog.bundled().get(type_name)

    assert server_made == _server_made(create_of(type_name, declared), kind)


@pytest.mark.parametrize(
    ("type_name", "operation", "iam_changed", "number"),
    [
        ("AWS::EC2::Instance", Operation.CREATE, True, 1),
        ("AWS::EC2::Instance", Operation.CREATE, False, 0),
        ("AWS::EC2::InternetGateway", Operation.DELETE, False, 1),
        ("AWS::EC2::InternetGateway", Operation.DELETE, True, 1),
        ("AWS::EC2::InternetGateway", Operation.CREATE, True, 0),
    ],
)
def test_a_failure_passes_by_itself_where_its_cause_can(
    type_name: str, operation: Operation, *, iam_changed: bool, number: int
) -> None:
    entry = replace(create_of(type_name, {}), operation=operation)

    assert number == len(_passing(entry, Catalog.bundled().get(type_name), iam_changed=iam_changed))
