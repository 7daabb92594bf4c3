"""What others added to a collection stays until a plan shows its removal (no update may take it along)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from catalogue.kit import ACCOUNT, REGION, live, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

DISTRIBUTION = "ImageBuilder::DistributionConfiguration"
GROUP = "EC2::SecurityGroup"


def tamper(world: World, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the one live resource outside of the program."""
    (found,) = world.cloud.resources()
    document = copy.deepcopy(dict(found.properties))
    edit(document)
    world.cloud.modify(ACCOUNT, REGION, found.type_name, found.identifier, document)


def region(name: str, description: str = "old", **more: Any) -> dict[str, Any]:
    settings = {"Name": "image-{{ imagebuilder:buildDate }}", "Description": description, **more}
    return {"Region": name, "AmiDistributionConfiguration": settings}


def distribution(*regions: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"Name": "images", "Distributions": list(regions), **properties}


def rule(port: int, description: str = "old") -> dict[str, Any]:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "CidrIp": f"10.{port % 200}.0.0/16",
        "Description": description,
    }


def group(*rules: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"GroupName": "g", "GroupDescription": "d", "SecurityGroupIngress": list(rules), **properties}


@pytest.mark.parametrize("at", [0, 1], ids=["before ours", "after ours"])
@pytest.mark.parametrize(
    ("type_name", "before", "after", "name", "foreign"),
    [
        pytest.param(
            DISTRIBUTION,
            distribution(region("us-east-1")),
            distribution(region("us-east-1", "new")),
            "Distributions",
            region("eu-west-1", "theirs"),
            id="elements with a key",
        ),
        pytest.param(
            GROUP, group(rule(443)), group(rule(443, "new")), "SecurityGroupIngress", rule(22, "theirs"), id="rules"
        ),
        pytest.param(
            GROUP, group(rule(443)), group(rule(8443)), "SecurityGroupIngress", rule(22, "theirs"), id="another rule"
        ),
        pytest.param(
            GROUP, group(rule(443)), group(), "SecurityGroupIngress", rule(22, "theirs"), id="the last of ours"
        ),
        pytest.param(
            GROUP,
            group(rule(443)),
            {"GroupName": "g", "GroupDescription": "d"},
            "SecurityGroupIngress",
            rule(22, "theirs"),
            id="a list that is no longer declared",
        ),
        pytest.param(
            "IAM::Role",
            {"RoleName": "r", "AssumeRolePolicyDocument": {}, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A"]},
            {"RoleName": "r", "AssumeRolePolicyDocument": {}, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/B"]},
            "ManagedPolicyArns",
            "arn:aws:iam::aws:policy/Theirs",
            id="a set of texts",
        ),
        pytest.param(
            "SNS::Topic",
            {"TopicName": "t", "Tags": [{"Key": "a", "Value": "1"}]},
            {"TopicName": "t", "Tags": [{"Key": "a", "Value": "2"}]},
            "Tags",
            {"Key": "theirs", "Value": "x"},
            id="tags",
        ),
    ],
)
async def test_an_element_of_others_survives_an_edit_and_is_said_and_is_drift(
    world: World, type_name: str, before: dict[str, Any], after: dict[str, Any], name: str, foreign: Any, at: int
) -> None:
    assert (await world.deploy(one(type_name, before))).ok
    tamper(world, lambda document: document[name].insert(at, foreign))

    result = await world.deploy(one(type_name, after))

    assert result.ok, result.failed
    assert foreign in live(world)[name]
    assert [declared for declared in after.get(name, []) if declared not in live(world)[name]] == []
    assert len(live(world)[name]) == len(after.get(name, [])) + 1
    assert any("added outside of the program" in note for outcome in result.outcomes for note in outcome.notes)
    if name in after:
        (drifted,) = (await world.app(one(type_name, after)).drift()).drifted
        assert [path.live for path in drifted.paths] == [foreign]
        refreshed = await world.plan(one(type_name, after), refresh=True)
        assert refreshed.empty
        assert any("added outside of the program" in note for note in refreshed.notes)
