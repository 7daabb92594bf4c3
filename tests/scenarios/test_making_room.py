"""Sequences that break naive engines: a create that needs the place of what is about to go (S31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws import IAM, SNS, SSM
from cloudwright.engine.outcome import Status
from cloudwright.errors import PlanError
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.engine.outcome import Result


def topics(*names: str, **options: Any) -> Callable[[], None]:
    def declare() -> None:
        for name in names:
            SNS.Topic(name, TopicName=name, **options)

    return declare


def role(key: str, region: str) -> Callable[[], None]:
    return lambda: void(IAM.Role(key, RoleName=key, AssumeRolePolicyDocument={}, region=region))


def topic(key: str, region: str) -> Callable[[], None]:
    return lambda: void(SNS.Topic(key, TopicName=key, region=region))


def void(_: object) -> None:
    """A program returns nothing."""


def nothing() -> None:
    pass


def names(world: World) -> list[str]:
    return [found["TopicName"] for found in world.live("SNS::Topic")]


def over_the_quota() -> Fault:
    return Fault("fail", operation="CREATE", count=1, options={"code": "ServiceLimitExceeded"})


def hint_of(result: Result) -> str:
    (failed,) = [one for one in result.outcomes if one.status is Status.FAILED]
    return str(getattr(failed.error, "hint", ""))


async def test_s31_a_create_that_finds_no_room_names_the_orphan_that_may_have_it(world: World) -> None:
    await world.deploy(topics("old"))
    world.cloud.faults.add(over_the_quota())

    failed = await world.deploy(topics("new"))

    assert hint_of(failed) == "if old, which is deleted at the end, blocks its name or quota: --delete-first old"
    assert names(world) == ["old"]


async def test_s31_what_makes_room_is_shown_and_goes_before_anything_is_made(world: World) -> None:
    await world.deploy(topics("old"))

    result = await world.deploy(topics("new"), delete_first=("old",))

    (gone,) = [step for step in result.plans[0].changes if step.action is Action.DELETE]
    assert (gone.key, gone.reasons) == ("old", ("deleted before anything is created, as requested",))
    assert [request.operation for request in world.cloud.requests()][1:] == ["DELETE", "CREATE"]
    assert names(world) == ["new"]


async def test_a_failure_that_has_nothing_to_do_with_room_names_no_orphan(world: World) -> None:
    await world.deploy(topics("old"))
    world.cloud.faults.add(Fault("fail", operation="CREATE", count=1, options={"code": "AccessDenied"}))

    assert "old" not in hint_of(await world.deploy(topics("new")))


async def test_an_orphan_of_another_type_is_not_suspected(world: World) -> None:
    def parameter() -> None:
        SSM.Parameter("old", Name="/old", Type="String", Value="x")

    await world.deploy(parameter)
    world.cloud.faults.add(over_the_quota())

    assert "old" not in hint_of(await world.deploy(topics("new")))


@pytest.mark.parametrize("declare", [role, topic], ids=["global", "of one region"])
async def test_an_orphan_in_another_region_is_suspected_if_names_of_its_type_meet_there(
    world: World, declare: Callable[..., Callable[[], None]]
) -> None:
    await world.deploy(declare("old", "eu-west-1"))
    world.cloud.faults.add(over_the_quota())

    hint = hint_of(await world.deploy(declare("new", "us-east-1")))

    assert ("--delete-first old" in hint) is (declare is role)


async def test_what_refers_to_the_orphan_goes_before_it(world: World) -> None:
    def before() -> None:
        topic = SNS.Topic("old", TopicName="old")
        SSM.Parameter("user", Name="/user", Type="String", Value=topic.TopicArn)

    await world.deploy(before)
    result = await world.deploy(topics("new"), delete_first=("old",))

    assert result.ok, result.failed
    asked = [(request.operation, request.type_name) for request in world.cloud.requests()][2:]
    assert asked == [
        ("DELETE", "AWS::SSM::Parameter"),
        ("DELETE", "AWS::SNS::Topic"),
        ("CREATE", "AWS::SNS::Topic"),
    ]


async def test_an_orphan_that_can_not_go_stops_whatever_needs_its_room(world: World) -> None:
    await world.deploy(topics("old"))
    world.cloud.faults.add(Fault("fail", operation="DELETE", count=1, options={"code": "AccessDenied"}))

    result = await world.deploy(topics("new"), delete_first=("old",))

    assert {one.key: one.status for one in result.outcomes} == {"old": Status.FAILED, "new": Status.SKIPPED}
    assert names(world) == ["old"]


async def test_what_is_declared_is_never_deleted_to_make_room(world: World) -> None:
    await world.deploy(topics("a"))

    with pytest.raises(PlanError, match="a is declared"):
        await world.deploy(topics("a", "b"), delete_first=("a",))

    assert names(world) == ["a"]


async def test_what_is_retained_is_never_deleted_to_make_room(world: World) -> None:
    await world.deploy(topics("old", retain=True))

    with pytest.raises(PlanError, match="the plan does not delete old"):
        await world.deploy(topics("new"), delete_first=("old",))

    assert names(world) == ["old"]


async def test_what_may_be_somebody_elses_is_never_deleted_to_make_room(world: World) -> None:
    world.cloud.put("000000000000", "us-east-1", "AWS::IAM::Role", {"RoleName": "theirs"})
    world.cloud.faults.add(Fault("fail", operation="CREATE", count=1, options={"code": "AccessDenied"}))

    def role() -> None:
        IAM.Role("role", RoleName="theirs", AssumeRolePolicyDocument={})

    await world.deploy(role)
    assert (await world.records())["role"].status is RecordStatus.DOUBTFUL

    with pytest.raises(PlanError, match="the plan does not delete role"):
        await world.deploy(nothing, delete_first=("role",))

    assert [found["RoleName"] for found in world.live("IAM::Role")] == ["theirs"]


async def test_a_plan_of_a_part_deletes_nothing_to_make_room(world: World) -> None:
    await world.deploy(topics("old"))

    with pytest.raises(PlanError, match="the plan does not delete old"):
        await world.deploy(topics("new"), delete_first=("old",), targets=("new",))

    assert names(world) == ["old"]


async def test_room_is_made_once_the_program_is_planned_to_its_end(world: World) -> None:
    async def program() -> None:
        first = await SNS.Topic("first", TopicName="first")
        tail = first.TopicArn.split(":")[-1]
        SNS.Topic("second", TopicName=f"{tail}-second")

    await world.deploy(topics("old"))
    plan = await world.plan(program, delete_first=("old",))
    result = await world.deploy(program, delete_first=("old",))

    assert plan.partial
    assert plan.notes == ("old is deleted first only once the whole program is planned",)
    assert result.ok, result.failed
    assert names(world) == ["first", "first-second"]
