"""Whatever is sent to the local cloud, an answer comes back, and nobody sees another's resources."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import CATALOGUE, Fault
from cloudwright.local.inputs import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator
from local_kit import ACCOUNT, FLAGSHIP, LEDGER, PART, REGION, WIDGET, StillClock, catalog


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


_TEXTS = st.text(max_size=12) | st.sampled_from(["one", "a|b", "{}", "[]", "null", "' OR 1=1 --", "\x00", "\ud800"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_TYPES = st.sampled_from([WIDGET, PART, LEDGER, FLAGSHIP, "AWS::S3::Bucket", "AWS::No::Type"])
_MODELS = st.fixed_dictionaries(
    {},
    optional={
        "Name": st.sampled_from(["one", "two"]) | _JSON,
        "Widget": _TEXTS,
        "Domain": _TEXTS,
        "Size": st.integers() | _JSON,
        "Items": st.lists(st.dictionaries(st.sampled_from(["Key", "Token", "Id"]), _TEXTS, max_size=3), max_size=3),
        "Nested": st.dictionaries(st.sampled_from(["Fixed", "Free", "Hidden"]), _TEXTS, max_size=3),
        "Secret": _TEXTS,
    },
)
_PATHS = st.sampled_from(
    ["/Name", "/Size", "/Items/0/Key", "/Items/-", "/Nested", "/Nested/Free", "", "/", "/x~2", "Bag"]
)
_PATCHES = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "?"]), "path": _PATHS},
        optional={"value": _JSON, "from": _PATHS},
    ),
    max_size=4,
)


def _text(document: Any) -> str:
    return json.dumps(document)


_MEMBERS = {
    "TypeName": _TYPES | _JSON,
    "Identifier": st.sampled_from(["one", "two", '{"Name": "one"}', "{"]) | _JSON,
    "DesiredState": _MODELS.map(_text) | _JSON.map(_text) | _TEXTS | _JSON,
    "PatchDocument": _PATCHES.map(_text) | _JSON.map(_text) | _TEXTS,
    "ResourceModel": _MODELS.map(_text) | _TEXTS,
    "ClientToken": st.sampled_from(["t1", "t2"]) | _JSON,
    "RequestToken": _JSON,
    "NextToken": st.sampled_from(["W10=", "WyJyZXF1ZXN0cyIsICIiLCA1XQ=="]) | _JSON,
    "MaxResults": st.integers(-1, 200) | _JSON,
    "ResourceRequestStatusFilter": _JSON,
}


@st.composite
def _calls(draw: st.DrawFn) -> tuple[str, bytes]:
    action = draw(st.sampled_from(sorted(MEMBERS)))
    chosen = {name: _MEMBERS[name] for name in MEMBERS[action] if name in _MEMBERS}
    members = draw(st.fixed_dictionaries({}, optional=chosen) | st.fixed_dictionaries(chosen))
    return action, json.dumps(members).encode()


_FAULTS = st.builds(
    Fault,
    st.sampled_from(sorted(CATALOGUE)),
    probability=st.sampled_from([0.5, 1.0]),
    options=st.fixed_dictionaries({}, optional={"property": st.sampled_from(["Name", "Items", "Nested", "Policy"])}),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(_calls() | st.tuples(st.text(max_size=9), st.binary(max_size=40)), max_size=12),
    st.just([]) | st.lists(_FAULTS, max_size=3),
)
def test_every_call_is_answered_in_form(
    breakages: list[str], calls: list[tuple[str, bytes]], faults: list[Fault]
) -> None:
    clock = StillClock()
    cloud = LocalCloud(catalog(), clock=clock, faults=faults)
    cloud.put("999999999999", REGION, WIDGET, {"Name": "foreign", "Secret": "canary"})

    for action, body in calls:
        reply = cloud.handle("cloudcontrolapi", action, body, ACCOUNT, REGION)
        document = json.loads(reply.body)
        clock.advance(0.2)

        assert (reply.status == 200) is ("__type" not in document)
        assert "InternalFailure" not in document.get("__type", "")
        assert b"canary" not in reply.body

    foreign = [one.identifier for one in cloud.resources() if one.place.account == "999999999999"]
    cloud.close()
    assert foreign == ["foreign"]
    assert breakages == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["sts", "cloudformation", "s3"]), st.text(max_size=12), st.binary(max_size=60))
def test_query_services_answer_whatever_comes(service: str, action: str, body: bytes) -> None:
    cloud = LocalCloud(catalog(), clock=StillClock())

    reply = cloud.handle(service, action, body, ACCOUNT, REGION)
    cloud.close()

    assert reply.status in {200, 400, 404}
    assert reply.body.startswith(b"<")
