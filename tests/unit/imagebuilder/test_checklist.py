from __future__ import annotations

import json
from typing import Any

from cloudwright.imagebuilder.checklist import checklist_text, checklists
from cloudwright.imagebuilder.rules import RULES
from cloudwright.plan.findings import evaluate
from imagebuilder_plans import declare, distribution, entry, golden, plan_of

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"


def test_the_golden_image_has_a_list_for_every_target_account() -> None:
    found = checklists(golden())

    assert ["222222222222", "333333333333", "444444444444", "555555555555"] == [one.account for one in found]
    assert ("us-east-1", "eu-west-1", "ap-southeast-2") == found[2].regions
    assert {""} == {one.state for one in found}
    assert ["ARN of ImageKey:/Arn", "ARN of ImageKeyApSoutheast2:/Arn", "ARN of ImageKeyEuWest1:/Arn"] == found[
        2
    ].inline["keys"]["Statement"][0]["Resource"]


def test_the_role_it_describes_satisfies_the_rule() -> None:
    dist = distribution(entry(ami={"TargetAccountIds": ["222222222222"], "KmsKeyId": KEY}))
    (made,) = checklists(plan_of(dist))

    role = declare("role", "AWS::IAM::Role", made.as_json()["role"], account="222222222222")

    assert ["IB125"] == [single.id for single in evaluate(plan_of(dist), RULES) if single.id == "IB125"]
    assert [] == [single for single in evaluate(plan_of(dist, role), RULES) if single.id == "IB125"]


def test_templates_and_parameters_of_the_account_get_their_policies() -> None:
    more: dict[str, Any] = {
        "LaunchTemplateConfigurations": [{"LaunchTemplateId": "lt-1", "AccountId": "222222222222"}],
        "SsmParameterConfigurations": [
            {"ParameterName": "/imagebuilder/g", "AmiAccountId": "222222222222"},
            {"ParameterName": "/imagebuilder/own"},
        ],
    }
    (made,) = checklists(plan_of(distribution(entry(ami={"TargetAccountIds": ["222222222222"]}, **more))))

    assert {"launch-templates", "parameters"} == set(made.inline)
    assert {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}} == made.inline["launch-templates"][
        "Statement"
    ][1]["Condition"]
    assert ["arn:aws:ssm:us-east-1:222222222222:parameter/imagebuilder/g"] == made.inline["parameters"]["Statement"][0][
        "Resource"
    ]


def test_a_policy_never_names_a_key_by_its_alias() -> None:
    alias = "arn:aws:kms:us-east-1:111111111111:alias/golden"
    (made,) = checklists(plan_of(distribution(entry(ami={"TargetAccountIds": ["222222222222"], "KmsKeyId": alias}))))

    assert [f"ARN of the key of {alias}"] == made.inline["keys"]["Statement"][0]["Resource"]


def test_the_text_can_be_pasted() -> None:
    (made,) = checklists(plan_of(distribution(entry(ami={"TargetAccountIds": ["222222222222"]}))))

    text = checklist_text(made)

    assert "State: not declared in this program" in text
    start, end = text.index("{"), text.rindex("}") + 1
    assert made.trust == json.loads(text[start:end])
    assert "arn:aws:iam::111111111111:root" in text[start:end]


def test_shared_accounts_and_the_build_account_need_none() -> None:
    ami = {"TargetAccountIds": ["111111111111"], "LaunchPermissionConfiguration": {"UserIds": ["333333333333"]}}

    assert () == checklists(plan_of(distribution(entry(ami=ami))))
