"""Running a pipeline and following its image, over the real engine and the local cloud."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.local.faults import Fault
from cloudwright.render.images.delivery import result_lines
from cloudwright.render.terminal.style import TerminalStyle
from images_kit import ABROAD, BUILD, DEV, HOME, PROD, deployed, program, until_it_waits

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.imagebuilder.delivery.result import DeliveryResult

CELLS = [Place(BUILD, HOME), Place(DEV, HOME), Place(PROD, HOME), Place(BUILD, ABROAD), Place(PROD, ABROAD)]


def text(result: DeliveryResult) -> str:
    return "\n".join(result_lines(result, TerminalStyle()))


async def test_a_run_delivers_to_every_cell_and_the_state_keeps_what_it_replaced(world: World) -> None:
    world.operation_time = 1.0
    app = await deployed(world)
    first = await app.images.run()
    second = await app.images.run()

    assert (DeliveryOutcome.DELIVERED, 0) == (first.outcome, first.exit_code)
    assert CELLS == list(first.cells)
    assert all(first.cells.values())
    assert ("1.0.0/1", "1.0.0/2") == (first.version, second.version)
    kept = {one.image: one for one in (await world.snapshot()).deliveries}[second.image]
    assert ("run", "images", "pipeline", "delivered") == (kept.verb, kept.key, kept.pipeline, kept.outcome)
    before = kept.replaced[f"{BUILD}/{HOME}"]
    assert isinstance(before, dict)
    assert {"/imagebuilder/golden": first.cells[Place(BUILD, HOME)]} == before["parameters"]


async def test_a_run_is_shown_phase_by_phase_and_learns_how_long_they_take(world: World) -> None:
    app = await deployed(world)
    seen: list[Any] = []
    await app.images.run()
    await app.images.run(watch=lambda _, build_events: seen.extend(build_events))

    phases = [one.phase for one in seen if one.kind is BuildEventKind.PHASE and one.status == "done"]
    assert ["build", "test", "distribute", "integrate"] == phases
    assert set(CELLS) == {one.place for one in seen if one.kind is BuildEventKind.CELL}
    assert "images/pipeline/build" in (await world.snapshot()).learned


async def test_a_run_that_was_left_goes_on_and_is_no_result_of_a_later_one(world: World) -> None:
    app = await deployed(world, workflows=True)
    run = asyncio.ensure_future(app.images.run())
    await until_it_waits(app)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    left = await app.images.leave()
    await app.images.answer(approve=True)
    await asyncio.sleep(60)
    again = asyncio.ensure_future(app.images.run())
    await until_it_waits(app)
    await app.images.answer(approve=True)

    assert left.endswith("/1.0.0/1")
    assert ("1.0.0/2", False) == ((await again).version, (await again).found)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            "COPY",
            f"! {PROD} in {ABROAD}: copying the AMI failed\n    AWS says:    AMI Copy Reported Failure",
        ),
        ("UPDATE_LAUNCH_TEMPLATES", "updating launch templates failed (UPDATE_LAUNCH_TEMPLATES)"),
        ("PUT_SSM_PARAMETERS", "writing SSM parameters failed (PUT_SSM_PARAMETERS)"),
        ("EXPORT_AMI", "exporting the AMI to S3 failed (EXPORT_AMI)"),
    ],
)
async def test_a_failure_names_the_cell_the_step_aws_words_and_the_way_out(
    world: World, step: str, expected: str
) -> None:
    app = await deployed(world)
    place = {"COPY": f"{PROD}.{ABROAD}"}.get(step, f"{BUILD}.{HOME}")
    world.cloud.faults.add(Fault("image-delivery", type_name=place, operation=step))
    result = await app.images.run()
    shown = text(result)

    assert (DeliveryOutcome.PARTIAL, 3) == (result.outcome, result.exit_code)
    assert expected in shown
    assert "AWS says:" in shown
    assert "most likely:" in shown
    assert "fix:         " in shown
    assert "fix that and continue without a rebuild: `cloudwright images retry FILE`" in shown


async def test_a_retry_goes_on_in_place(world: World) -> None:
    app = await deployed(world)
    world.cloud.faults.add(Fault("image-delivery", type_name=f"{PROD}.{ABROAD}", operation="COPY", count=1))
    failed = await app.images.run()
    retried = await app.images.retry()

    assert (Place(PROD, ABROAD),) == failed.missing
    assert (failed.image, 0) == (retried.image, retried.exit_code)
    assert ["delivered"] == [one.outcome for one in (await world.snapshot()).deliveries]


async def test_a_failed_build_delivers_nothing_and_says_in_which_step(world: World) -> None:
    app = await deployed(world)
    world.cloud.faults.add(
        Fault("image-step", type_name="BUILD", operation="ApplyBuildComponents", options={"reason": "timeout"})
    )
    result = await app.images.run()

    assert (DeliveryOutcome.FAILED, 1) == (result.outcome, result.exit_code)
    assert "failed: image 1.0.0/1 failed in step ApplyBuildComponents" in text(result)
    assert "the step took longer than its timeout" in text(result)
    assert text(result).endswith("fix that and build again: `cloudwright images run FILE`")


async def test_a_step_that_waits_is_approved_or_rejected(world: World) -> None:
    app = await deployed(world, workflows=True)
    waited = asyncio.Event()
    seen: list[Any] = []

    def watch(_: Any, build_events: Any) -> None:
        seen.extend(build_events)
        if any(one.kind is BuildEventKind.WAITING for one in build_events):
            waited.set()

    run = asyncio.ensure_future(app.images.run(watch=watch))
    await waited.wait()
    (step,) = await app.images.waiting()
    await app.images.answer(approve=True, reason="checked")
    result = await run

    assert "WaitForApproval" == step.name
    assert 0 == result.exit_code
    run = asyncio.ensure_future(app.images.run(watch=watch))
    waited.clear()
    await waited.wait()
    await app.images.answer("WaitForApproval", approve=False, reason="no")
    rejected = await run
    assert 1 == rejected.exit_code
    assert "the waiting step was rejected" in text(rejected)


async def test_a_build_can_be_cancelled(world: World) -> None:
    app = await deployed(world, workflows=True)
    waited = asyncio.Event()
    run = asyncio.ensure_future(
        app.images.run(watch=lambda _, ms: waited.set() if any(m.kind is BuildEventKind.WAITING for m in ms) else None)
    )
    await waited.wait()
    cancelled = await app.images.follow(cancel=True)
    result = await run

    assert (DeliveryOutcome.CANCELLED, 1) == (cancelled.outcome, cancelled.exit_code)
    assert cancelled.image == result.image
    with pytest.raises(ProgramError, match="has ended already"):
        await app.images.follow(cancel=True)


# -- bad input: one clear error with the way out, and nothing is sent


async def test_an_unknown_pipeline_is_refused_with_the_near_one(world: World) -> None:
    app = await deployed(world)

    with pytest.raises(ProgramError, match="no pipeline 'pipelin'; did you mean 'pipeline'"):
        await app.images.run("pipelin")


async def test_a_program_that_is_not_deployed_can_run_nothing(world: World) -> None:
    with pytest.raises(ProgramError, match="pipeline is not deployed yet; nothing was sent") as caught:
        await world.app(program()).images.run()

    assert "cloudwright deploy FILE" in (caught.value.hint or "")


async def test_a_disabled_pipeline_is_not_started(world: World) -> None:
    app = await deployed(world, status="DISABLED")

    with pytest.raises(ProgramError, match="pipeline is disabled, so it is not run"):
        await app.images.run()

    assert () == (await world.snapshot()).deliveries
    assert "StartImagePipelineExecution" not in [call.action for call in world.cloud.calls]


async def test_the_time_of_a_build_ends_with_it_however_late_it_is_followed(world: World) -> None:
    app = await deployed(world)
    run = await app.images.run()
    await asyncio.sleep(3600)
    later = await app.images.follow()

    assert run.seconds < 60
    assert later.seconds < 60


async def test_following_nothing_says_how_to_start(world: World) -> None:
    app = await deployed(world)

    with pytest.raises(ProgramError, match="pipeline has built nothing yet"):
        await app.images.follow()


@pytest.mark.parametrize("arn", ["ami-123", f"arn:aws:imagebuilder:{HOME}:{BUILD}:image/golden/1.0.x"])
async def test_a_wildcard_is_no_image_to_follow(world: World, arn: str) -> None:
    app = await deployed(world)

    with pytest.raises(ProgramError, match="is not the full ARN of an image build version"):
        await app.images.follow(image=arn)
