"""An image that the program declares: a deploy builds it, and builds another one when its pipeline has changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import RunNotice
from cloudwright.errors import ConsentNeeded
from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.target import target
from images_kit import ABROAD, BUILD, DEV, HOME, PROD, entry, pipeline, program, until_it_waits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app_kit import World
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.result import DeliveryResult

IMAGE = "AWS::ImageBuilder::Image"
CELLS = [Place(BUILD, HOME), Place(DEV, HOME), Place(PROD, HOME), Place(BUILD, ABROAD), Place(PROD, ABROAD)]
PIPELINE = f"arn:aws:imagebuilder:{HOME}:{BUILD}:image-pipeline/golden"


def declared(schedule: str = "cron(0 4 * * ? *)", *, workflows: bool = False, **settings: Any) -> Callable[[], None]:
    """The program with an image that its pipeline builds."""

    def declare() -> None:
        built = pipeline(schedule=schedule, workflows=workflows)
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


def without_pipeline() -> None:
    """An image that is built from its recipe."""
    with target(account=BUILD, region=HOME):
        entries: list[Any] = [entry(HOME, [DEV])]
        images = AWS.ImageBuilder.DistributionConfiguration("images", Name="golden", Distributions=entries)
        owner = f"arn:aws:imagebuilder:{HOME}:aws"
        recipe = AWS.ImageBuilder.ImageRecipe(
            "recipe",
            Name="golden",
            Version="1.0.0",
            ParentImage=f"{owner}:image/amazon-linux-2023-x86/x.x.x",
            Components=[{"ComponentArn": f"{owner}:component/update-linux/x.x.x"}],
        )
        infra = AWS.ImageBuilder.InfrastructureConfiguration("infra", Name="golden", InstanceProfileName="builder")
        AWS.ImageBuilder.Image(
            "image",
            ImageRecipeArn=recipe.Arn,
            InfrastructureConfigurationArn=infra.Arn,
            DistributionConfigurationArn=images.Arn,
        )


async def test_an_image_without_a_pipeline_is_known_to_the_matrix_and_can_be_promoted(world: World) -> None:
    app = world.app(without_pipeline)
    await app.deploy(allow_findings=True)
    (matrix,) = (await app.images.live()).matrices
    promoted = await app.images.promote("images", "images")

    assert matrix.newest is not None
    assert ("1.0.0/1", ()) == (matrix.newest.version, matrix.differences)
    assert promoted is not None
    assert DeliveryOutcome.DELIVERED is promoted.outcome


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


# -- the build is shown while its create runs


@dataclass
class Watched:
    """What a deploy shows of its builds."""

    pictures: list[BuildProgress] = field(default_factory=list)
    build_events: list[BuildEvent] = field(default_factory=list)
    results: list[DeliveryResult] = field(default_factory=list)

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        self.pictures.append(progress)
        self.build_events += build_events

    def built(self, result: DeliveryResult) -> None:
        self.results.append(result)


async def until_it_builds(world: World) -> None:
    while True:
        if world.cloud.builds(1):
            return
        await asyncio.sleep(0.5)


def slow(world: World) -> None:
    """Have operations take their time, as on AWS: the identifier appears while the build runs."""
    world.cloud = LocalCloud(world.catalog(), clock=world.clock, operation_time=1.0)


async def test_a_deploy_shows_the_build_as_images_follow_does(world: World) -> None:
    slow(world)
    watched, events = Watched(), list[Any]()
    result = await world.app(declared()).deploy(builds=watched, observer=events.append)
    done = [one.phase for one in watched.build_events if one.kind is BuildEventKind.PHASE and one.status == "done"]
    cells = [one.place for one in watched.build_events if one.kind is BuildEventKind.CELL]
    steps = [one.step for one in watched.build_events if one.kind is BuildEventKind.STEP and one.status == "completed"]

    assert result.ok
    assert ["build", "test", "distribute", "integrate"] == done
    assert set(CELLS) == set(cells) == set(watched.pictures[0].cells)
    assert "CreateOutputAMI" in steps
    assert {"image"} == {picture.key for picture in watched.pictures}
    (ended,) = watched.results
    assert ("deploy", "image", DeliveryOutcome.DELIVERED) == (ended.verb, ended.key, ended.outcome)
    assert "images/image/build" in (await world.snapshot()).learned


async def test_a_deploy_without_an_image_or_without_a_watcher_asks_image_builder_nothing(world: World) -> None:
    slow(world)
    await world.app(program()).deploy(builds=Watched())
    await world.app(declared()).deploy()

    assert {"cloudcontrolapi", "sts"} >= {call.service for call in world.cloud.calls}


async def test_a_deploy_with_a_failed_image_names_the_cell_and_the_cause(world: World) -> None:
    slow(world)
    world.cloud.faults.add(Fault("image-delivery", type_name=f"{PROD}.{ABROAD}", operation="COPY"))
    watched = Watched()
    result = await world.app(declared()).deploy(builds=watched)

    assert ["image"] == [one.key for one in result.failed]
    (ended,) = watched.results
    (failure,) = ended.failures
    assert (DeliveryOutcome.PARTIAL, Place(PROD, ABROAD)) == (ended.outcome, failure.place)
    assert failure.cause is not None


async def test_a_build_that_may_not_be_followed_is_deployed_all_the_same(world: World) -> None:
    slow(world)
    refusal = {"code": "AccessDeniedException", "message": "not authorized to perform ListWorkflowExecutions"}
    world.cloud.faults.add(Fault("refuse", operation="ListWorkflowExecutions", options=refusal))
    watched, events = Watched(), list[Any]()
    result = await world.app(declared()).deploy(builds=watched, observer=events.append)

    assert result.ok
    assert [] == watched.pictures
    (notice,) = [one.text for one in events if isinstance(one, RunNotice)]
    assert (
        "image: its build can't be followed (AccessDeniedException: not authorized to perform "
        "ListWorkflowExecutions); the deploy continues" == notice
    )


async def test_a_build_of_a_killed_deploy_is_shown_by_the_one_that_resumes_it(world: World) -> None:
    slow(world)
    first = asyncio.ensure_future(world.app(declared()).deploy())
    await until_it_builds(world)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    watched = Watched()
    result = await world.app(declared()).deploy(builds=watched)

    assert result.ok
    assert images(world) == ["golden/1.0.0/1"]
    assert [DeliveryOutcome.DELIVERED] == [one.outcome for one in watched.results]


async def test_a_waiting_step_is_approved_while_the_deploy_goes_on(world: World) -> None:
    slow(world)
    app = world.app(declared(workflows=True))
    deploy = asyncio.ensure_future(world.app(declared(workflows=True)).deploy())
    await until_it_builds(world)
    await until_it_waits(app)
    step = await app.images.answer(approve=True)

    assert "WaitForApproval" == step.name
    assert (await deploy).ok


async def test_a_build_is_cancelled_while_the_deploy_goes_on(world: World) -> None:
    slow(world)
    app = world.app(declared(workflows=True))
    deploy = asyncio.ensure_future(world.app(declared(workflows=True)).deploy())
    await until_it_builds(world)
    await until_it_waits(app)
    ended = await app.images.follow(cancel=True)

    assert DeliveryOutcome.CANCELLED is ended.outcome
    assert ["image"] == [one.key for one in (await deploy).failed]
