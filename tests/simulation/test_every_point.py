from __future__ import annotations

import pytest

from simulation.scenarios import GOING_ON, SCENARIOS, Scenario, deaths, naps


@pytest.mark.parametrize("going_on", GOING_ON)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_death_at_any_point_loses_and_duplicates_nothing(scenario: Scenario, going_on: str) -> None:
    happened = list(deaths(scenario, going_on))

    assert len(happened) >= 4
    wrong = [death for death in happened if death.violations]
    assert not wrong, f"{len(wrong)} of {len(happened)} points; the first:\n{wrong[0]}"


SLEEPY = [scenario for scenario in SCENARIOS if scenario.after and not scenario.foreign]


@pytest.mark.parametrize("other", ["the same program", "the former program"])
@pytest.mark.parametrize("scenario", SLEEPY, ids=lambda scenario: scenario.name)
def test_a_machine_that_sleeps_for_two_days_does_no_harm_on_waking(scenario: Scenario, other: str) -> None:
    happened = list(naps(scenario, other))

    assert len(happened) >= 2
    wrong = [death for death in happened if death.violations]
    assert not wrong, f"{len(wrong)} of {len(happened)} points; the first:\n{wrong[0]}"
