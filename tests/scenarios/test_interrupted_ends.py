"""An interrupt at any moment of a run: the result that is reported is true."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import RunNotice, StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright import App
    from cloudwright.engine.outcome import Event, Result


def chain() -> dict[str, object]:
    """Three resources, one after the other."""
    first = AWS.SNS.Topic("a", TopicName="a")
    second = AWS.SSM.Parameter("b", Name="/b", Type="String", Value=first.TopicArn)
    AWS.SSM.Parameter("c", Name="/c", Type="String", Value=second.Type)
    return {"Arn": first.TopicArn}


def side_by_side() -> dict[str, object]:
    topics = [AWS.SNS.Topic(name, TopicName=name) for name in "abc"]
    return {"Arns": [topic.TopicArn for topic in topics]}


async def computing() -> dict[str, object]:
    """A program that can only be planned in parts."""
    vpc = await AWS.EC2.VPC("a", CidrBlock="10.0.0.0/16")
    name = vpc.VpcId.removeprefix("vpc-")
    AWS.SNS.Topic("b", TopicName=name)
    return {"Name": name}


def fewer() -> dict[str, object]:
    """What remains of the chain: the others are deleted."""
    return {"Arn": AWS.SNS.Topic("a", TopicName="a").TopicArn}


def renamed() -> dict[str, object]:
    """One replacement, whose old half goes at the end."""
    return {"Arn": AWS.SNS.Topic("a", TopicName="other").TopicArn}


def nothing() -> None:
    """Everything is deleted."""


@dataclass
class Striker:
    """Interrupts an app once, at its nth event."""

    at: int
    app: App | None = None
    seen: int = 0
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, RunNotice):
            return
        if self.seen == self.at and self.app:
            self.app.interrupt(signal.SIGINT)
        self.seen += 1


STORIES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "chain": (nothing, chain),
    "side by side": (nothing, side_by_side),
    "computing": (nothing, computing),
    "deletes": (chain, fewer),
    "replacement": (fewer, renamed),
    "all go": (chain, nothing),
}


async def struck(world: World, program: Callable[[], Any], at: int) -> tuple[Result, Striker]:
    striker = Striker(at)
    striker.app = world.app(program)
    return await striker.app.deploy(observer=striker), striker


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("story", STORIES)
async def test_the_end_of_an_interrupted_run_says_what_is_true(tmp_path: Path, story: str, at: int) -> None:
    before, program = STORIES[story]
    world = World(tmp_path)
    await world.deploy(before)
    result, striker = await struck(world, program, at)
    plan = await world.plan(program)

    assert result.ok == plan.empty, f"reported {result.ok}, but {[(s.action, s.key) for s in plan.changes]} is left"
    assert result.ok != bool(result.interrupted)
    if result.ok:
        again = await world.deploy(program)
        assert dict(result.outputs) == dict(again.outputs)
        assert await world.app(program).outputs() == dict(again.outputs)
    if result.ok and striker.seen > at:
        assert any(isinstance(event, RunNotice) and "the deploy is complete" in event.text for event in striker.events)


async def test_the_first_interrupt_starts_nothing_new(tmp_path: Path) -> None:
    result, striker = await struck(World(tmp_path), chain, 0)

    assert [event.key for event in striker.events if isinstance(event, StepStarted)] == ["a"]
    assert result.interrupted == signal.SIGINT
