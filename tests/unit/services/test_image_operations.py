"""Every operation of the image clients against botocore's service models: method, path, names of members."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import botocore.session
import pytest

from cloudwright.control.model import Reply
from cloudwright.services.autoscaling import scaling_groups
from cloudwright.services.ec2 import Ec2
from cloudwright.services.image_builds import ImageBuilds
from cloudwright.services.image_models import LaunchPermission, WaitingStep
from cloudwright.services.ssm import Parameters
from cloudwright.services.stacks import Stacks
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import Call

HERE = Target("111111111111", "us-east-1")
XML = b"<r><nextToken></nextToken></r>"


class Recorder:
    """A port that answers nothing in particular, and notes the calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def ask(self, call: Call, parse: Callable[[Reply], Any]) -> Any:
        self.calls.append(call)
        return parse(Reply(200, {}, XML if call.service in {"ec2", "autoscaling", "cloudformation"} else b"{}"))

    async def send(self, call: Call, parse: Callable[[Reply], Any], guard: Any = None) -> Any:
        del guard
        return await self.ask(call, parse)


async def guard() -> None:
    pass


async def everything(port: Recorder) -> None:
    """Call every operation with all its members."""
    builds, ec2, parameters = ImageBuilds(port), Ec2(port), Parameters(port)
    step, members = WaitingStep("step-1", "s", "arn"), {"clientToken": "t", "executionRole": "r"}
    await builds.start(HERE, "arn", "t", guard)
    await builds.distribute(HERE, {"sourceImage": "i", "distributionConfigurationArn": "d", **members}, guard)
    await builds.retry(HERE, "arn", "t", guard)
    await builds.cancel(HERE, "arn", "t", guard)
    await builds.answer_step(HERE, step, resume=True, reason="why", token="t", guard=guard)
    resources = {"includeResources": {"amis": True, "snapshots": True}}
    await builds.update_state(HERE, {"resourceArn": "a", "state": {"status": "DELETED"}, **resources, **members}, guard)
    await builds.image(HERE, "arn")
    await builds.pipeline(HERE, "arn")
    assert [] == [one async for one in builds.pipeline_images(HERE, "arn")]
    await builds._with_steps(HERE, {"workflowExecutionId": "wf-1", "status": "RUNNING"})
    await builds.workflows(HERE, "arn")
    await builds.waiting(HERE)
    await builds.lifecycle_status(HERE, "id")
    assert [] == [one async for one in ec2.own_images(HERE, ["a*"])]
    await ec2.images(HERE, ["ami-1"])
    await ec2.permissions(HERE, "ami-1")
    everybody = [LaunchPermission(kind, "x") for kind in ("account", "unit", "organization", "group")]
    await ec2.change_permissions(HERE, "ami-1", guard, add=everybody, remove=everybody)
    await ec2.deregister(HERE, "ami-1", guard)
    await ec2.disable(HERE, "ami-1", guard)
    await ec2.deprecate(HERE, "ami-1", "2027-01-01T00:00:00Z", guard)
    await ec2.template_versions(HERE, "lt-1", ["$Default"])
    await ec2.versions_in_use(HERE)
    await ec2.set_default_version(HERE, "lt-1", "2", guard)
    await ec2.references(HERE, ["ami-1"])
    await ec2.start_usage_report(HERE, "ami-1", "t", guard)
    await ec2.usage_report_state(HERE, "r")
    await ec2.usage(HERE, "r")
    await parameters.values(HERE, ["/a"])
    await parameters.put_image(HERE, "/a", "ami-1", guard)
    await scaling_groups(port, HERE)
    stacks = Stacks(port)
    await stacks.describe(HERE, "web")
    await stacks.template(HERE, "web", processed=True)
    await stacks.members(HERE, "web")
    await stacks.exports(HERE)


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    session = botocore.session.get_session()
    return {
        name: session.get_service_model(name)
        for name in ("imagebuilder", "ec2", "ssm", "autoscaling", "cloudformation")
    }


async def test_every_call_is_one_that_the_service_model_knows(models: dict[str, Any]) -> None:
    port = Recorder()
    await everything(port)
    wrong = [problem for call in port.calls for problem in problems(models[call.service], call)]

    assert wrong == []
    assert len({call.action for call in port.calls}) == 32


def problems(model: Any, call: Call) -> list[str]:
    operation = model.operation_model(call.action)
    if call.service == "imagebuilder":
        return [*rest(operation, call)]
    if call.service == "ssm":
        return unknown(operation.input_shape, json.loads(call.body), call.action)
    fields = dict(parse_qsl(call.body.decode()))
    assert fields.pop("Action") == call.action
    assert fields.pop("Version") == model.api_version
    return [f"{call.action}: {name}" for name in fields if not form_key(operation.input_shape, name.split("."))]


def rest(operation: Any, call: Call) -> list[str]:
    parts = urlsplit(call.path)
    if (operation.http["method"], operation.http["requestUri"]) != (call.method, parts.path):
        return [f"{call.action}: {call.method} {parts.path}"]
    query = dict(parse_qsl(parts.query))
    members = operation.input_shape.members
    queried = [name for name in query if members[name].serialization["location"] != "querystring"]
    missing = set(operation.input_shape.required_members) - set(query or json.loads(call.body))
    body = unknown(operation.input_shape, json.loads(call.body), call.action) if call.body else []
    return [*queried, *(f"{call.action} needs {name}" for name in missing), *body]


def unknown(shape: Any, value: Any, path: str) -> list[str]:
    if shape.type_name == "list":
        return [one for item in value for one in unknown(shape.member, item, path)]
    if shape.type_name != "structure":
        return []
    found = [f"{path}.{name}" for name in value if name not in shape.members]
    known = [name for name in value if name in shape.members]
    return found + [one for name in known for one in unknown(shape.members[name], value[name], f"{path}.{name}")]


def form_key(shape: Any, parts: list[str]) -> bool:
    """Whether a form's key names a member, as botocore's EC2 and query serializers write it."""
    if not parts:
        return shape.type_name not in {"structure", "list"}
    if shape.type_name == "list":
        rest = parts[1:] if parts[0] == "member" else parts
        return rest[0].isdigit() and form_key(shape.member, rest[1:])
    for name, member in getattr(shape, "members", {}).items():
        given = member.serialization.get("queryName") or member.serialization.get("name", name)
        if parts[0] == given[0].upper() + given[1:]:
            return form_key(member, parts[1:])
    return False
