"""An image that the program declares: a deploy builds it, and builds another one when its pipeline has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.control import AWS
from cloudwright.errors import ConsentNeeded
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.target import target
from images_kit import BUILD, HOME, pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

IMAGE = "AWS::ImageBuilder::Image"
PIPELINE = f"arn:aws:imagebuilder:{HOME}:{BUILD}:image-pipeline/golden"


def declared(schedule: str = "cron(0 4 * * ? *)", **settings: Any) -> Callable[[], None]:
    """The program with an image that its pipeline builds."""

    def declare() -> None:
        built = pipeline(schedule=schedule)
        with target(account=BUILD, region=HOME):
            run: Any = {"DeploymentId": built.DeploymentId, **settings}
            AWS.ImageBuilder.Image("image", ImagePipelineExecutionSettings=run)

    return declare


def images(world: World) -> list[str]:
    return [one.identifier.partition(":image/")[2] for one in world.cloud.resources() if one.type_name == IMAGE]


async def test_the_first_deploy_builds_the_image(world: World) -> None:
    result = await world.app(declared()).deploy()

    assert result.ok
    assert images(world) == ["golden/1.0.0/1"]
    assert () == (await world.plan(declared())).changes
    assert not (await world.app(declared()).images.live()).drifted


async def test_a_changed_pipeline_builds_again_with_on_update(world: World) -> None:
    before, after = declared(OnUpdate=True), declared("cron(0 5 * * ? *)", OnUpdate=True)
    await world.app(before).deploy()
    plan = await world.plan(after)

    assert {"pipeline": Action.UPDATE, "image": Action.UPDATE} == {step.key: step.action for step in plan.changes}
    with pytest.raises(ConsentNeeded, match="image: /ImagePipelineExecutionSettings"):
        await world.app(after).deploy()
    result = await world.app(after).deploy(options=PlanOptions(allow_replace=("image",)))
    assert result.ok
    assert images(world) == ["golden/1.0.0/2"]
    assert () == (await world.plan(after)).changes


async def test_a_changed_pipeline_builds_nothing_without_on_update(world: World) -> None:
    await world.app(declared()).deploy()
    after = declared("cron(0 5 * * ? *)")
    result = await world.app(after).deploy(options=PlanOptions(allow_replace=("image",)))

    assert result.ok
    assert images(world) == ["golden/1.0.0/1"]
    assert () == (await world.plan(after)).changes


async def test_the_plan_shows_the_deployment_in_clear(world: World) -> None:
    await world.app(declared()).deploy()
    record = (await world.records())["image"]
    found = next(one for one in world.cloud.resources() if one.identifier == PIPELINE)

    assert {"DeploymentId": found.properties["DeploymentId"]} == record.declared["ImagePipelineExecutionSettings"]
