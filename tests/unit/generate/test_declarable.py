from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.generate.declarable import PLACEHOLDER, declarable
from cloudwright.generate.live import JsonText, LiveResource
from cloudwright.schema.override import override_for
from cloudwright.target import Target

HERE = Target("111122223333", "us-east-1")


def declared(type_name: str, **properties: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    kind = CATALOG.get(f"AWS::{type_name}")
    live = LiveResource(kind=kind, override=override_for(kind.name), identifier="i", properties=properties)
    return declarable(live, HERE)


@pytest.mark.parametrize(
    "left_out",
    [
        {"Arn": "arn:aws:sqs:us-east-1:1:q"},  # read-only
        {"VisibilityTimeout": 30},  # a known default
        {"KmsMasterKeyId": ""},  # husks
        {"RedrivePolicy": {}},
        {"Tags": []},
        {"Tags": [{"Key": "aws:cloudformation:x", "Value": "1"}]},  # a system's tag
        {"FifoQueue": None},  # nulls
        {"NobodyKnows": {"a": [None]}},  # no schema's
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_a_program_need_not_say_is_left_out(left_out: dict[str, Any]) -> None:
    assert ({"QueueName": "q"}, ()) == declared("SQS::Queue", QueueName="q", **left_out)


def test_what_differs_from_the_default_stays() -> None:
    assert {"QueueName": "q", "VisibilityTimeout": 31} == declared("SQS::Queue", QueueName="q", VisibilityTimeout=31)[0]


def test_free_form_documents_stay_whole() -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "", "Action": [], "Condition": {}}]}
    found, _ = declared("IAM::Role", RoleName="r", AssumeRolePolicyDocument=policy, Path="/")

    assert {"RoleName": "r", "AssumeRolePolicyDocument": policy} == found


def test_json_text_becomes_a_mapping_where_the_type_takes_one_and_json_text_elsewhere() -> None:
    found, _ = declared("SQS::Queue", QueueName="q", RedrivePolicy='{"maxReceiveCount": 3}')
    assert {"maxReceiveCount": 3} == found["RedrivePolicy"]
    found, _ = declared("SSM::Parameter", Name="p", Type="String", Value='{"a": [1]}')
    assert JsonText({"a": [1]}) == found["Value"]
    found, _ = declared("SSM::Parameter", Name="p", Type="String", Value="{no json")
    assert "{no json" == found["Value"]


def test_required_write_only_values_are_placeholders_at_any_depth() -> None:
    found, remarks = declared(
        "AppStream::DirectoryConfig",
        DirectoryName="d",
        OrganizationalUnitDistinguishedNames=["ou"],
        ServiceAccountCredentials={"AccountName": "a"},
    )

    assert {"AccountName": "a", "AccountPassword": PLACEHOLDER} == found["ServiceAccountCredentials"]
    assert remarks[0].startswith("ServiceAccountCredentials/AccountPassword: write-only")


def test_what_no_schema_allows_is_left_to_the_user_with_a_remark() -> None:
    _, remarks = declared("EC2::VPC", EnableDnsSupport=False)
    unread = "Not read: Ipv4IpamPoolId, Ipv4NetmaskLength: AWS does not show whether it has them, nor their values."

    assert remarks[0].startswith(unread)
    assert ("To be fixed by hand: exactly one of CidrBlock, Ipv4IpamPoolId is needed",) == remarks[1:]


def test_names_come_first_and_tags_last() -> None:
    tags = [{"Key": "a", "Value": "b"}]
    found, _ = declared("SQS::Queue", Tags=tags, DelaySeconds=1, QueueName="q", MaximumMessageSize=1024)

    assert ["QueueName", "DelaySeconds", "MaximumMessageSize", "Tags"] == list(found)
