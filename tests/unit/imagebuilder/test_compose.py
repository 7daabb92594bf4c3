from __future__ import annotations

import json

from cloudwright.imagebuilder.compose import distribution
from cloudwright.imagebuilder.rules import RULES
from cloudwright.plan.findings import errors, evaluate
from imagebuilder_plans import DISTRIBUTION, declare, plan_of

UNIT = "arn:aws:organizations::999999999999:ou/o-a1b2c3d4e5/ou-ab12-cdef3456"
ORGANIZATION = "arn:aws:organizations::999999999999:organization/o-a1b2c3d4e5"


class Token(str):
    """Like a reference: a `str` whose text may not be looked into."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise TypeError("await it first")

    def __contains__(self, key: object) -> bool:
        raise TypeError("await it first")

    def __bool__(self) -> bool:
        raise TypeError("await it first")


def test_the_shortest_form() -> None:
    assert {
        "Name": "golden",
        "Distributions": [
            {
                "Region": "us-east-1",
                "AmiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"},
            }
        ],
    } == distribution("golden", ami_name="golden", regions=["us-east-1"])


def test_everything_at_once_passes_the_rules() -> None:
    made = distribution(
        "golden",
        ami_name="golden-{{ imagebuilder:buildDate }}",
        regions=["us-east-1", "eu-west-1"],
        copy_to={"us-east-1": ["222222222222"]},
        share_with=["222222222222", UNIT, ORGANIZATION],
        keys={"eu-west-1": "arn:aws:kms:eu-west-1:111111111111:key/1"},
        parameter="/imagebuilder/golden",
        templates={"us-east-1": ["lt-0123456789abcdef0"]},
        ami_tags={"app": "golden"},
        tags={"app": "golden"},
    )

    home, away = made["Distributions"]
    assert () == errors(evaluate(plan_of(declare("dist", DISTRIBUTION, made)), RULES))
    assert ["222222222222"] == home["AmiDistributionConfiguration"]["TargetAccountIds"]
    assert "TargetAccountIds" not in away["AmiDistributionConfiguration"]
    assert {
        "UserIds": ["222222222222"],
        "OrganizationalUnitArns": [UNIT],
        "OrganizationArns": [ORGANIZATION],
    } == away["AmiDistributionConfiguration"]["LaunchPermissionConfiguration"]
    assert "arn:aws:kms:eu-west-1:111111111111:key/1" == away["AmiDistributionConfiguration"]["KmsKeyId"]
    assert [{"LaunchTemplateId": "lt-0123456789abcdef0", "SetDefaultVersion": True}] == home[
        "LaunchTemplateConfigurations"
    ]


def test_everybody_is_a_group() -> None:
    (made,) = distribution("golden", ami_name="g", regions=["us-east-1"], share_with=["all"])["Distributions"]

    assert {"UserGroups": ["all"]} == made["AmiDistributionConfiguration"]["LaunchPermissionConfiguration"]


def test_references_are_carried_along_unread() -> None:
    token = Token("token")

    (made,) = distribution(
        "golden",
        ami_name=token,
        regions=["us-east-1"],
        copy_to=[token],
        share_with=[token],
        keys={"us-east-1": token},
        parameter=token,
        templates={"us-east-1": [token]},
    )["Distributions"]

    ami = made["AmiDistributionConfiguration"]
    places = [
        ami["Name"],
        ami["KmsKeyId"],
        ami["TargetAccountIds"][0],
        made["SsmParameterConfigurations"][0]["ParameterName"],
    ]
    assert all(place is token for place in places)
    assert ami["LaunchPermissionConfiguration"]["UserIds"][0] is token


def test_the_result_is_plain_data_of_its_own() -> None:
    accounts = ["222222222222"]

    made = distribution("golden", ami_name="g", regions=["us-east-1", "eu-west-1"], copy_to=accounts)
    made["Distributions"][0]["AmiDistributionConfiguration"]["TargetAccountIds"] *= 2

    assert ["222222222222"] == accounts
    assert ["222222222222"] == made["Distributions"][1]["AmiDistributionConfiguration"]["TargetAccountIds"]
    assert made == json.loads(json.dumps(made))
