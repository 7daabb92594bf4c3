"""`resource.ref`: what `!Ref` gives in a CloudFormation template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from catalog_kit import CATALOG, provisionable
from cloudwright import Resource
from cloudwright.aws.control import AWS
from cloudwright.errors import CloudwrightError, InvalidProperties
from cloudwright.plan.template_ref import template_ref
from cloudwright.program.reference import TEMPLATE_REF, Ref, Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def used(declare: Callable[[], Any]) -> Callable[[], None]:
    """A program with a parameter whose value is the `.ref` of what the function declares."""

    def program() -> None:
        AWS.SSM.Parameter("shown", Name="shown", Type="String", Value=f"is {declare().ref}")

    return program


def address() -> Any:
    return AWS.EC2.EIP("ip", Domain="vpc")


def api_resource() -> Any:
    return AWS.ApiGateway.Resource("users", RestApiId="a1b2c3", ParentId="root", PathPart="users")


def rule(bus: str | None = None) -> Any:
    return AWS.Events.Rule("rule", Name="nightly", ScheduleExpression="rate(1 day)", EventBusName=bus)


def queue() -> Any:
    return AWS.SQS.Queue("queue", QueueName="jobs")


EXPECTED: dict[str, tuple[Callable[[], Any], Callable[[dict[str, Any]], str]]] = {
    "EC2::EIP": (address, lambda live: live["PublicIp"]),
    "ApiGateway::Resource": (api_resource, lambda live: live["ResourceId"]),
    "Events::Rule": (rule, lambda _: "nightly"),
    "SQS::Queue": (queue, lambda live: live["QueueUrl"]),
}


@pytest.mark.parametrize("type_name", EXPECTED)
async def test_it_is_what_the_template_would_get(world: World, type_name: str) -> None:
    declare, expected = EXPECTED[type_name]

    result = await world.deploy(used(declare))

    assert result.ok, result.failed
    (live,), (shown,) = world.live(type_name), world.live("SSM::Parameter")
    assert shown["Value"] == f"is {expected(live)}"
    assert (await world.plan(used(declare))).empty


async def test_parts_are_joined_as_cloudformation_joins_them(world: World) -> None:
    await world.deploy(used(lambda: rule("orders")))

    assert ["is orders|nightly"] == [shown["Value"] for shown in world.live("SSM::Parameter")]


async def test_after_await_it_is_plain_text(world: World) -> None:
    async def program() -> dict[str, Any]:
        found = await queue()
        return {"upper": found.ref.upper()}

    result = await world.deploy(program)

    assert result.outputs["upper"] == world.live("SQS::Queue")[0]["QueueUrl"].upper()


async def test_of_a_resource_that_is_only_read(world: World) -> None:
    def made() -> None:
        address()

    await world.deploy(made)
    (live,) = world.live("EC2::EIP")

    def program() -> None:
        address()
        there = Resource.read("there", f"{live['PublicIp']}|{live['AllocationId']}", type="AWS::EC2::EIP")
        AWS.SSM.Parameter("shown", Name="shown", Type="String", Value=there.ref)

    await world.deploy(program)

    assert [live["PublicIp"]] == [shown["Value"] for shown in world.live("SSM::Parameter")]


async def test_where_nobody_knows_it_the_plan_says_so_and_names_the_way_out(world: World) -> None:
    def attachment() -> Any:
        return AWS.IAM.RolePolicy("inline", RoleName="r", PolicyName="p")

    with pytest.raises(CloudwrightError, match=r"(?s)shown.*inline\.ref.*not known.*RoleName"):
        await world.plan(used(attachment))


def test_every_known_one_is_made_of_attributes_of_its_type() -> None:
    known = [kind for kind in map(CATALOG.get, provisionable()) if kind.ref_identifier]
    for kind in known:
        found = template_ref(Ref("key", TEMPLATE_REF), kind, kind.property_names)

        assert isinstance(found, Text), kind.name
        assert all(kind.node(part.path) is not None for part in found.parts if isinstance(part, Ref)), kind.name
    assert len(known) > 20


def test_every_other_type_has_its_identifier_or_says_that_nobody_knows() -> None:
    printed = 0
    for name in provisionable():
        kind = CATALOG.get(name)
        if kind.ref_identifier:
            continue
        if len(kind.identifiers) == 1:
            assert template_ref(Ref("key", TEMPLATE_REF), kind, ()) == Ref("key")
            continue
        with pytest.raises(InvalidProperties, match="is not known"):
            template_ref(Ref("key", TEMPLATE_REF), kind, ())
        printed += 1
    assert printed > 0


def test_no_type_has_a_property_that_a_handle_hides() -> None:
    taken = {name for name in dir(Resource) if not name.startswith("_")}

    assert {} == {name: both for name in CATALOG.names() if (both := taken & set(CATALOG.get(name).property_names))}
