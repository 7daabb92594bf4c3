"""Types that no bundled schema knows: described by the registry of their own place, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import Resource, target
from cloudwright.clock import SystemClock
from cloudwright.control.model import Reply
from cloudwright.errors import InvalidProperties, ServiceError, UnknownType
from cloudwright.local.cloud import LocalCloud
from cloudwright.plan.model import Action
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.control.model import Call, Transport

THING = "MyOrg::Network::Thing"
TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "typeName": THING,
    "additionalProperties": False,
    "properties": {"Name": TEXT, "Size": {"type": "integer"}, "Token": TEXT, "Arn": TEXT},
    "required": ["Name"],
    "primaryIdentifier": ["/properties/Name"],
    "readOnlyProperties": ["/properties/Arn"],
    "writeOnlyProperties": ["/properties/Token"],
    "createOnlyProperties": ["/properties/Name"],
    "handlers": {"create": {}, "read": {}, "update": {}, "delete": {}, "list": {}},
}


@pytest.fixture
def private(tmp_path: Path) -> World:
    """A world whose cloud has a private type."""
    world = World(tmp_path)
    world.cloud = LocalCloud(Catalog(overlays={THING: SCHEMA}), clock=SystemClock(), operation_time=0.0)
    return world


def described(world: World) -> int:
    return sum(1 for call in world.cloud.calls if call.action == "DescribeType")


def thing(**properties: Any) -> dict[str, Any]:
    made = Resource("thing", type=THING, properties={"Name": "a", "Token": "hunter2", **properties})
    return {"Arn": made.Arn}


async def test_a_private_type_lives_like_any_other(private: World) -> None:
    result = await private.deploy(lambda: thing(Size=1))
    assert result.ok
    assert str(result.outputs["Arn"]).startswith("arn:")
    assert (await private.plan(lambda: thing(Size=1))).empty
    assert "hunter2" not in repr((await private.records())["thing"].declared)

    (step,) = (await private.plan(lambda: thing(Size=2))).changes
    assert (Action.UPDATE, ["/Size"]) == (step.action, [change.path for change in step.changes])
    assert (await private.app(lambda: None).drift()).drifted == ()
    assert (await private.deploy(lambda: None)).ok
    assert [] == private.cloud.resources()


async def test_its_schema_is_asked_for_once_and_kept(private: World) -> None:
    for _ in range(3):
        await private.plan(lambda: thing(Size=1))

    assert 1 == described(private)


async def test_one_schema_serves_a_run_and_another_account_is_asked_by_itself(private: World) -> None:
    def program() -> None:
        Resource("here", type=THING, properties={"Name": "a"})
        with target(region="eu-west-1"):
            Resource("there", type=THING, properties={"Name": "b"})

    await private.plan(program)
    assert 1 == described(private)

    def other() -> None:
        with target(account="111111111111"):
            Resource("other", type=THING, properties={"Name": "a"})

    await private.plan(other)
    assert ["000000000000", "111111111111"] == [
        call.account for call in private.cloud.calls if call.action == "DescribeType"
    ]


async def test_properties_are_checked_against_the_live_schema(private: World) -> None:
    with pytest.raises(InvalidProperties, match="/Sise: unknown property; did you mean 'Size'"):
        await private.plan(lambda: thing(Sise=1))


class Denying:
    """A registry that the caller may not ask."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def send(self, call: Call) -> Reply:
        if call.action != "DescribeType":
            return await self.transport.send(call)
        text = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"
        return Reply(403, {}, text.encode())

    async def close(self) -> None:
        await self.transport.close()


async def test_a_look_up_that_fails_is_an_error_and_never_an_empty_schema_cc76(private: World) -> None:
    private.wrap = Denying
    with pytest.raises(ServiceError, match="AccessDenied: not you"):
        await private.deploy(lambda: thing(Size=1))

    assert [] == private.cloud.requests()


async def test_a_recorded_type_that_can_not_be_described_stops_a_destroy(private: World, tmp_path: Path) -> None:
    await private.deploy(lambda: thing(Size=1))
    for file in list(tmp_path.rglob("MyOrg*.json")):  # noqa: ASYNC240 - a test's own small folder
        file.unlink()
    private.wrap = Denying
    with pytest.raises(ServiceError, match="AccessDenied"):
        await private.destroy()

    private.wrap = lambda transport: transport
    assert (await private.destroy()).ok


async def test_a_type_that_nobody_knows_is_an_error_with_a_suggestion(world: World) -> None:
    with pytest.raises(UnknownType, match="has no type AWS::SQS::Quee") as caught:
        await world.plan(lambda: {"q": Resource("q", type="AWS::SQS::Quee", properties={}).Arn})
    assert "Did you mean 'AWS::SQS::Queue'" in (caught.value.hint or "")


async def test_a_name_that_is_no_type_name_costs_no_call(world: World) -> None:
    with pytest.raises(UnknownType, match="three parts"):
        await world.plan(lambda: {"q": Resource("q", type="Queue", properties={}).Arn})

    assert [] == list(world.cloud.calls)


LISTED = "AWS::SES::ReceiptFilter"
"""Has all handlers, and AWS calls it NON_PROVISIONABLE."""


def listed(**properties: Any) -> None:
    Resource("filter", type=LISTED, properties=properties)


async def test_a_type_that_aws_does_not_manage_is_refused_without_other_noise(world: World) -> None:
    with pytest.raises(InvalidProperties) as refused:
        await world.plan(lambda: listed(Misspelt=1))

    assert f"Cloud Control can't provision {LISTED}: AWS lists it as NON_PROVISIONABLE" in str(refused.value)
    assert "Misspelt" not in str(refused.value)
    assert "1 problem" in str(refused.value)


async def test_the_type_to_use_instead_is_named(world: World) -> None:
    def policy() -> None:
        Resource("p", type="AWS::SQS::QueuePolicy", properties={})

    with pytest.raises(InvalidProperties, match=r"declare AWS::SQS::QueueInlinePolicy instead"):
        await world.plan(policy)


async def test_the_registrys_word_of_today_overrules_the_data(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudwright.local.api.query_services.provisioning_type", lambda _: "FULLY_MUTABLE")
    address = {"Name": "f", "IpFilter": {"Policy": "Allow", "Cidr": "10.0.0.1/24"}}

    (step,) = (await world.plan(lambda: listed(Filter=address))).changes

    assert step.action is Action.CREATE
