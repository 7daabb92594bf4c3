"""What happens where two identifiers are one resource, almost one, or turn out to be one."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.aws import CloudFront, DynamoDB, ImageBuilder
from cloudwright.control.model import Reply
from cloudwright.engine.outcome import Status
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from app_kit import World
    from cloudwright.control.model import Call, Transport


class Upserting:
    """A service that answers every create with a resource that it has already."""

    def __init__(self, inner: Transport, *, identifier: str) -> None:
        self._inner, self._identifier = inner, identifier

    async def send(self, call: Call) -> Reply:
        if call.action != "CreateResource":
            return await self._inner.send(call)
        event = {
            "TypeName": json.loads(call.body)["TypeName"],
            "Identifier": self._identifier,
            "RequestToken": "other",
            "Operation": "CREATE",
            "OperationStatus": "SUCCESS",
        }
        return Reply(200, {}, json.dumps({"ProgressEvent": event}).encode())

    async def close(self) -> None:
        await self._inner.close()


def control(name: str) -> None:
    """Its identifier is made by the service."""
    CloudFront.OriginAccessControl(
        name,
        OriginAccessControlConfig={
            "Name": name,
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        },
    )


def distribution(name: str, key: str = "golden") -> None:
    ami: Any = {"Name": "a-{{ imagebuilder:buildDate }}"}
    places: Any = [{"Region": "us-east-1", "AmiDistributionConfiguration": ami}]
    ImageBuilder.DistributionConfiguration(key, Name=name, Distributions=places)


def table(name: str) -> None:
    DynamoDB.Table(
        name,
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )


def tables(*names: str) -> Callable[[], None]:
    def program() -> None:
        for name in names:
            table(name)

    return program


async def test_a_resource_whose_name_differs_in_punctuation_alone_is_deleted_when_it_leaves(world: World) -> None:
    await world.deploy(tables("orders_eu", "orders-eu"))
    result = await world.deploy(tables("orders-eu"))

    (step,) = result.plans[0].changes
    assert (step.action, step.key) == (Action.DELETE, "orders_eu")
    assert step.reasons == ("only if AWS shows that it is another resource than orders-eu (orders-eu)",)
    assert [found["TableName"] for found in world.live("DynamoDB::Table")] == ["orders-eu"]
    assert [(one.key, one.action, one.status) for one in result.outcomes if one.action is not Action.NONE] == [
        ("orders_eu", Action.DELETE, Status.DONE)
    ]


async def test_a_rename_in_punctuation_alone_is_no_move_of_the_other_resource(world: World) -> None:
    await world.deploy(tables("orders_eu"))
    result = await world.deploy(tables("orders-eu"))

    assert [(step.action, step.key) for step in result.plans[0].changes] == [
        (Action.CREATE, "orders-eu"),
        (Action.DELETE, "orders_eu"),
    ]
    assert [found["TableName"] for found in world.live("DynamoDB::Table")] == ["orders-eu"]


async def test_what_can_not_be_told_from_a_staying_resource_is_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.deploy(tables("orders_eu", "orders-eu"))
    one_table = world.live("DynamoDB::Table")[0]

    def folded(*_: object) -> str:
        return str(one_table["TableName"])

    # A service that folds case and punctuation answers both reads with one and the same document.
    from cloudwright.schema.resource_type import ResourceType

    monkeypatch.setattr(ResourceType, "identifier_of", folded)
    result = await world.deploy(tables("orders-eu"))

    (outcome,) = [one for one in result.outcomes if one.key == "orders_eu"]
    assert (outcome.action, outcome.notes) == (
        Action.FORGET,
        ("only the record was dropped: orders-eu is the same physical resource",),
    )
    assert len(world.live("DynamoDB::Table")) == 2


async def test_names_that_the_service_is_known_to_fold_are_one_resource(world: World) -> None:
    await world.deploy(lambda: distribution("Golden_Images", "before"))
    result = await world.deploy(lambda: distribution("golden-images", "after"))

    assert [(step.action, step.key) for step in result.plans[0].changes] == [(Action.REPLACE, "after")]


async def test_a_create_that_ends_on_a_resource_of_another_key_records_nothing_twice(world: World) -> None:
    def program(*names: str) -> Callable[[], None]:
        def declare() -> None:
            for name in names:
                control(name)

        return declare

    await world.deploy(program("first"))
    world.wrap = partial(Upserting, identifier=(await world.records())["first"].identifier)
    result = await world.deploy(program("first", "second"))

    (record,) = (await world.snapshot()).records
    (failed,) = [one for one in result.outcomes if one.status is Status.FAILED]
    assert (record.key, failed.key, (await world.snapshot()).journal) == ("first", "second", ())
    assert str(failed.error).splitlines()[0] == (
        f"the create of second ended on {record.identifier}, which is first in the state; nothing was recorded twice"
    )
    assert record.dirty == ("/OriginAccessControlConfig",)


async def test_a_replacement_that_ends_on_what_it_replaces_keeps_the_one_record(world: World) -> None:
    await world.deploy(lambda: distribution("Golden"))
    (before,) = (await world.snapshot()).records
    world.wrap = partial(Upserting, identifier=before.identifier)

    result = await world.deploy(lambda: distribution("Silver"))

    (record,) = (await world.snapshot()).records
    (failed,) = [one for one in result.outcomes if one.status is Status.FAILED]
    assert (record.generation, record.current, record.identifier) == (before.generation, True, before.identifier)
    assert "which is the resource that it should replace" in str(failed.error)
