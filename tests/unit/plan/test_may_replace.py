"""What depends on a resource that may turn out as a replacement, or that surely is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import EC2, SNS, SSM
from cloudwright.errors import ConsentNeeded
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def versioned(size: str, **options: Any) -> Callable[[], None]:
    def main() -> None:
        template = EC2.LaunchTemplate("template", LaunchTemplateData={"InstanceType": size})
        topic = SNS.Topic("topic", TopicName=f"version-{template.LatestVersionNumber}", **options)
        SSM.Parameter("parameter", Name="/topic", Type="String", Value=topic.TopicArn)

    return main


def networked(block: str) -> Callable[[], None]:
    def main() -> None:
        vpc = EC2.VPC("vpc", CidrBlock=block)
        EC2.Subnet("subnet", VpcId=vpc.VpcId, CidrBlock="10.0.1.0/24")

    return main


async def test_what_uses_it_may_change_too(world: World) -> None:
    await world.deploy(versioned("m6i.large"))
    with pytest.raises(ConsentNeeded, match="--allow-replace topic"):
        await world.deploy(versioned("m6i.xlarge"))
    result = await world.deploy(versioned("m6i.xlarge"), allow_replace=("topic",))

    assert result.ok, result.failed
    steps = {step.key: (step.action, step.maybe) for step in result.plans[0].steps}
    assert (Action.UPDATE, True) == steps["parameter"]
    (topic,), (parameter,) = world.live("SNS::Topic"), world.live("SSM::Parameter")
    assert topic["TopicArn"] == parameter["Value"]


@pytest.mark.parametrize(("before", "after"), [(True, True), (False, True), (True, False)])
async def test_a_protected_resource_is_not_replaced_even_with_consent(
    world: World, *, before: bool, after: bool
) -> None:
    await world.deploy(versioned("m6i.large", protect=before))
    (topic,) = world.live("SNS::Topic")
    template = (await world.records())["template"]
    world.cloud.modify(
        template.target.account,
        template.target.region,
        template.type,
        template.identifier,
        {"LatestVersionNumber": "2"},
    )
    result = await world.deploy(versioned("m6i.xlarge", protect=after), allow_replace=("topic",))

    messages = {outcome.key: outcome.message for outcome in result.failed}
    assert "topic is protected, and /TopicName would replace it" in messages["topic"]
    assert [topic] == world.live("SNS::Topic")


async def test_what_is_bound_to_the_identifier_of_a_new_one_is_surely_replaced_and_asks_no_consent(
    world: World,
) -> None:
    await world.deploy(networked("10.0.0.0/16"))
    result = await world.deploy(networked("10.0.0.0/20"))

    assert result.ok, result.failed
    steps = {step.key: (step.action, step.maybe, step.may_replace) for step in result.plans[0].steps}
    assert (Action.REPLACE, False, False) == steps["subnet"]
    assert (await world.deploy(networked("10.0.0.0/20"))).calls == 0
