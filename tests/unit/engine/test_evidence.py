from __future__ import annotations

from typing import Any

import pytest

from cloudwright.control.model import Operation
from cloudwright.engine.evidence import _server_made
from cloudwright.schema.catalog import Catalog
from cloudwright.state.model import JournalEntry, Record
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
