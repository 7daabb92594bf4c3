"""What observers of a run hear of each step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.engine.outcome import Outcome, Status, StepFinished, StepStarted
from cloudwright.engine.step_reports import reported
from cloudwright.plan.model import Action
from cloudwright.testing.loop import VirtualClock
from dead_runs import TOPIC, running

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.engine.outcome import Event


async def _heard(folder: Path, action: Action) -> tuple[Outcome, list[Event]]:
    known = Outcome(key="a", type=TOPIC, action=action, status=Status.SKIPPED)
    heard: list[Event] = []

    async def work() -> Outcome:
        await asyncio.sleep(2.0)
        return replace(known, status=Status.DONE)

    async with running(World(folder, clock=VirtualClock())) as run:
        return await reported(replace(run, observe=heard.append), known, work), heard


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET])
async def test_a_step_that_does_something_is_reported_when_it_begins_and_when_it_ends(
    tmp_path: Path, action: Action
) -> None:
    outcome, heard = await _heard(tmp_path, action)

    begun, ended = heard
    assert isinstance(begun, StepStarted)
    assert isinstance(ended, StepFinished)
    assert (begun.key, begun.action, ended.outcome) == ("a", action, outcome)
    assert ended.at - begun.at == pytest.approx(outcome.seconds)
    assert outcome.seconds == pytest.approx(2.0)


@pytest.mark.parametrize("action", [Action.NONE, Action.MOVE])
async def test_a_step_that_sends_nothing_has_only_an_outcome(tmp_path: Path, action: Action) -> None:
    outcome, heard = await _heard(tmp_path, action)

    assert (outcome.status, heard) == (Status.DONE, [])
