"""What a run's trace says: with the SDK's own exporter in memory, and over OTLP to a receiver on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode

from app_kit import World
from cloudwright import App, secret
from cloudwright.aws import SNS, SSM
from cloudwright.control.model import Reply
from cloudwright.tracing import setup
from otlp_kit import CANARY, Receiver, named

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from cloudwright.control.model import Call, Transport

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def program() -> None:
    topic = SNS.Topic("topic", TopicName="topic")
    SSM.Parameter("shown", Name="/shown", Type="String", Value=topic.TopicArn)
    SSM.Parameter("kept", Name="/kept", Type="String", Value=secret(CANARY))


def traced(world: World, provider: TracerProvider | None) -> App:
    app = App("test", stage="dev", tracer_provider=provider)
    app.program(program)
    return app.configure(runtime=world.runtime)


async def test_calls_lie_within_their_step_and_steps_within_the_run(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    assert (await traced(World(tmp_path), provider).deploy()).ok

    spans = memory.get_finished_spans()
    (run,) = named(spans, "cloudwright deploy")
    assert run.attributes == {"cloudwright.app": "test", "cloudwright.stage": "dev"}
    by_id = {span.context.span_id: span for span in spans}
    steps = [span for span in spans if "cloudwright.step.key" in (span.attributes or {})]
    assert {span.name for span in steps} == {"create AWS::SNS::Topic", "create AWS::SSM::Parameter"}
    assert {span.parent and span.parent.span_id for span in steps} == {run.context.span_id}
    for create in named(spans, "CloudControl.CreateResource"):
        assert create.parent is not None
        step = by_id[create.parent.span_id]
        assert step in steps
        assert (step.start_time or 0) <= (create.start_time or 0) <= (create.end_time or 0) <= (step.end_time or 0)
    assert len(named(spans, "CloudControl.CreateResource")) == 3
    assert {span.context.trace_id for span in spans} == {run.context.trace_id}


async def test_a_call_follows_the_conventions_and_no_value_is_in_a_trace(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    await traced(World(tmp_path), provider).deploy()

    create = named(memory.get_finished_spans(), "CloudControl.CreateResource")[0]
    attributes = dict(create.attributes or {})
    assert attributes.pop("aws.request_id")
    assert attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "CloudControl",
        "rpc.method": "CreateResource",
        "cloud.provider": "aws",
        "cloud.account.id": "000000000000",
        "cloud.region": "us-east-1",
        "http.response.status_code": 200,
    }
    texts = [span.to_json() for span in memory.get_finished_spans()]
    assert texts
    assert not [text for text in texts if CANARY in text]


class ThrottledOnce:
    """Refuses the first create."""

    def __init__(self, inner: Transport) -> None:
        self._inner, self._refused = inner, False

    async def send(self, call: Call) -> Reply:
        if call.action == "CreateResource" and not self._refused:
            self._refused = True
            return Reply(400, {}, json.dumps({"__type": "ThrottlingException", "Message": CANARY}).encode())
        return await self._inner.send(call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_an_error_sets_the_status_and_a_retry_is_an_event_of_the_step(
    tmp_path: Path, provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    world = World(tmp_path)
    world.wrap = ThrottledOnce
    assert (await traced(world, provider).deploy()).ok

    spans = memory.get_finished_spans()
    (failed,) = [span for span in spans if span.status.status_code is StatusCode.ERROR]
    assert (failed.name, failed.status.description) == ("CloudControl.CreateResource", "ThrottlingException")
    retries = [event for span in spans for event in span.events if event.name == "retry"]
    assert [dict(event.attributes or {}) for event in retries] == [
        {"rpc.method": "CreateResource", "http.request.resend_count": 1}
    ]
    assert not [span for span in spans if CANARY in span.to_json()]


async def test_the_environment_turns_it_on_and_names_the_parent(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}")
    monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-{PARENT}-01")
    assert (await traced(World(tmp_path), None).deploy()).ok

    await asyncio.sleep(0)
    (run,) = [span for span in receiver.spans if span.name == "cloudwright deploy"]
    assert (run.trace_id.hex(), run.parent_span_id.hex()) == (TRACE, PARENT)
    assert "CloudControl.CreateResource" in {span.name for span in receiver.spans}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_which_variables_turn_it_on(environ: dict[str, str], wanted: bool) -> None:  # noqa: FBT001
    assert setup.wanted(environ) is wanted


def test_a_missing_extra_is_one_line_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    assert setup.open_tracing(None, {"OTEL_TRACES_EXPORTER": "otlp"}) is None

    (line,) = caplog.messages
    assert "pip install 'cloudwright[otel]'" in line


def test_without_variables_nothing_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom cloudwright import App\napp = App('a', local=True)\napp.program(lambda: None)\n"
        "app.plan()\n"
        "assert not [n for n in sys.modules if n.startswith(('opentelemetry', 'cloudwright.tracing'))]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
