"""What the audit says about attempts that AWS answered with an error, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.aws import SNS
from cloudwright.local.faults import Fault
from virtual_time import world

if TYPE_CHECKING:
    from app_kit import World

__all__ = ["world"]


def topic(name: str) -> None:
    SNS.Topic("topic", TopicName="topic", DisplayName=name)


async def audit(world: World) -> list[tuple[str, str, str]]:
    lines = await world.app(lambda: None).state_admin.audit()
    return [(line.action, line.outcome, line.error) for line in lines]


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidRequest"])
async def test_a_failed_request_carries_aws_code(world: World, code: str) -> None:
    world.cloud.faults.add(Fault("fail", type_name="AWS::SNS::Topic", operation="CREATE", options={"code": code}))
    assert not (await world.deploy(lambda: topic("a"))).ok

    assert await audit(world) == [("create", "failed", code)]


async def test_each_attempt_carries_its_own_code(world: World) -> None:
    await world.deploy(lambda: topic("a"))
    throttled = Fault("fail", type_name="AWS::SNS::Topic", operation="UPDATE", count=1, options={"code": "Throttling"})
    world.cloud.faults.add(throttled)
    assert (await world.deploy(lambda: topic("b"))).ok

    assert await audit(world) == [
        ("create", "succeeded", ""),
        ("update", "failed", "Throttling"),
        ("update", "succeeded", ""),
    ]


async def test_what_was_gone_already_is_found_done(world: World) -> None:
    await world.deploy(lambda: topic("a"))
    (found,) = world.cloud.resources()
    world.cloud.remove(*found.place, found.type_name, found.identifier)
    assert (await world.destroy()).ok

    assert (await audit(world))[1:] == [("delete", "found done", "NotFound")]
