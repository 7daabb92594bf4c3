from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.plan.model import Action, Declared
from cloudwright.render.plan.access_changes import broadenings
from render_samples import CONFIGURATION, HERE, configuration, plan, step


def gained(type_name: str, old: dict[str, Any] | None, new: dict[str, Any]) -> list[str]:
    action = Action.CREATE if old is None else Action.UPDATE
    declared = Declared(key="x", type=type_name, target=HERE, properties=new, previous=old)
    made = plan(step("x", action, type=type_name, desired=new), declared=(declared,))
    return [item.text for item in broadenings(made)]


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}}


def test_a_new_account_that_may_launch_is_named_with_its_region() -> None:
    found = gained(CONFIGURATION, configuration(users=("111",)), configuration(users=("111", "222")))

    assert found == ["account 222 may launch the images in us-west-2"]


def test_images_for_everyone_are_called_so() -> None:
    new = configuration()
    new["Distributions"][0]["AmiDistributionConfiguration"]["LaunchPermissionConfiguration"] = {"UserGroups": ["all"]}

    assert gained(CONFIGURATION, None, new) == ["group all (everyone) may launch the images in us-west-2"]


def test_fewer_rights_are_no_broadening() -> None:
    assert gained(CONFIGURATION, configuration(users=("1", "2")), configuration(users=("1",))) == []
    assert gained("AWS::IAM::Policy", allow(["s3:*", "ec2:Run"]), allow(["s3:GetObject"])) == []


def test_an_additional_action_is_reported() -> None:
    assert gained("AWS::IAM::Policy", allow("s3:*"), allow(["s3:Get*", "iam:PassRole"])) == ["may iam:PassRole on *"]


def test_a_policy_written_as_text_is_read() -> None:
    old = {"PolicyDocument": json.dumps(allow("s3:Get")["PolicyDocument"])}
    new = {"PolicyDocument": json.dumps(allow("s3:*")["PolicyDocument"])}

    assert gained("AWS::IAM::ManagedPolicy", old, new) == ["may s3:* on *"]


def test_a_removed_condition_is_a_broadening() -> None:
    narrow = allow("s3:Get", Condition={"Bool": {"aws:SecureTransport": "true"}})

    assert gained("AWS::IAM::Policy", narrow, allow("s3:Get")) == ["may s3:Get on *"]
    assert gained("AWS::IAM::Policy", allow("s3:Get"), narrow) == []


def test_a_removed_deny_is_a_broadening() -> None:
    deny = {"PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}}

    assert gained("AWS::IAM::Policy", deny, {"PolicyDocument": {"Statement": []}}) == [
        "no longer denied: s3:Delete* on *"
    ]


def test_a_principal_is_named() -> None:
    new = allow("sts:AssumeRole", Principal={"AWS": ["arn:aws:iam::1:root", "arn:aws:iam::2:root"]})
    old = allow("sts:AssumeRole", Principal={"AWS": "arn:aws:iam::1:root"})

    assert gained("AWS::IAM::Role", old, new) == ["arn:aws:iam::2:root may sts:AssumeRole on *"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
            "ingress tcp 22 from 0.0.0.0/0 (the whole internet)",
        ),
        (
            {"IpProtocol": "udp", "FromPort": 1, "ToPort": 9, "CidrIpv6": "fd00::/8"},
            "ingress udp 1-9 from fd00::/8",
        ),
        ({"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}, "ingress everything from sg-1"),
    ],
)
def test_a_new_rule_of_a_security_group_is_reported(rule: dict[str, Any], text: str) -> None:
    assert [text] == gained("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": []}, {"SecurityGroupIngress": [rule]})
    assert [text] == gained("AWS::EC2::SecurityGroupIngress", None, rule)


def test_an_update_without_a_known_past_is_not_judged() -> None:
    assert broadenings(plan(step("x", Action.UPDATE, desired=configuration()))) == ()


def test_destroying_broadens_nothing() -> None:
    assert broadenings(plan(step("x", Action.CREATE, desired=configuration()), destroy=True)) == ()


def test_what_differs_in_one_part_only_is_one_sentence() -> None:
    whom = ["arn:aws:iam::1:root", "arn:aws:iam::2:root"]
    new = allow(["kms:Encrypt", "kms:Decrypt"], Principal={"AWS": whom})

    assert gained("AWS::KMS::Key", None, new) == [
        "arn:aws:iam::1:root, arn:aws:iam::2:root may kms:Encrypt, kms:Decrypt on *"
    ]


def test_accounts_with_the_same_regions_are_one_sentence() -> None:
    entry = {"AmiDistributionConfiguration": {"TargetAccountIds": ["1", "2"]}}
    new = {"Distributions": [entry | {"Region": "us-east-1"}, entry | {"Region": "eu-west-1"}]}

    assert gained(CONFIGURATION, None, new) == ["account 1, account 2 get copies of the images in us-east-1, eu-west-1"]


def test_many_accounts_are_a_number_with_the_first_three() -> None:
    entry = {"AmiDistributionConfiguration": {"TargetAccountIds": [str(n) for n in range(1, 10)]}}

    assert gained(CONFIGURATION, None, {"Distributions": [entry | {"Region": "us-east-1"}]}) == [
        "9 accounts (1, 2, 3 and 6 more) get copies of the images in us-east-1"
    ]
