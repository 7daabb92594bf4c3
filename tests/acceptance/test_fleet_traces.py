"""A fleet's run is one trace, whichever process works on its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.local.faults import Fault
from fleet_kit import REGIONS, Fleet, account, statuses
from otlp_kit import CANARY, Receiver, attributes, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.testing import ServedCloud

INFRA = f"""
    from cloudwright import App, secret
    from cloudwright.aws import SNS, SSM

    app = App("net")

    @app.program
    async def main():
        topic = SNS.Topic("topic", TopicName="topic")
        SSM.Parameter("pointer", Name="/topic", Type="String", Value=topic.TopicArn)
        SSM.Parameter("kept", Name="/kept", Type="String", Value=secret("{CANARY}"))
"""
PLACES = {f"prod@{account(number)}.{region}" for number in (1, 2) for region in REGIONS}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def traced(fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    fleet.program(INFRA)
    fleet.targets(1, 2)
    return fleet


def test_targets_of_a_detached_run_belong_to_the_trace_that_began_it(traced: Fleet, receiver: Receiver) -> None:
    traced.deploy("--yes", "--concurrency-per-account", "2")
    with traced.worker() as worker:
        assert worker.wait(120) == 0
    assert statuses(traced.say("status")) == {"done": 4}

    (begun,) = receiver.named("cloudwright fleet deploy")
    for command in ("cloudwright plan", "cloudwright deploy"):
        targets = receiver.named(command)
        assert {span.parent_span_id for span in targets} == {begun.span_id}
        assert {attributes(span)["cloudwright.stage"] for span in targets} == PLACES
    about = attributes(receiver.named("cloudwright deploy")[0])
    assert about["cloud.account.id"] in {account(1), account(2)}
    assert about["cloud.region"] in REGIONS
    assert about["cloudwright.fleet.run"]
    assert {span.trace_id for span in receiver.spans} == {begun.trace_id}
    assert not [body for body in receiver.bodies if CANARY.encode() in body]


def test_a_run_whose_targets_fail_is_an_error(
    traced: Fleet, receiver: Receiver, local_cloud_server: ServedCloud
) -> None:
    denied = Fault("fail", type_name="AWS::SNS::Topic", operation="CREATE", options={"code": "AccessDenied"})
    local_cloud_server.cloud.faults.add(denied)
    code, _ = traced.ended("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--max-failures", "9")
    assert code

    (run,) = receiver.named("cloudwright fleet deploy")
    assert (run.status.code, run.status.message) == (2, "4 failed")
    assert [attributes(span)["error.type"] for span in receiver.named("cloudwright deploy")] == ["AccessDenied"] * 4


def test_a_look_for_drift_is_traced_by_target(traced: Fleet, receiver: Receiver) -> None:
    traced.deploy("--yes", "--concurrency-per-account", "2")
    assert statuses(traced.work()) == {"done": 4}
    receiver.bodies.clear()
    assert traced.ended("drift", "infra.py", "--targets", "targets.toml")[0] == 0

    (run,) = receiver.named("cloudwright fleet drift")
    assert {attributes(span)["cloudwright.stage"] for span in receiver.named("cloudwright drift")} == PLACES
    assert {span.parent_span_id for span in receiver.named("cloudwright drift")} == {run.span_id}
