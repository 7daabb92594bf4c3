"""A served cloud is used by its server's thread and by the test's own at once."""

from __future__ import annotations

import json
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

import boto3
import pytest

from cloudwright.clock import SystemClock
from cloudwright.local.cloud import DEFAULT_ACCOUNT, LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.schema.catalog import Catalog
from cloudwright.testing import ServedCloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = (DEFAULT_ACCOUNT, "us-east-1")
TOPIC = "AWS::SNS::Topic"
ROUNDS = 150


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=0.0)
    yield cloud
    cloud.close()


@pytest.fixture(autouse=True)
def switching_often() -> Iterator[None]:
    """Threads take turns so often that each call of the store is interrupted now and then."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def create(cloud: LocalCloud, number: int) -> int:
    desired = json.dumps({"TopicName": f"topic-{number}"})
    body = json.dumps({"TypeName": TOPIC, "DesiredState": desired, "ClientToken": f"token-{number}"})
    return cloud.handle("cloudcontrolapi", "CreateResource", body.encode(), *HERE).status


def look(cloud: LocalCloud, number: int) -> None:
    identifier = cloud.put(*HERE, "AWS::SSM::Parameter", {"Name": f"/p{number}", "Type": "String", "Value": "a"})
    cloud.modify(*HERE, "AWS::SSM::Parameter", identifier, {"Value": "b"})
    cloud.resources()
    cloud.requests()
    assert all(call.status == 200 for call in cloud.calls)
    cloud.faults.add(Fault("CC72", probability=0.0))
    assert cloud.faults.listing()
    cloud.faults.clear()
    cloud.remove(*HERE, "AWS::SSM::Parameter", identifier)


def looking(cloud: LocalCloud) -> None:
    for number in range(ROUNDS):
        look(cloud, number)


def at_once(*works: Callable[[], object]) -> list[Exception]:
    """Each work in its own thread; what they raised."""
    raised: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - shown by the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return raised


def test_a_cloud_is_called_by_two_threads_at_once(cloud: LocalCloud) -> None:
    def calling() -> None:
        assert {create(cloud, number) for number in range(ROUNDS)} == {200}

    raised = at_once(calling, partial(looking, cloud))

    assert raised == []
    assert {each.type_name for each in cloud.resources()} == {TOPIC}
    assert len(cloud.resources()) == len(cloud.requests()) == ROUNDS


def test_a_served_cloud_is_changed_while_it_answers(cloud: LocalCloud) -> None:
    with ServedCloud(cloud) as served:
        keys = {"aws_access_key_id": DEFAULT_ACCOUNT, "aws_secret_access_key": "local"}
        client = boto3.client("cloudcontrol", endpoint_url=served.url, region_name="us-east-1", **keys)

        def calling() -> None:
            for number in range(ROUNDS // 5):
                desired = json.dumps({"TopicName": f"topic-{number}"})
                client.create_resource(TypeName=TOPIC, DesiredState=desired)

        raised = at_once(calling, partial(looking, served.cloud))

    assert raised == []
    assert len(cloud.resources()) == ROUNDS // 5
