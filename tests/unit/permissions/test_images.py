"""What the commands on images need, account by account."""

from __future__ import annotations

from cloudwright.permissions.images import image_permissions
from cloudwright.plan.model import Declared, Plan
from cloudwright.target import Target

BUILD, DEV, OTHER = "111111111111", "222222222222", "333333333333"


def plan(**entry: object) -> Plan:
    properties = {"Name": "golden", "Distributions": [{"Region": "us-east-1", **entry}]}
    kind = "AWS::ImageBuilder::DistributionConfiguration"
    declared = Declared(key="images", type=kind, target=Target(BUILD, "us-east-1"), properties=properties)
    return Plan(app="a", stage="s", serial=0, digest="", declared=(declared,))


def actions(found: Plan, account: str) -> set[str]:
    return {one.action for (_, owner), one in image_permissions(found) if owner == account}


def test_the_build_account_runs_and_target_accounts_are_only_read_and_retired() -> None:
    found = plan(AmiDistributionConfiguration={"Name": "x", "TargetAccountIds": [DEV]})

    assert "imagebuilder:StartImagePipelineExecution" in actions(found, BUILD)
    assert {"ec2:DescribeImages", "ec2:DeregisterImage"} <= actions(found, DEV)
    assert not {one for one in actions(found, DEV) if one.startswith(("imagebuilder:", "ssm:"))}
    assert set() == actions(found, OTHER)


def test_only_what_is_declared_is_asked_for() -> None:
    bare = actions(plan(AmiDistributionConfiguration={"Name": "x"}), BUILD)
    full = plan(
        AmiDistributionConfiguration={"Name": "x", "LaunchPermissionConfiguration": {"UserIds": [OTHER]}},
        SsmParameterConfigurations=[{"ParameterName": "/imagebuilder/x", "AmiAccountId": DEV}],
        LaunchTemplateConfigurations=[{"LaunchTemplateId": "lt-0"}],
    )

    assert not {"ssm:PutParameter", "ec2:ModifyLaunchTemplate", "ec2:ModifyImageAttribute"} & bare
    assert {"ec2:ModifyLaunchTemplate", "ec2:ModifyImageAttribute"} <= actions(full, BUILD)
    assert {"ssm:GetParameters", "ssm:PutParameter"} <= actions(full, DEV)


def test_roles_alone_are_passed_and_only_those_of_the_account() -> None:
    found = plan(AmiDistributionConfiguration={"Name": "x"})
    (passed,) = (one for _, one in image_permissions(found) if one.action == "iam:PassRole")

    assert (f"arn:aws:iam::{BUILD}:role/*",) == passed.resources
    assert "`images promote`" == passed.reasons[0].note
