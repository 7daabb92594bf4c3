"""`plan --ask-service`: AWS's own answers among the findings of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import SNS, ImageBuilder
from cloudwright.errors import NotSent
from cloudwright.secret import secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.plan.model import Finding, Plan

GOOD = "golden-{{ imagebuilder:buildDate }}"
COMPONENT = "arn:aws:imagebuilder:us-east-1:{}:component/nothing/1.0.0"


class Offline:
    """A transport that reaches everything but Image Builder."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    async def send(self, call: Call) -> Reply:
        if call.service == "imagebuilder":
            raise NotSent("the endpoint can't be reached", hint="check the network")
        return await self._inner.send(call)

    async def close(self) -> None:
        await self._inner.close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def distribution(name: str = GOOD, **more: Any) -> None:
    entry: Any = {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": name}}
    ImageBuilder.DistributionConfiguration("Dist", Name="dist", Distributions=[entry], **more)


async def answered(world: World, program: Callable[[], Any]) -> tuple[Plan, list[Finding]]:
    app = world.app(program)
    plan = await app.ask_service(await app.plan())
    return plan, [finding for finding in plan.findings if finding.id.startswith("aws-")]


async def test_a_good_resource_is_confirmed_and_nothing_is_made(world: World) -> None:
    _, (shown,) = await answered(world, distribution)

    assert (shown.id, shown.severity, shown.key, shown.text) == ("aws-confirmed", "info", "Dist", "Confirmed by AWS.")
    assert shown.source.line
    assert world.cloud.resources() == []
    assert world.cloud.requests() == []


async def test_a_name_without_build_date_is_refused_next_to_the_rule(world: World) -> None:
    plan, (shown,) = await answered(world, lambda: distribution("golden"))

    assert shown.severity == "error"
    assert shown.text.startswith("AWS would refuse: The EC2 AMI name must contain")
    assert any(one.id == "IB103" for one in plan.findings)


async def test_an_unknown_component_is_refused_at_its_path(world: World) -> None:
    def program() -> None:
        ImageBuilder.ImageRecipe(
            "Recipe",
            Name="recipe",
            Version="1.0.0",
            ParentImage="arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x",
            Components=[{"ComponentArn": COMPONENT.format("000000000000")}],
        )

    _, (shown,) = await answered(world, program)

    assert (shown.id, shown.path) == ("aws-refused", "/Components/0/ComponentArn")
    assert "does not exist" in shown.text
    assert shown.source.line


async def test_what_is_not_known_yet_is_skipped_by_name(world: World) -> None:
    def program() -> None:
        topic = SNS.Topic("Topic", TopicName="t")
        ImageBuilder.InfrastructureConfiguration(
            "Infra", Name="infra", InstanceProfileName="p", SnsTopicArn=topic.TopicArn
        )

    _, (shown,) = await answered(world, program)

    assert (shown.id, shown.key, shown.path) == ("aws-not-asked", "Infra", "/SnsTopicArn")
    assert "Topic:/TopicArn is known only after deploy" in shown.text


async def test_a_secret_is_never_sent(world: World) -> None:
    bodies: list[bytes] = []
    world.cloud.listen(lambda _, body, __: bodies.append(body))

    _, (shown,) = await answered(world, lambda: distribution(Description=secret("hunter2")))

    assert (shown.id, shown.path) == ("aws-not-asked", "/Description")
    assert not any(b"hunter2" in body for body in bodies)


async def test_an_update_is_asked_as_a_create_under_another_name(world: World) -> None:
    await world.deploy(distribution)
    before = [dict(one) for one in world.live("ImageBuilder::DistributionConfiguration")]
    bodies: list[bytes] = []
    world.cloud.listen(lambda record, body, _: bodies.append(body) if record.service == "imagebuilder" else None)

    _, (shown,) = await answered(world, lambda: distribution(Description="second"))

    assert shown.id == "aws-confirmed"
    assert "under another name" in shown.text
    assert b'"cloudwright-dry-run-' in bodies[0]
    assert world.live("ImageBuilder::DistributionConfiguration") == before


async def test_what_does_not_change_is_not_asked_about(world: World) -> None:
    await world.deploy(distribution)
    _, shown = await answered(world, distribution)
    assert shown == []


async def test_offline_is_reported_and_the_plan_stays(tmp_path: Path) -> None:
    world = World(tmp_path, wrap=Offline)

    plan, (shown,) = await answered(world, distribution)

    assert (shown.id, shown.severity, shown.fix) == ("aws-no-answer", "warning", "check the network")
    assert len(plan.steps) == 1


async def test_an_answer_can_be_silenced_like_a_rule(world: World) -> None:
    app = world.app(distribution)
    app.silence("aws-confirmed", "seen")
    plan = await app.ask_service(await app.plan())
    (shown,) = (one for one in plan.findings if one.id == "aws-confirmed")
    assert shown.silenced == "seen"
