"""Whatever is sent to the local cloud, an answer comes back, and nobody sees another's resources."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults.calls import AnswerLost
from local_kit import ACCOUNT, REGION, WIDGET, StillClock, catalog
from property.local_calls import FAULTS, calls, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.faults import Fault


@pytest.fixture(scope="module")
def breakages() -> Iterator[list[str]]:
    """What handlers that broke have logged; the calls around them are answered all the same."""
    broken: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: broken.append(record.getMessage() + str(record.exc_info))  # type: ignore[method-assign]
    log = logging.getLogger("cloudwright.local")
    log.addHandler(handler)
    yield broken
    log.removeHandler(handler)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(calls() | st.tuples(st.text(max_size=9), st.binary(max_size=40)), max_size=12),
    st.just([]) | st.lists(FAULTS, max_size=3),
)
def test_every_call_is_answered_in_form(
    breakages: list[str], sent: list[tuple[str, bytes]], faults: list[Fault]
) -> None:
    clock = StillClock()
    cloud = LocalCloud(catalog(), clock=clock, faults=faults)
    cloud.put("999999999999", REGION, WIDGET, {"Name": "foreign", "Secret": "canary"})

    for action, body in sent:
        try:
            reply = cloud.handle("cloudcontrolapi", action, body, ACCOUNT, REGION)
        except AnswerLost:
            assert {fault.name for fault in faults} & {"CC68", "CC69"}
            continue
        document = json.loads(reply.body)
        clock.advance(0.2)

        assert (reply.status == 200) is ("__type" not in document)
        assert "InternalFailure" not in document.get("__type", "")
        assert b"canary" not in reply.body

    foreign = [one.identifier for one in cloud.resources() if one.place.account == "999999999999"]
    cloud.close()
    assert foreign == ["foreign"]
    assert breakages == []


@settings(max_examples=60)
@given(queries())
def test_query_services_answer_whatever_comes(query: tuple[str, str, bytes]) -> None:
    service, action, body = query
    cloud = LocalCloud(catalog(), clock=StillClock())

    reply = cloud.handle(service, action, body, ACCOUNT, REGION)
    cloud.close()

    assert reply.status in {200, 400, 404}
    # S3 answers errors with its own root (Amazon S3 API Reference, Error responses).
    assert ET.fromstring(reply.body.decode()).tag.endswith(("Response", "Error"))
