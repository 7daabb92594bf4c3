"""The harness must find what it is there to find."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine import convergence, record_refresh
from cloudwright.plan.unreturned import pattern_of
from cloudwright.state.changes import PutEntry
from simulation import programs as p
from simulation.aftermath import tell_aftermath
from simulation.machine import Machine
from simulation.ports import FaultyStore, FaultyTransport
from simulation.programs import To
from simulation.scenarios import SCENARIOS, Scenario, deaths
from simulation.seeds import story_of
from simulation.story import Story, tell
from simulation.world import MARK, World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudwright.control.model import Call
    from cloudwright.state.changes import StateChange
    from cloudwright.state.leases.lease import Lease
    from simulation.programs import Program

CREATE = next(s for s in SCENARIOS if s.name == "create")
NAMELESS = next(s for s in SCENARIOS if s.name == "create a server-named one without tags")


class _ForgetfulStore(FaultyStore):
    """Keeps no journal."""

    def kept(self, changes: Sequence[StateChange]) -> Sequence[StateChange]:
        return [change for change in changes if not isinstance(change, PutEntry)]


class Forgetful(Machine):
    def make_store(self) -> FaultyStore:
        return _ForgetfulStore(self)


class _TokenlessTransport(FaultyTransport):
    """Sends another client token each time."""

    def changed(self, call: Call) -> Call:
        fields = json.loads(call.body)
        if "ClientToken" in fields:
            fields["ClientToken"] = f"{self.machine.dice.getrandbits(128):032x}"
        return replace(call, body=json.dumps(fields).encode()) if "ClientToken" in fields else call


class Tokenless(Machine):
    def make_transport(self) -> FaultyTransport:
        return _TokenlessTransport(self)


class _UnfencedStore(FaultyStore):
    """Confirms every lease, lost or not."""

    async def confirm(self, lease: Lease) -> None:
        await self.machine.point("before confirm")


class Unfenced(Machine):
    def make_store(self) -> FaultyStore:
        return _UnfencedStore(self)


class _GreedyTransport(FaultyTransport):
    """Sends lists without what others added to them."""

    def changed(self, call: Call) -> Call:
        if call.action != "UpdateResource":
            return call
        fields = json.loads(call.body)
        fields["PatchDocument"] = json.dumps(_ours(json.loads(fields["PatchDocument"])))
        return replace(call, body=json.dumps(fields).encode())


def _ours(value: Any) -> Any:
    if isinstance(value, list):
        return [_ours(each) for each in value if MARK not in json.dumps(each) or "path" in each]
    return {name: _ours(each) for name, each in value.items()} if isinstance(value, dict) else value


class Greedy(Machine):
    def make_transport(self) -> FaultyTransport:
        return _GreedyTransport(self)


@pytest.mark.parametrize("scenario", [CREATE, NAMELESS], ids=lambda scenario: scenario.name)
def test_a_run_without_a_journal_is_found_out(scenario: Scenario) -> None:
    assert any(death.violations for death in deaths(scenario, "the same program", Forgetful))


def test_a_run_whose_client_tokens_change_is_found_out() -> None:
    assert any(death.violations for death in deaths(NAMELESS, "the same program", Tokenless))


def test_a_run_that_does_not_confirm_its_lease_is_found_out() -> None:
    lost = (world for world in (story_of(seed, Unfenced) for seed in range(300)) if world.violations)

    (found,) = islice(lost, 1)

    assert "without a live lease" in found.violations[0]


def test_a_run_that_drops_what_others_added_is_found_out() -> None:
    lost = (world for world in (story_of(seed, Greedy) for seed in range(300)) if world.violations)

    (found,) = islice(lost, 1)

    assert "which others added to" in found.violations[0]


def test_a_run_that_takes_all_that_is_absent_for_unobservable_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (p.topic("top", "top"),)
    assert _after(program) == []
    monkeypatch.setattr(convergence.WrittenPaths, "wrote", lambda *_: True)
    monkeypatch.setattr(convergence, "_lacking", lambda subject, _, one: pattern_of(subject.desired, one.path))
    monkeypatch.setattr(convergence, "_was_returned", lambda *_: False)

    violations = _after(program)

    assert "/Tags of top was removed outside, but drift does not report it" in violations


def test_a_refreshed_run_that_keeps_old_attributes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (p.role("role", "role"), p.parameter("below", "below", To("role", "Arn", text="a: ")))
    assert _after(program) == []
    monkeypatch.setattr(record_refresh, "as_read", lambda record, *_: record)

    violations = _after(program)

    assert any("but the Arn of role changed outside" in each for each in violations)


def _after(program: Program) -> list[str]:
    """What is wrong after others changed what a program had deployed."""

    async def told() -> World:
        story = Story(World())
        await story.converge(lambda: program)
        await tell_aftermath(story, program)
        return story.world

    return tell(told).violations
