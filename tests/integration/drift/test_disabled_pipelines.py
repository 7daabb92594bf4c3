"""An image pipeline that AWS disabled after failed scheduled builds is drift, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.aws.control import AWS
from cloudwright.local.faults import parse
from cloudwright.plan.drift import Condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.plan.drift import ResourceDrift

ACCOUNT, REGION = "000000000000", "us-east-1"
ARN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"


def program(**more: Any) -> Callable[[], None]:
    def main() -> None:
        AWS.ImageBuilder.ImagePipeline(
            "pipeline",
            Name="golden",
            ImageRecipeArn=f"{ARN}:image-recipe/base/1.0.0",
            InfrastructureConfigurationArn=f"{ARN}:infrastructure-configuration/infra",
            **more,
        )

    return main


async def look(world: World, of: Callable[[], None]) -> ResourceDrift:
    (found,) = (await world.app(of).drift()).resources
    return found


async def test_an_auto_disabled_pipeline_is_drift_though_no_status_is_declared(world: World) -> None:
    await world.deploy(program())
    assert (await look(world, program())).condition is Condition.AS_DECLARED

    world.cloud.faults.add(parse("image-schedule:failures=5"))
    found = await look(world, program())

    (path,) = [one for one in found.paths if one.kind == "changed"]
    assert (found.condition, path.path, path.live) == (Condition.CHANGED, "/Status", "DISABLED")
    assert "after 5 failed scheduled builds in a row" in found.reason


async def test_the_reason_stands_next_to_a_declared_status_once(world: World) -> None:
    await world.deploy(program(Status="ENABLED"))
    world.cloud.faults.add(parse("image-schedule"))
    found = await look(world, program(Status="ENABLED"))

    (path,) = [one for one in found.paths if one.path == "/Status"]
    assert (path.declared, path.live) == ("ENABLED", "DISABLED")
    assert "failed scheduled builds" in found.reason


async def test_a_pipeline_that_somebody_disabled_is_compared_as_ever(world: World) -> None:
    await world.deploy(program())
    identifier = (await world.records())["pipeline"].identifier
    kind = "AWS::ImageBuilder::ImagePipeline"
    world.cloud.modify(ACCOUNT, REGION, kind, identifier, {"Status": "DISABLED"})

    assert (await look(world, program())).condition is Condition.AS_DECLARED
    await world.deploy(program(Status="DISABLED"))
    world.cloud.faults.add(parse("image-schedule"))
    assert (await look(world, program(Status="DISABLED"))).condition is Condition.AS_DECLARED
