"""A group of apps that a signal stops."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import App, outputs
from cloudwright.app.group.group import AppGroup
from cloudwright.app.group.model import CannotPlan, Member, MemberStatus
from cloudwright.aws import SNS
from cloudwright.engine.outcome import StepStarted
from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World


async def network() -> dict[str, object]:
    return {"Arn": SNS.Topic("first", TopicName="first").TopicArn}


async def web() -> None:
    used = await outputs("network", stage="prod")
    SNS.Topic("second", TopicName="second", DisplayName=used["Arn"])


async def broken() -> None:
    raise ProgramError("out of order")


def group(world: World, **programs: Callable[[], Any]) -> AppGroup:
    members = []
    for name, program in programs.items():
        app = App(name, stage="prod").configure(runtime=world.runtime)
        app.program(program)
        members.append(Member(app=app, file=f"{name}.py"))
    return AppGroup(tuple(members))


async def test_a_signal_begins_no_further_app(world: World) -> None:
    both = group(world, web=web, network=network)

    def stop(group: AppGroup, _member: Member, event: object) -> None:
        if isinstance(event, StepStarted):
            group.interrupt(15)

    both.observe = partial(stop, both)

    result = await both.deploy(allow_findings=True)

    assert result is not None
    assert result.interrupted == 15
    assert {each.member.app.name: each.status for each in result.members}["web"] is MemberStatus.SKIPPED
    assert [topic["TopicName"] for topic in world.live("SNS::Topic")] == ["first"]


async def test_the_python_api_refuses_a_group_of_which_one_program_is_wrong(world: World) -> None:
    with pytest.raises(CannotPlan, match=r"broken/prod can't be planned: out of order") as caught:
        await group(world, web=web, network=network, broken=broken).deploy()

    assert [each.member.app.name for each in caught.value.planned.failures] == ["broken"]
    assert world.live("SNS::Topic") == []


async def test_who_waits_for_a_wrong_program_is_not_reported_as_wrong(world: World) -> None:
    planned = await group(world, web=web, network=broken).plan()

    assert [each.member.app.name for each in planned.failures] == ["network"]
    assert len([each for each in planned.members if each.error]) == 2


async def test_known_outputs_reach_the_plan_of_their_reader(world: World) -> None:
    seen: list[object] = []

    async def reader() -> None:
        used = await outputs("network", stage="prod")
        seen.append(used["Name"])
        SNS.Topic("second", TopicName=f"{used['Name']}-2")

    async def named() -> dict[str, object]:
        SNS.Topic("first", TopicName="first")
        return {"Name": "first"}

    planned = await group(world, web=reader, network=named).plan()

    assert seen == ["first"]
    assert [plan.app for plan in planned.plans] == ["network", "web"]
    assert planned.plans[1].steps[0].desired["TopicName"] == "first-2"
