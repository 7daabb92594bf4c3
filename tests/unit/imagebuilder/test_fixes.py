"""The fix of each rule is accepted by the rule itself: carried out as its text says, it leaves nothing to find."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder.rules import RULES
from imagebuilder_plans import TEMPLATE, case_plan, declare, plan_of, rule_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.plan.model import Finding, Plan

    Edit = Callable[[Plan, Finding], Plan]

CASES = {case["id"]: case for case in rule_cases()}
BY_ID = {rule.id: rule for rule in RULES}
GONE: Any = object()
OUTSIDE = {"IB111": "the account enables the Region", "IB156": "somebody deregisters images"}
"""Rules whose fix is not an edit of the program; they may be information only."""


def edited(plan: Plan, key: str, path: str, value: Any) -> Plan:
    """The plan with another value at a place of a declaration; `GONE` takes it out."""
    (old,) = [single for single in plan.declared if single.key == key]
    document: Any = copy.deepcopy(dict(old.properties))
    *way, last = path.split("/")[1:]
    node = document
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if isinstance(node, list):
        node[int(last) : int(last) + 1] = [] if value is GONE else [value]
    elif value is GONE:
        del node[last]
    else:
        node[last] = value
    new = replace(old, properties=document)
    return replace(plan, declared=tuple(new if single is old else single for single in plan.declared))


def as_written(plan: Plan, found: Finding) -> Plan:
    """Carry out a fix that says with JSON what to write, add or remove."""
    fix = found.fix
    if match := re.match(r'(?:If the copy fails, add|Add|Write) "(\w+)": ', fix):
        value, _ = json.JSONDecoder().raw_decode(fix[match.end() :])
        holder = found.path if fix.startswith("Add") or found.path.endswith("Configuration") else _above(found.path)
        return edited(plan, found.key, f"{holder}/{match[1]}", value)
    if match := re.match(r"(?:Write|Name a key of .*?:) (?=[\"\d])", fix):
        value, _ = json.JSONDecoder().raw_decode(fix[match.end() :])
        return edited(plan, found.key, found.path, _filled(value))
    if match := re.match(r"(?:Remove|Omit) (\w+)", fix):
        name = match[1]
        inner = name not in {"it", "this"} and not found.path.endswith(f"/{name}")
        return edited(plan, found.key, f"{found.path}/{name}" if inner else found.path, GONE)
    raise AssertionError(fix)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _filled(value: Any) -> Any:
    """The user's own numbers in the place of words in capitals."""
    if not isinstance(value, str):
        return value
    return (
        value.replace("MANAGEMENT_ACCOUNT", "1" * 12)
        .replace("ORGANIZATION_ID", "o-a1b2c3d4e5")
        .replace("...", "0" * 32)
    )


def _moved(plan: Plan, found: Finding) -> str:
    """The ARN of the same thing in the Region in which the pipeline lives."""
    (declared,) = [single for single in plan.declared if single.key == found.key]
    assert f"Declare it in {declared.target.region}" in found.fix
    return re.sub(r":[a-z]+-[a-z]+-\d:", f":{declared.target.region}:", str(declared.properties[found.path[1:]]))


def at(path: str, value: Any, key: str = "") -> Edit:
    """An edit of a certain place, whatever the finding's."""
    return lambda plan, found: edited(plan, key or found.key, path, value)


def beside(*declared: Any) -> Edit:
    """More declarations."""
    return lambda plan, _: replace(plan, declared=(*plan.declared, *declared))


def here(value: Any) -> Edit:
    """Another value where the finding is."""
    return lambda plan, found: edited(plan, found.key, found.path, value)


def below(name: str, value: Any) -> Edit:
    """Another value of a member of what the finding is about."""
    return lambda plan, found: edited(plan, found.key, f"{found.path}/{name}", value)


def text(old: str, new: str) -> Edit:
    """Another word in the document that the finding is about."""

    def edit(plan: Plan, found: Finding) -> Plan:
        assert new in found.fix
        (declared,) = [single for single in plan.declared if single.key == found.key]
        return edited(plan, found.key, found.path, str(declared.properties["Data"]).replace(old, new))

    return edit


AMI = "/Distributions/0/AmiDistributionConfiguration"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole"}
    ]
}
POLICY = "arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"
TAGGED = [{"ResourceType": "launch-template", "Tags": [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]}]

