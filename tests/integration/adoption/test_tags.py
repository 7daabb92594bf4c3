"""Default tags of apps and scopes over a resource's life (CC95-CC97)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import App, Resource, scope
from cloudwright.aws.control import AWS
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan


def tagged(world: World, program: Callable[[], Any], **tags: str) -> App:
    return world.app(program, tags=tags)


async def deploy(world: World, program: Callable[[], Any], **tags: str) -> Result:
    result = await tagged(world, program, **tags).deploy()
    assert result.ok, [outcome.message for outcome in result.failed]
    return result


async def plan(world: World, program: Callable[[], Any], *, refresh: bool = False, **tags: str) -> Plan:
    return await tagged(world, program, **tags).plan(PlanOptions(refresh=refresh))


async def test_tags_take_each_types_own_shape_cc95(world: World) -> None:
    def program() -> None:
        AWS.SQS.Queue("queue", QueueName="q")
        AWS.SSM.Parameter("parameter", Name="p", Type="String", Value="v")
        AWS.KMS.Alias("alias", AliasName="alias/a", TargetKeyId="k")

    await deploy(world, program, team="a", env="prod")

    assert [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "a"}] == world.live("SQS::Queue")[0]["Tags"]
    assert {"env": "prod", "team": "a"} == world.live("SSM::Parameter")[0]["Tags"]
    assert "Tags" not in world.live("KMS::Alias")[0]


async def test_the_resource_wins_over_the_inner_scope_and_that_over_the_outer_and_the_app(world: World) -> None:
    def program() -> None:
        with scope("outer", tags={"a": "outer", "b": "outer", "c": "outer"}), scope("inner", tags={"b": "inner"}):
            AWS.SQS.Queue("queue", QueueName="q", Tags=[{"Key": "c", "Value": "own"}])

    await deploy(world, program, a="app", b="app", c="app", d="app")

    found = {tag["Key"]: tag["Value"] for tag in world.live("SQS::Queue")[0]["Tags"]}
    assert {"a": "outer", "b": "inner", "c": "own", "d": "app"} == found


async def test_the_order_in_which_the_service_returns_tags_means_nothing_cc96(world: World) -> None:
    def program() -> None:
        AWS.SQS.Queue("queue", QueueName="q", Tags=[{"Key": "z", "Value": "1"}, {"Key": "b", "Value": "2"}])

    await deploy(world, program, m="3", a="4")
    world.cloud.faults.add(Fault("CC96", type_name="AWS::SQS::Queue"))
    for _ in range(4):
        assert (await plan(world, program, refresh=True, a="4", m="3")).empty


async def test_a_new_default_tag_updates_in_place_and_a_removed_one_goes(world: World) -> None:
    def program() -> None:
        AWS.SQS.Queue("queue", QueueName="q")

    await deploy(world, program, team="a")
    (step,) = (await plan(world, program, team="b", env="prod")).changes
    assert Action.UPDATE is step.action

    await deploy(world, program, team="b", env="prod")
    await deploy(world, program, env="prod")
    assert [{"Key": "env", "Value": "prod"}] == world.live("SQS::Queue")[0]["Tags"]


async def test_a_default_tag_never_replaces_what_can_not_be_retagged_cc97(world: World) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "AWS::EC2::LaunchTemplate": {"LaunchTemplateName": "t", "LaunchTemplateData": {"InstanceType": "t3.micro"}},
        "AWS::ImageBuilder::Component": {"Name": "golden", "Version": "1.0.0", "Platform": "Linux", "Uri": "s3://b/c"},
        "AWS::ImageBuilder::ImageRecipe": {
            "Name": "golden",
            "Version": "1.0.0",
            "ParentImage": "arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x",
        },
    }

    def program() -> None:
        for name, properties in kinds.items():
            Resource(name.rpartition("::")[2], type=name, properties=properties)

    await deploy(world, program, team="a")
    made = {record.identifier for record in (await world.records()).values()}
    later = await plan(world, program, team="b", env="prod")

    assert set() == {step.action for step in later.changes} & {Action.REPLACE}
    await deploy(world, program, team="b", env="prod")
    assert made == {record.identifier for record in (await world.records()).values()}


def environment(**tags: str) -> Callable[[], None]:
    """A program with a resource whose type can't be updated at all."""

    def program() -> None:
        own = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}
        properties = {
            "EnvironmentIdentifier": "env-0123456789",
            "Name": "app",
            "VpcId": "vpc-01234567",
            "ProxyType": "API_GATEWAY",
        }
        Resource("it", type="AWS::RefactorSpaces::Application", properties={**properties, **own})

    return program


async def test_a_tag_that_stays_though_the_program_dropped_it_is_reported_cc97(world: World) -> None:
    await deploy(world, environment(owner="me"), team="a")
    assert (await plan(world, environment(owner="me"), team="a")).findings == ()

    later = await plan(world, environment(), team="a")

    (note,) = [finding for finding in later.findings if finding.id == "plan:tags-kept"]
    assert later.empty
    assert (note.severity, note.key) == ("info", "it")
    assert "owner" in note.text
    assert "team" not in note.text
    assert "--replace it" in note.fix
    await deploy(world, environment(), team="a")
    assert [each.id for each in (await plan(world, environment(), team="a")).findings] == ["plan:tags-kept"]


async def test_a_replacement_gets_the_tags_that_the_program_has_now_cc97(world: World) -> None:
    await deploy(world, environment(owner="me"), team="a")

    result = await tagged(world, environment(), team="b").deploy(options=PlanOptions(replace=("it",)))

    assert result.ok, [outcome.message for outcome in result.failed]
    assert [finding.id for plan in result.plans for finding in plan.findings] == []
    (live,) = world.live("RefactorSpaces::Application")
    assert live["Tags"] == [{"Key": "team", "Value": "b"}]
    assert (await plan(world, environment(), team="b")).findings == ()


@pytest.mark.parametrize("type_name", ["AWS::Logs::LogGroup", "AWS::SQS::Queue"])
async def test_an_adopted_resource_gets_the_default_tags_as_an_update(world: World, type_name: str) -> None:
    name = {"AWS::Logs::LogGroup": "LogGroupName", "AWS::SQS::Queue": "QueueName"}[type_name]
    world.cloud.put("000000000000", "us-east-1", type_name, {name: "x", "Tags": [{"Key": "theirs", "Value": "1"}]})

    def program() -> None:
        Resource("it", type=type_name, properties={name: "x"}, adopt=True)

    (step,) = (await plan(world, program, team="a")).changes
    assert (Action.IMPORT, {"add"}) == (step.action, {change.kind for change in step.changes})
    await deploy(world, program, team="a")
    tags = {tag["Key"]: tag["Value"] for tag in world.live(type_name.removeprefix("AWS::"))[0]["Tags"]}
    assert {"theirs": "1", "team": "a"} == tags
    assert (await plan(world, program, refresh=True, team="a")).empty
