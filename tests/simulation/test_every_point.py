"""What is killed, or put to sleep, at every single point of a change: of the points, a run takes a sample."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from simulation.scenarios import GOING_ON, SCENARIOS, Scenario, deaths, naps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sampling import Sampling
    from simulation.scenarios import Death

ONE_IN = 8
"""How many points one stands for, unless the run is a whole one."""


@pytest.mark.parametrize("going_on", GOING_ON)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_death_at_any_point_loses_and_duplicates_nothing(
    scenario: Scenario, going_on: str, sampling: Sampling
) -> None:
    sample = sampling.first(ONE_IN, f"death, {scenario.name}, {going_on}")

    check(partial(deaths, scenario, going_on), *sample, fewest=4)


SLEEPY = [scenario for scenario in SCENARIOS if scenario.after and not scenario.foreign]


@pytest.mark.parametrize("other", ["the same program", "the former program"])
@pytest.mark.parametrize("scenario", SLEEPY, ids=lambda scenario: scenario.name)
def test_a_machine_that_sleeps_for_two_days_does_no_harm_on_waking(
    scenario: Scenario, other: str, sampling: Sampling
) -> None:
    sample = sampling.first(ONE_IN, f"nap, {scenario.name}, {other}")

    check(partial(naps, scenario, other), *sample, fewest=2)


def check(strike: Callable[..., Iterator[Death]], first: int, step: int, *, fewest: int) -> None:
    happened = list(strike(first=first, step=step))
    if not happened:
        # The change has fewer points than are left out, but it has the fewest that any change has.
        happened = list(strike(first=first % fewest, step=step))

    assert len(happened) >= (fewest if step == 1 else 1)
    wrong = [death for death in happened if death.violations]
    assert not wrong, f"{len(wrong)} of {len(happened)} points; the first:\n{wrong[0]}"