BY_HAND: Mapping[str, Edit] = {
    "IB102": at("/Distributions/1", GONE),
    "IB109": lambda plan, found: edited(plan, found.key, "/Distributions/0/Region", "us-east-1"),
    "IB113": at(f"{AMI}/LaunchPermissionConfiguration", {"UserIds": ["222222222222"]}),
    "IB115": at(f"{AMI}/LaunchPermissionConfiguration/UserGroups", GONE),
    "IB119": at(f"{AMI}/LaunchPermissionConfiguration", {"UserIds": ["222222222222"]}),
    "IB120": here(KEY),
    "IB123": below("KmsKeyId", KEY.replace("us-east-1", "eu-west-1")),
    "IB124": lambda plan, _: edited(
        plan, "recipe", "/BlockDeviceMappings", [{"DeviceName": "a", "Ebs": {"Encrypted": True, "KmsKeyId": KEY}}]
    ),
    "IB125": beside(
        declare(
            "role",
            "AWS::IAM::Role",
            {"RoleName": ROLE, "AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [POLICY]},
            account="222222222222",
        )
    ),
    "IB126": at(f"{AMI}/TargetAccountIds", ["222222222222"]),
    "IB129": at("/Distributions/0/SsmParameterConfigurations/1", GONE),
    "IB132": below("LaunchTemplateName", GONE),
    "IB135": at(f"{AMI}/TargetAccountIds", ["222222222222"]),
    "IB136": below("LaunchTemplateId", "lt-0123456789abcdef0"),
    "IB137": lambda plan, found: edited(plan, found.key, f"{found.path}/5", GONE),
    "IB138": at(f"{AMI}/TargetAccountIds", ["222222222222"]),
    "IB139": at("/TagSpecifications", TAGGED, "template"),
    "IB140": at("/LaunchTemplateData/ImageId", "resolve:ssm:/imagebuilder/NAME", "template"),
    "IB142": here(f"arn:aws:license-manager:eu-west-1:111111111111:license-configuration:lic-{'0' * 32}"),
    "IB146": beside(
        declare("there", "AWS::ECR::Repository", {"RepositoryName": "team/app"}, region="eu-west-1"),
    ),
    "IB148": lambda plan, found: edited(
        edited(plan, found.key, found.path, GONE),
        found.key,
        f"{AMI}/LaunchPermissionConfiguration",
        {"UserIds": ["2" * 12]},
    ),
    "IB151": lambda plan, found: edited(
        edited(plan, found.key, found.path, GONE), found.key, f"{AMI}/AmiTags/team", "a"
    ),
    "IB152": lambda plan, found: edited(
        edited(plan, found.key, found.path, GONE), found.key, f"{AMI}/AmiTags/Owner", "a"
    ),
    "IB153": at(f"{AMI}/TargetAccountIds", ["222222222222"]),
    "IB155": here("golden-dist"),
    "IB158": lambda plan, found: replace(
        plan, declared=tuple(single for single in plan.declared if single.key != "parameter")
    ),
    "IB201": lambda plan, found: edited(plan, "other", "/Distributions", []),
    "IB202": lambda plan, found: edited(plan, found.key, found.path, _moved(plan, found)),
    "IB204": at("/Uri", "s3://bucket/component.yml"),
    "IB206": below("KmsKeyId", KEY),
    "IB207": lambda plan, found: edited(plan, found.key, f"{found.path}/TagMap", GONE),
    "IB214": lambda plan, found: edited(plan, "dist", f"{AMI}/LaunchPermissionConfiguration/UserGroups", GONE),
    "IB215": at("/ExecutionRole", "builder"),
    "IB216": at("/ImageTestsConfiguration", {"ImageTestsEnabled": False}),
    "IB217": at("/ExecutionRole", "builder"),
    "IB219": here("arn:aws:imagebuilder:us-east-1:111111111111:image-recipe/app/1.0.0"),
    "IB211": text("ExecuteBatch", "ExecuteBash"),
    "IB212": text("stepOutputs.lunch", "launch"),
}
"""Fixes that name what only the user knows, or something beside the resource."""


@pytest.mark.parametrize("rule", sorted(CASES))
def test_the_fix_of_a_rule_silences_it(rule: str) -> None:
    plan = case_plan(CASES[rule], "bad")
    found = list(BY_ID[rule](plan))
    if rule in OUTSIDE:
        assert {"info"} == {single.severity for single in found}
        return

    for _ in range(5):
        if not found:
            break
        plan = BY_HAND.get(rule, as_written)(plan, found[0])
        found = list(BY_ID[rule](plan))

    assert [] == [(single.path, single.text) for single in found]


def test_a_template_that_reads_a_parameter_is_accepted_with_any_other_content() -> None:
    plan = case_plan(CASES["IB140"], "bad")
    template = declare("template", TEMPLATE, {"LaunchTemplateData": {"InstanceType": "m6i.large"}})
    without = plan_of(*(single for single in plan.declared if single.key != "template"), template)

    assert "with no image," in next(iter(BY_ID["IB140"](without))).text
