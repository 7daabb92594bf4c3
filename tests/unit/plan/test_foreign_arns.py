from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.rules import RuleEvaluator
from cloudwright.plan.findings import evaluate
from cloudwright.plan.foreign_arns import foreign_arns
from imagebuilder_plans import declare, plan_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Declared

GOV = "us-gov-west-1"
POLICY = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::bucket/*"]}]}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("ImageBuilder::ImageRecipe", {"ParentImage": f"arn:aws:imagebuilder:{GOV}:aws:image/x/x.x.x"}, "/ParentImage"),
    (
        "ImageBuilder::ImageRecipe",
        {"Components": [{"ComponentArn": f"arn:aws:imagebuilder:{GOV}:aws:component/update-linux/x.x.x"}]},
        "/Components/0/ComponentArn",
    ),
    ("Logs::LogGroup", {"KmsKeyId": f"arn:aws:kms:{GOV}:111111111111:key/1"}, "/KmsKeyId"),
    ("EC2::Host", {"Licences": [f"arn:aws:license-manager:{GOV}:111111111111:license-configuration:1"]}, "/Licences/0"),
    ("Organizations::Policy", {"Target": "arn:aws:organizations::111111111111:ou/o-a1/ou-1"}, "/Target"),
    ("IAM::Role", {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, "/ManagedPolicyArns/0"),
    ("IAM::Role", {"Policies": [{"PolicyDocument": POLICY}]}, "/Policies/0/PolicyDocument/Statement/0/Resource/0"),
    ("SQS::QueuePolicy", {"PolicyDocument": json.dumps(POLICY)}, "/PolicyDocument"),
]


def resource(kind: str, properties: dict[str, Any], partition: str, region: str) -> Declared:
    declared = declare("one", f"AWS::{kind}", properties, region=region)
    return replace(declared, target=replace(declared.target, partition=partition))


@pytest.mark.parametrize(("kind", "properties", "path"), BAD)
def test_an_arn_of_the_commercial_partition_is_found_in_govcloud(
    kind: str, properties: dict[str, Any], path: str
) -> None:
    (found,) = foreign_arns(plan_of(resource(kind, properties, "aws-us-gov", GOV)))

    assert ("error", path, "plan:partition") == (found.severity, found.path, found.id)
    assert 'Write "arn:aws-us-gov:' in found.fix


@pytest.mark.parametrize(("kind", "properties", "path"), BAD)
def test_the_corrected_arn_passes(kind: str, properties: dict[str, Any], path: str) -> None:
    assert path
    right = json.loads(json.dumps(properties).replace("arn:aws:", "arn:aws-us-gov:"))

    assert [] == list(foreign_arns(plan_of(resource(kind, right, "aws-us-gov", GOV))))
    assert [] == list(foreign_arns(plan_of(resource(kind, properties, "aws", "us-east-1"))))


def test_china_is_a_partition_and_a_region_of_another_one_is_no_fix() -> None:
    properties = {"KmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/1"}

    (found,) = foreign_arns(plan_of(resource("Logs::LogGroup", properties, "aws-cn", "cn-north-1")))

    assert "which is of aws-cn" in found.text
    assert found.fix.startswith("Name the one of aws-cn and its Region")


@pytest.mark.parametrize(
    "properties",
    [
        {"Tags": [{"Key": "origin", "Value": "arn:aws:s3:::bucket"}]},
        {"Environment": {"Variables": {"SOURCE": "arn:aws:s3:::bucket"}}},
        {"Description": "copied from arn:aws:s3:::bucket"},
        {"KmsKeyId": {"$unknown": "key:/Arn"}},
        {"Text": "{not json arn:aws:s3:::b"},
    ],
)
def test_what_nobody_resolves_there_is_left_alone(properties: dict[str, Any]) -> None:
    assert [] == list(foreign_arns(plan_of(resource("Lambda::Function", properties, "aws-us-gov", GOV))))


def test_every_plan_is_judged_and_a_reason_silences_it() -> None:
    kind, properties, _ = BAD[2]
    declared = resource(kind, properties, "aws-us-gov", GOV)

    assert ["plan:partition"] == [found.id for found in RuleEvaluator()(plan_of(declared))]
    silenced = evaluate(plan_of(replace(declared, silenced={"plan:partition": "a mirror"})), [foreign_arns])
    assert ["a mirror"] == [found.silenced for found in silenced]
