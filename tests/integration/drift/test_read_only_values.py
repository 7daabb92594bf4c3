"""A value that AWS makes has changed since the last deploy: a read of it reaches every resource that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.aws.control import AWS
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.plan.model import Plan

ACCOUNT, REGION = "000000000000", "us-east-1"
GROUP, TEMPLATE, CLIENT = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::LaunchTemplate",
    "AWS::Cognito::UserPoolClient",
)
VERSION = "/LaunchTemplate/Version"
CONSENT: dict[str, Any] = {"allow_replace": ("group",)}
"""Another launch template may replace the group (its schema's conditionalCreateOnlyProperties)."""


def program(size: str = "m6i.large") -> dict[str, Any]:
    data: Any = {"InstanceType": size}
    template = AWS.EC2.LaunchTemplate("template", LaunchTemplateName="app", LaunchTemplateData=data)
    chosen: Any = {"LaunchTemplateId": template.LaunchTemplateId, "Version": template.LatestVersionNumber}
    AWS.AutoScaling.AutoScalingGroup(
        "group", MinSize="1", MaxSize="1", AvailabilityZones=["us-east-1a"], LaunchTemplate=chosen
    )
    return {"version": template.LatestVersionNumber}


async def new_version(world: World, version: str = "2") -> None:
    identifier = (await world.records())["template"].identifier
    world.cloud.modify(ACCOUNT, REGION, TEMPLATE, identifier, {"LatestVersionNumber": version})


def edits(plan: Plan) -> list[tuple[str, str, object, object]]:
    return [(step.key, change.path, change.old, change.new) for step in plan.changes for change in step.changes]


async def test_a_plan_with_fresh_reads_shows_what_a_new_version_changes_elsewhere(world: World) -> None:
    await world.deploy(program)
    await new_version(world)

    assert [("group", VERSION, "1", "2")] == edits(await world.plan(program, refresh=True, **CONSENT))
    assert (await world.plan(program)).empty


async def test_a_deploy_with_fresh_reads_brings_the_new_version_to_the_group_and_the_outputs(world: World) -> None:
    await world.deploy(program)
    await new_version(world)
    result = await world.deploy(program, refresh=True, **CONSENT)

    assert (True, {"version": "2"}) == (result.ok, result.outputs)
    assert "2" == world.live("AutoScaling::AutoScalingGroup")[0]["LaunchTemplate"]["Version"]
    assert "2" == (await world.records())["template"].observed["LatestVersionNumber"]
    assert (await world.plan(program, refresh=True)).empty
    assert (await world.plan(program)).empty


async def test_a_new_version_that_only_the_outputs_use_is_kept_by_a_deploy_that_sends_nothing(world: World) -> None:
    def alone() -> dict[str, Any]:
        data: Any = {"InstanceType": "m6i.large"}
        template = AWS.EC2.LaunchTemplate("template", LaunchTemplateName="app", LaunchTemplateData=data)
        return {"version": template.LatestVersionNumber}

    await world.deploy(alone)
    await new_version(world)
    result = await world.deploy(alone, refresh=True)

    assert {"version": "2"} == result.outputs
    assert {"version": "2"} == (await world.deploy(alone)).outputs


async def test_a_fresh_read_for_another_reason_reaches_those_who_use_the_value_too(world: World) -> None:
    """An update of the template ended badly, so that the next plan reads it, asked or not."""
    await world.deploy(program)
    world.cloud.faults.add(Fault("CC25", type_name=TEMPLATE))
    assert not (await world.deploy(lambda: program("m6i.xlarge"), **CONSENT)).ok
    assert (await world.records())["template"].dirty
    await new_version(world)

    assert [("group", VERSION, "1", "2")] == edits(await world.plan(program, **CONSENT))


async def test_a_secret_that_aws_regenerated_reaches_those_who_use_it(world: World) -> None:
    def hidden() -> None:
        pool = AWS.Cognito.UserPool("pool")
        client = AWS.Cognito.UserPoolClient("client", UserPoolId=pool.UserPoolId, GenerateSecret=True)
        AWS.SSM.Parameter("kept", Name="kept", Type="String", Value=client.ClientSecret)

    await world.deploy(hidden)
    first = world.live("SSM::Parameter")[0]["Value"]
    identifier = (await world.records())["client"].identifier
    world.cloud.modify(ACCOUNT, REGION, CLIENT, identifier, {"ClientSecret": "another-secret-altogether"})

    plan = await world.plan(hidden, refresh=True)
    assert [("kept", Action.UPDATE)] == [(step.key, step.action) for step in plan.changes]
    assert "another-secret" not in repr(plan)
    assert (await world.deploy(hidden, refresh=True)).ok
    assert first != world.live("SSM::Parameter")[0]["Value"] == "another-secret-altogether"
    before = await world.records()
    assert (await world.deploy(hidden, refresh=True)).ok
    assert before == await world.records(), "a secret that stayed is not sealed again"
