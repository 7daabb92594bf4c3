"""What templates write next to and inside of properties: policies, and files that are uploaded first."""

from __future__ import annotations

import pytest

from converted_kit import convert

FUNCTION = "Handler: a.b, Runtime: python3.12, Role: 'arn:aws:iam::111122223333:role/x'"


def written(attributes: str, kind: str = "AWS::SNS::Topic", properties: str = "") -> tuple[str, list[str]]:
    found = convert(f"Resources: {{One: {{Type: {kind}, {attributes} Properties: {{{properties}}}}}}}")
    return found.source, [remark.text for remark in found.remarks]


@pytest.mark.parametrize(
    ("attributes", "option", "remark"),
    [
        ("DeletionPolicy: Delete, UpdateReplacePolicy: Delete,", "", None),
        ("DeletionPolicy: Retain,", ", retain=True", None),
        ("DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Retain,", ", retain=True", None),
        (
            "DeletionPolicy: Delete, UpdateReplacePolicy: Retain,",
            ", retain=True",
            "retain=True keeps it at deletion and at replacement; DeletionPolicy is Delete",
        ),
        (
            "DeletionPolicy: Retain, UpdateReplacePolicy: Delete,",
            ", retain=True",
            "retain=True keeps it at deletion and at replacement; UpdateReplacePolicy is Delete",
        ),
        (
            "DeletionPolicy: Snapshot,",
            ", retain=True",
            "Snapshot became retain=True: Cloud Control makes no snapshot before it deletes",
        ),
    ],
)
def test_one_option_serves_both_policies(attributes: str, option: str, remark: str | None) -> None:
    source, remarks = written(attributes)
    assert [line.strip() for line in source.splitlines() if "SNS.Topic(" in line] == [f'SNS.Topic("One"{option})']
    assert remarks == ([remark] if remark else [])


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::Lambda::Function", f"Code: ./src, {FUNCTION}", 'Code=asset("./src")'),
        (
            "AWS::Lambda::Function",
            f"Code: s3://b/a/c.zip, {FUNCTION}",
            'Code={"S3Bucket": "b", "S3Key": "a/c.zip"}',
        ),
        ("AWS::Lambda::LayerVersion", "Content: layer.zip", 'Content=asset("layer.zip")'),
        ("AWS::ApiGateway::RestApi", "BodyS3Location: api.json", 'BodyS3Location=asset("api.json")'),
        ("AWS::ApiGateway::RestApi", "Name: ./api", 'Name="./api"'),
    ],
)
def test_a_local_file_is_an_asset(kind: str, properties: str, expected: str) -> None:
    source, remarks = written("", kind, properties)
    assert expected in source
    assert not remarks
    assert ("import App, asset" in source) == ("asset(" in expected)
