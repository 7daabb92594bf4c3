"""In virtual time: what lies within what, how long it took, and what failed; of every kind of run."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright import secret
from cloudwright.aws import SNS, SSM
from cloudwright.errors import CloudwrightError
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
from cloudwright.local.faults import Fault
from cloudwright.testing.loop import VirtualClock
from images_kit import ABROAD, PROD, deployed
from images_kit import program as images
from otlp_kit import CANARY, failed, named, seconds

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


OPERATION = 30.0
"""Seconds that Cloud Control takes for a request."""


def slow(folder: Path) -> World:
    return World(folder, operation_time=OPERATION, clock=VirtualClock())


def program() -> None:
    topic = SNS.Topic("topic", TopicName="topic")
    pointer = SSM.Parameter("pointer", Name="/pointer", Type="String", Value=topic.TopicArn)
    SSM.Parameter("kept", Name="/kept", Type="String", Value=secret(CANARY), depends_on=pointer)


def within(inner: ReadableSpan, outer: ReadableSpan) -> bool:
    begins, ends = (outer.start_time or 0) <= (inner.start_time or 0), (inner.end_time or 0) <= (outer.end_time or 0)
    return begins and ends


def all_nested(spans: tuple[ReadableSpan, ...]) -> ReadableSpan:
    """The only root, once every other span lies within its parent, and no span holds the secret."""
    by_id = {span.context.span_id: span for span in spans}
    (root,) = [span for span in spans if span.parent is None]
    assert all(within(span, by_id[span.parent.span_id]) for span in spans if span.parent is not None)
    assert not [span.name for span in spans if CANARY in span.to_json()]
    return root


async def test_a_chain_of_steps_lasts_as_long_as_its_requests(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    world = slow(tmp_path)
    result = await world.app(program, tracer_provider=provider).deploy()

    spans = memory.get_finished_spans()
    run = all_nested(spans)
    assert (run.name, failed(spans)) == ("cloudwright deploy", {})
    steps = sorted((s for s in spans if s.name.startswith("create ")), key=lambda span: span.start_time or 0)
    lasted = {str((step.attributes or {})["cloudwright.step.key"]): seconds(step) for step in steps}
    assert list(lasted) == ["topic", "pointer", "kept"]
    assert lasted == pytest.approx({one.key: one.seconds for one in result.outcomes}, abs=0.5)
    assert all(OPERATION <= took < 2 * OPERATION for took in lasted.values())
    assert all((before.end_time or 0) <= (after.start_time or 0) for before, after in pairwise(steps))
    assert sum(lasted.values()) <= seconds(run) < sum(lasted.values()) + 5


async def test_a_failed_step_carries_aws_code_and_fails_its_run(
    world: World, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    world.cloud.faults.add(
        Fault("fail", type_name="AWS::SSM::Parameter", operation="CREATE", options={"code": "AccessDenied"})
    )
    result = await world.app(program, tracer_provider=provider).deploy()

    assert [one.key for one in result.failed] == ["pointer", "kept"]
    spans = memory.get_finished_spans()
    run = all_nested(spans)
    assert failed(spans) == {"create AWS::SSM::Parameter": "AccessDenied", "cloudwright deploy": "AccessDenied"}
    assert run.status.description == "1 step failed"
    counts = {name: value for name, value in (run.attributes or {}).items() if ".steps." in name}
    assert counts == {"cloudwright.steps.failed": 1, "cloudwright.steps.skipped": 1}


async def test_steps_that_fail_for_different_reasons_give_the_run_no_code_of_its_own(
    world: World, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    def two() -> None:
        SNS.Topic("topic", TopicName="topic")
        SSM.Parameter("pointer", Name="/pointer", Type="String", Value="x")

    for kind, code in (("AWS::SSM::Parameter", "AccessDenied"), ("AWS::SNS::Topic", "InvalidRequest")):
        world.cloud.faults.add(Fault("fail", type_name=kind, operation="CREATE", options={"code": code}))
    await world.app(two, tracer_provider=provider).deploy()

    found = failed(memory.get_finished_spans())
    assert found == {
        "create AWS::SSM::Parameter": "AccessDenied",
        "create AWS::SNS::Topic": "InvalidRequest",
        "cloudwright deploy": "_OTHER",
    }


async def test_an_interrupted_run_says_so(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    app = slow(tmp_path).app(program, tracer_provider=provider)
    run = asyncio.ensure_future(app.deploy())
    await asyncio.sleep(OPERATION / 2)
    app.interrupt(2)
    assert (await run).interrupted == 2

    assert failed(memory.get_finished_spans()) == {"cloudwright deploy": "interrupted"}


async def test_drift_and_destroy_are_traced(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    world = slow(tmp_path)
    await world.app(program).deploy()
    app = world.app(program, tracer_provider=provider)

    await app.drift()
    drift = all_nested(memory.get_finished_spans())
    assert drift.name == "cloudwright drift"
    assert len(named(memory.get_finished_spans(), "CloudControl.GetResource")) == 3

    memory.clear()
    await app.plan_destroy()
    assert all_nested(memory.get_finished_spans()).name == "cloudwright plan destroy"

    memory.clear()
    await app.destroy()
    spans = memory.get_finished_spans()
    assert all_nested(spans).name == "cloudwright destroy"
    assert sorted(span.name for span in spans if span.name.startswith("delete ")) == [
        "delete AWS::SNS::Topic",
        "delete AWS::SSM::Parameter",
        "delete AWS::SSM::Parameter",
    ]
    assert all(seconds(span) >= OPERATION for span in spans if span.name.startswith("delete "))


async def test_what_can_not_begin_is_an_error_of_the_run(
    world: World, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    app = world.app(program, tracer_provider=provider)
    with pytest.raises(CloudwrightError):
        await app.drift(["nothing"])

    assert failed(memory.get_finished_spans()) == {"cloudwright drift": "StateError"}


async def test_a_delivery_has_a_span_for_each_phase_by_image_builders_times(
    world: World, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    await deployed(world)
    app = world.app(images(), tracer_provider=provider)
    result = await app.images.run()

    spans = memory.get_finished_spans()
    (run,) = named(spans, "cloudwright images run")
    phases = [span for span in spans if span.name.startswith("image ")]
    assert [span.name for span in phases] == ["image build", "image test", "image distribute", "image integrate"]
    assert {span.parent and span.parent.span_id for span in phases} == {run.context.span_id}
    assert all((before.end_time or 0) <= (after.start_time or 0) for before, after in pairwise(phases))
    assert sum(map(seconds, phases)) == pytest.approx(result.seconds, rel=0.2)
    shown = dict(run.attributes or {})
    assert (shown["cloudwright.image.arn"], shown["cloudwright.image.outcome"]) == (result.image, "delivered")
    assert (shown["cloudwright.image.cells"], shown["cloudwright.image.cells.missing"]) == (5, 0)
    assert "imagebuilder.StartImagePipelineExecution" in {span.name for span in spans}


async def test_a_delivery_that_leaves_a_cell_empty_fails_its_run(
    world: World, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    await deployed(world)
    world.cloud.faults.add(Fault("image-delivery", type_name=f"{PROD}.{ABROAD}", operation="COPY"))
    app = world.app(images(), tracer_provider=provider)
    assert (await app.images.run()).outcome is DeliveryOutcome.PARTIAL

    found = failed(memory.get_finished_spans())
    assert found["cloudwright images run"] == "image partial"
    assert found["image distribute"] == "ImagePhaseFailed"
