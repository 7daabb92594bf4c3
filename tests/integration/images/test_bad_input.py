"""What can't be done is refused with one clear error and the way out, and nothing is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.control import AWS
from cloudwright.errors import CloudwrightError
from cloudwright.imagebuilder.delivery.retirement import RetireAction, RetireRules
from cloudwright.local.faults import Fault
from cloudwright.services.image_models import LaunchPermission
from cloudwright.target import Target, target
from images_kit import BUILD, DEV, HOME, Outside, deployed, program, until_it_waits

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from app_kit import World

READS = ("Get", "List", "Describe")
PIPELINE = f"arn:aws:imagebuilder:{HOME}:{BUILD}:image-pipeline/golden"
IMAGE = f"arn:aws:imagebuilder:{HOME}:{BUILD}:image/golden/1.0.0/1"
DAY = 86_400.0


async def refusal(world: World, act: Awaitable[object]) -> str:
    """The error and its hint; asserts that only reads were sent."""
    before = len(world.cloud.calls)
    with pytest.raises(CloudwrightError) as caught:
        await act
    sent = [call.action for call in list(world.cloud.calls)[before:]]
    assert not [action for action in sent if not action.startswith(READS)]
    return f"{caught.value.message}\n{caught.value.hint or ''}"


async def test_an_unknown_key(world: World) -> None:
    app = await deployed(world)

    assert await refusal(world, app.images.run("pipelin")) == (
        "the program declares no pipeline 'pipelin'; did you mean 'pipeline'?\nname pipeline; nothing was sent"
    )
    assert await refusal(world, app.images.live("imgaes")) == (
        "the program declares no distribution configuration 'imgaes'; did you mean 'images'?\n"
        "name images; nothing was sent"
    )


def lonely() -> None:
    """A pipeline that delivers nothing."""
    with target(account=BUILD, region=HOME):
        recipe = AWS.ImageBuilder.ImageRecipe(
            "recipe", Name="golden", Version="1.0.0", ParentImage="ami-0abcdef1234567890"
        )
        infra = AWS.ImageBuilder.InfrastructureConfiguration("infra", Name="golden", InstanceProfileName="builder")
        AWS.ImageBuilder.ImagePipeline(
            "pipeline", Name="golden", ImageRecipeArn=recipe.Arn, InfrastructureConfigurationArn=infra.Arn
        )


async def test_a_pipeline_without_a_distribution(world: World) -> None:
    app = world.app(lonely)
    await app.deploy()

    assert await refusal(world, app.images.run()) == (
        "pipeline: the program declares no distribution configuration for this pipeline; nothing was sent\n"
        "give it DistributionConfigurationArn, and deploy"
    )
    assert await refusal(world, app.images.live()) == (
        "the program declares no distribution configuration; nothing was sent\n"
        "docs/deliver.md starts with a program that delivers images"
    )


async def test_an_ami_of_another_account(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    outside = Outside(world)
    (copy,) = await outside.amis(DEV, HOME)
    unseen = await refusal(world, app.images.promote(copy, "images"))
    shared = [LaunchPermission("account", BUILD)]
    await outside.ec2.change_permissions(Target(DEV, HOME), copy, _unguarded, add=shared)
    seen = await refusal(world, app.images.promote(copy, "images"))

    assert unseen == (
        f"{copy}: there is no AMI {copy} in {BUILD}/{HOME}, or this account may not see it; nothing was sent\n"
        "Image Builder distributes only AMIs of its own Region: name the AMI of the build Region"
    )
    assert seen == (
        f"{copy}: {copy} belongs to account {DEV}, not to the build account {BUILD}; nothing was sent\n"
        "copy it first (`aws ec2 copy-image`), or promote the build account's own AMI"
    )


async def test_an_image_that_is_still_being_built(world: World) -> None:
    app = await deployed(world, workflows=True)
    run = asyncio.ensure_future(app.images.run())
    await until_it_waits(app)
    by_arn = await refusal(world, app.images.promote(IMAGE, "images"))
    by_key = await refusal(world, app.images.promote("images", "images"))
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)

    assert by_arn == (
        f"{IMAGE}: image 1.0.0/1 is still being built (TESTING); nothing was sent\n"
        f"wait for it: `cloudwright images follow FILE --image {IMAGE}`"
    )
    assert by_key == (
        "images has no finished image to promote; one is still being built (TESTING); nothing was sent\n"
        "wait for it: `cloudwright images follow FILE`"
    )


@pytest.mark.parametrize("fault", ["", "image-schedule"])
async def test_a_disabled_pipeline(world: World, fault: str) -> None:
    app = await deployed(world, status="ENABLED" if fault else "DISABLED")
    if fault:
        world.cloud.faults.add(Fault(fault, options={"failures": "5"}))
    shown = await refusal(world, app.images.run())

    by_aws = (
        "AWS disabled pipeline after 5 failed scheduled builds in a row; nothing was sent\nfix the build (`cloudwright "
        "images follow FILE` shows why the last one failed), then declare Status='ENABLED' and deploy"
    )
    by_program = "pipeline is disabled, so it is not run; nothing was sent\ndeclare Status='ENABLED' and deploy"
    assert shown == (by_aws if fault else by_program)


def with_policy(action: Any = "DELETE", days: int = 30, *, status: Any = "ENABLED") -> Any:
    """The program with a lifecycle policy that acts on old images by itself."""
    base = program()

    def declare() -> None:
        base()
        with target(account=BUILD, region=HOME):
            AWS.ImageBuilder.LifecyclePolicy(
                "lifecycle",
                Name="golden",
                ExecutionRole=f"arn:aws:iam::{BUILD}:role/lifecycle",
                ResourceType="AMI_IMAGE",
                Status=status,
                PolicyDetails=[{"Action": {"Type": action}, "Filter": {"Type": "AGE", "Value": days, "Unit": "DAYS"}}],
                ResourceSelection={"Recipes": [{"Name": "golden", "SemanticVersion": "1.0.0"}]},
            )

    return declare


async def aged(world: World, declare: Any, days: int = 60) -> Any:
    """An app with two images, the older one as old as that."""
    app = world.app(declare)
    await app.deploy(allow_findings=True)
    await app.images.run()
    await asyncio.sleep(days * DAY)
    await app.images.run()
    return app


async def test_a_lifecycle_policy_that_would_do_the_same(world: World) -> None:
    app = await aged(world, with_policy())
    shown = await refusal(world, app.images.plan_retire(None, RetireRules(keep=1)))
    other = await app.images.plan_retire(None, RetireRules(keep=1, action=RetireAction.DEPRECATE))

    assert shown == (
        "the lifecycle policy lifecycle does the same to all 4 of these AMIs (deletes images after 30 days); nothing "
        "was sent\nleave it to the policy, or take its rule out of the program and deploy"
    )
    assert other.steps
    assert other.notes == ("the lifecycle policy lifecycle deletes images after 30 days by itself",)


async def test_a_lifecycle_policy_that_is_disabled_or_not_due_yet_stops_nothing(world: World) -> None:
    app = await aged(world, with_policy(days=365))
    plan = await app.images.plan_retire(None, RetireRules(keep=1))
    disabled = world.app(with_policy(status="DISABLED"))
    await disabled.deploy(allow_findings=True)

    assert plan.steps
    assert (await disabled.images.plan_retire(None, RetireRules(keep=1))).notes == ()


async def test_a_pipeline_that_somebody_deleted(world: World) -> None:
    app = await deployed(world)
    world.cloud.remove(BUILD, HOME, "AWS::ImageBuilder::ImagePipeline", PIPELINE)

    assert await refusal(world, app.images.run()) == (
        f"pipeline: AWS has no pipeline {PIPELINE}; nothing was sent\n"
        "it was deleted; `cloudwright drift FILE` shows what else is missing, and `cloudwright deploy FILE "
        "--refresh` creates it again"
    )


async def _unguarded() -> None:
    pass
