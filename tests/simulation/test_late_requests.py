"""The last request of a killed run arrives when others have gone on: whoever deploys next finds out."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine import unanswered
from simulation.scenarios import GOING_ON, SCENARIOS, Scenario, late_requests
from simulation.seeds import story_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from sampling import Sampling
    from simulation.scenarios import Death

ARRIVALS = (5.0, 10.03, 10.1, 11.0, 12.5, 15.0, 30.0, 60.0, 200.0)
"""Seconds after the begin of the next run: while it waits, before and after its read and its own request, and later."""

ONE_IN = 6
"""How many arrivals one stands for, unless the run is a whole one."""


@pytest.mark.parametrize("going_on", GOING_ON)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_late_request_loses_and_duplicates_nothing(scenario: Scenario, going_on: str, sampling: Sampling) -> None:
    arrivals = sampling.take(ARRIVALS, ONE_IN, f"late, {scenario.name}, {going_on}")

    wrong = list(_wrong(scenario, going_on, arrivals))

    assert not wrong, f"{len(wrong)} of the late requests; the first:\n{wrong[0]}"


def _wrong(scenario: Scenario, going_on: str, arrivals: Sequence[float]) -> Iterator[Death]:
    for seconds in arrivals:
        yield from (death for death in late_requests(scenario, going_on, seconds) if death.violations)


def _named(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


def test_an_engine_that_forgets_an_unanswered_request_at_once_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "LAST_ARRIVAL", 0.0)

    assert list(_wrong(_named("update"), "the former program", (40.0,)))
    assert list(_wrong(_named("delete"), "the former program", (40.0,)))
    lost = (world for world in map(story_of, range(50)) if world.violations)
    assert len(list(islice(lost, 1))) == 1


def test_an_engine_that_overlooks_what_was_made_again_under_the_same_name_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def of_the_same_generation(entry: JournalEntry, snapshot: Snapshot) -> Record | None:
        return next((record for record in snapshot.records if record.id == entry.draft.id), None)

    monkeypatch.setattr(unanswered, "recorded", of_the_same_generation)

    assert list(_wrong(_named("replace delete-first"), "the same program", (40.0,)))
