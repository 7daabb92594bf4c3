"""Whatever calls the services other than Cloud Control get, they answer in their own form, and never fail."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwright.local.api.service_calls import TABLES
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.protocols.forms import read_form
from cloudwright.local.protocols.model import service_models
from cloudwright.local.transport import LocalTransport
from image_kit import Studio
from local_kit import ACCOUNT, REGION, Api, StillClock, catalog, in_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.control.model import Reply
    from cloudwright.local.protocols.model import ServiceModel

OPERATIONS = [(service, name) for service, table in TABLES.items() for name in table]
KNOWN = st.sampled_from(
    [
        f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/golden/1.0.0/1",
        f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image-pipeline/golden",
        f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/dist",
        "ami-0123456789abcdef0",
        "wf-00000000-0000-0000-0000-000000000000",
        "step-00000000-0000-0000-0000-000000000000",
        "snap-0123456789abcdef0",
        "/imagebuilder/golden",
        "$Latest",
        "self",
        ACCOUNT,
        "name",
        "tag:team",
    ]
)
TEXTS = KNOWN | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


def values(model: ServiceModel, shape_name: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Documents of a shape, most of them right."""
    shape = model.shapes[shape_name]
    if shape["type"] == "structure":
        members = {} if depth > 4 else shape["members"]
        required = {
            name: values(model, members[name]["shape"], depth + 1) for name in shape.get("required", ()) if members
        }
        optional = {
            name: values(model, place["shape"], depth + 1) for name, place in members.items() if name not in required
        }
        return st.fixed_dictionaries(required, optional=optional)
    if shape["type"] == "list":
        return st.lists(values(model, shape["member"]["shape"], depth + 1), min_size=shape.get("min", 0), max_size=2)
    if shape["type"] == "map":
        return st.dictionaries(TEXTS, TEXTS, max_size=2)
    return _scalars(shape)


def _scalars(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    if shape["type"] == "boolean":
        return st.booleans()
    if shape["type"] in {"integer", "long"}:
        return st.integers(shape.get("min", -3), shape.get("max", 300))
    if shape["type"] in {"timestamp", "double", "float"}:
        return st.integers(0, 4_000_000_000).map(float)
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    minimum = shape.get("min", 0)
    return (
        TEXTS.filter(lambda text: len(text) >= minimum)
        if minimum < 12
        else st.text("ab0-", min_size=minimum, max_size=minimum + 4)
    )


@lru_cache(maxsize=256)
def inputs(service: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    model = service_models()[service]
    return values(model, model.operations[name].input)


CALLS = st.sampled_from(OPERATIONS).flatmap(lambda one: st.tuples(st.just(one), inputs(*one)))


def send(cloud: LocalCloud, service: str, name: str, members: dict[str, Any]) -> Reply:
    model = service_models()[service]
    operation = model.operations[name]
    if model.protocol in {"ec2", "query"}:
        body = urlencode([("Action", name), *flat(model, operation.input, members, "")], errors="replace").encode()
        return cloud.handle(service, name, body, ACCOUNT, REGION)
    queried = members if operation.method == "GET" else {}
    path = f"{operation.path}?{urlencode(queried, errors='replace')}"
    return cloud.handle(service, name, json.dumps(members).encode(), ACCOUNT, REGION, path)


def flat(model: ServiceModel, shape_name: str, value: Any, key: str) -> Iterator[tuple[str, str]]:
    """A document as the form that a client sends, by the key rules of botocore's serializers."""
    shape = model.shapes[shape_name]
    if shape["type"] == "structure":
        for name, one in value.items():
            place = shape["members"][name]
            written = place.get("queryName") or place.get("locationName", name)
            written = written[:1].upper() + written[1:] if model.protocol == "ec2" else written
            yield from flat(model, place["shape"], one, f"{key}.{written}".lstrip("."))
    elif shape["type"] == "list":
        wrap = "" if model.protocol == "ec2" or shape.get("flattened") else ".member"
        for number, one in enumerate(value, 1):
            yield from flat(model, shape["member"]["shape"], one, f"{key}{wrap}.{number}")
    elif shape["type"] == "boolean":
        yield key, str(value).lower()
    elif shape["type"] == "timestamp":
        yield key, dt.datetime.fromtimestamp(value, tz=dt.UTC).isoformat()
    else:
        yield key, str(value)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALLS, max_size=6))
def test_every_call_is_answered_in_form(sent: list[tuple[tuple[str, str], dict[str, Any]]]) -> None:
    cloud = furnished()
    real = names_of(cloud)
    for (service, name), members in sent:
        reply = send(cloud, service, name, real(members))
        cloud.settle()

        assert reply.status < 500, (service, name, members, reply.body)
        body = reply.body.decode()
        if service_models()[service].protocol in {"ec2", "query", "rest-xml"}:
            assert ET.fromstring(body).tag.endswith("Response")
        else:
            assert isinstance(json.loads(body), dict)
    cloud.close()


def names_of(cloud: LocalCloud) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Puts the ids that this cloud invented in the place of those that no cloud has."""
    (build,) = cloud.builds(1)
    run = build.runs[0]
    real = {
        "ami-0123456789abcdef0": build.image,
        "wf-00000000-0000-0000-0000-000000000000": run.id,
        "step-00000000-0000-0000-0000-000000000000": run.steps[0].id,
    }

    def put(members: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(members)
        for name, id in real.items():
            text = text.replace(name, id)
        found: dict[str, Any] = json.loads(text)
        return found

    return put


def furnished() -> LocalCloud:
    """A cloud with an image that was built."""
    import asyncio

    clock = StillClock()
    cloud = LocalCloud(catalog(), clock=clock)
    asyncio.run(Studio(Api(cloud, clock, in_process(LocalTransport(cloud)))).ended())
    return cloud


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_a_call_without_what_it_needs_is_refused(service: str, name: str) -> None:
    model = service_models()[service]
    required = model.shapes[model.operations[name].input].get("required", ())
    cloud = LocalCloud(catalog(), clock=StillClock())
    reply = send(cloud, service, name, {})
    cloud.close()

    assert (reply.status == 200) <= (not required)
    if required:
        assert required[0].lower() in reply.body.decode().lower()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(CALLS)
def test_a_form_is_read_back_as_it_was_written(sent: tuple[tuple[str, str], dict[str, Any]]) -> None:
    (service, name), members = sent
    model = service_models()[service]
    if model.protocol in {"ec2", "query"}:
        shape = model.operations[name].input
        body = urlencode(list(flat(model, shape, members, ""))).encode()

        assert read_form(model, shape, body) == pruned(members)


def pruned(document: Any) -> Any:
    """A document without what leaves no field in a form: empty lists and objects."""
    if isinstance(document, dict):
        kept = {name: pruned(one) for name, one in document.items()}
        return {name: one for name, one in kept.items() if one not in ({}, [])}
    if isinstance(document, list):
        return [one for one in map(pruned, document) if one not in ({}, [])]
    return document
