"""The schedule of polls for operations of unknown length: how late an end is noticed, and after how many polls."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.control.polling.durations import (
    CROWD_MARGIN,
    FIRST_LOOK,
    OVERSHOOT,
    Durations,
    next_crowd_poll,
    next_fine_poll,
    next_poll,
    next_scout_poll,
    next_sparse_poll,
)

PAGE = Path(__file__).parents[4] / "docs" / "performance.md"
HEAD = "| duration of the operation, s | polls | noticed after, s |"


def followed(seconds: float) -> tuple[int, float]:
    """How many polls an operation takes, and how long after its end the last one is sent."""
    polls, at = 0, 0.0
    while at < seconds or not polls:
        polls, at = polls + 1, next_poll(at, None)
    return polls, at - seconds


def fewest(seconds: float) -> int:
    """The fewest polls of any schedule that begins with the first look and is never later than allowed.

    A poll at `t` may be followed by one at `t + OVERSHOOT * (1 + t)`: what ends right after `t` waits the longest.
    """
    return 1 + max(0, math.ceil(math.log((1 + seconds) / (1 + FIRST_LOOK), 1 + OVERSHOOT)))


@given(st.floats(0.5, 600.0))
def test_an_end_is_noticed_within_a_tenth_and_a_tenth_of_a_second_with_the_fewest_polls(seconds: float) -> None:
    polls, late = followed(seconds)

    assert late <= max(FIRST_LOOK - seconds, OVERSHOOT * (1 + seconds)) + 1e-9
    assert fewest(seconds - 1e-6) <= polls <= fewest(seconds + 1e-6)


def test_the_table_in_the_documentation() -> None:
    lines = PAGE.read_text().partition(HEAD)[2].split("\n\n")[0].splitlines()[2:]
    rows = [[float(cell) for cell in line.strip("| ").split("|")] for line in lines]

    assert len(rows) >= 10
    for seconds, polls, noticed in rows:
        found, late = followed(seconds)
        assert (found, round(seconds + late, 2)) == (polls, noticed)


@pytest.mark.parametrize(
    ("elapsed", "expected", "polled"),
    [
        (0.0, 3.0, 3.0),
        (0.0, 60.0, 5.0),
        (5.0, 60.0, 10.0),
        (4.999, 60.0, 10.0),
        (4.99, 60.0, 5.0),
        (10.0, 60.0, 20.0),
        (40.0, 60.0, 60.0),
        (2.9, 3.0, 3.0),
        (3.0, 3.0, 3.06),
        (3.1, 3.0, 3.16),
        (3.2, 3.0, 3.3),
        (5.0, 3.0, 5.4),
        (0.5, 0.5, 0.55),
        (0.6, 0.5, 0.65),
        (1.1, 0.5, 1.25),
        (600.0, 600.0, 612.0),
    ],
)
def test_an_end_is_looked_for_when_it_is_expected_and_then_ever_more_seldom(
    elapsed: float, expected: float, polled: float
) -> None:
    assert next_poll(elapsed, expected) == pytest.approx(polled)


def test_of_many_an_end_is_looked_for_slightly_late() -> None:
    assert next_poll(0.0, 3.0, margin=CROWD_MARGIN) == pytest.approx(3.09)


def test_what_others_reveal_is_looked_at_more_seldom() -> None:
    kinds = (next_scout_poll, next_fine_poll, next_crowd_poll, next_sparse_poll)

    assert [poll(0.0) for poll in kinds] == [FIRST_LOOK, FIRST_LOOK, 5.0, 15.0]
    assert [poll(2.0) for poll in kinds] == pytest.approx([2.16, 2.1, 5.0, 15.0])
    assert [poll(1.5) for poll in kinds] == pytest.approx([1.65, 1.575, 5.0, 15.0])
    assert [poll(20.0) for poll in kinds] == pytest.approx([21.6, 21.0, 40.0, 40.0])


def test_figures_that_cannot_be_durations_are_left_out() -> None:
    learned = {"duration/A/CREATE": 0, "duration/B/CREATE": -1.0, "duration/C/CREATE": "3", "duration/D/CREATE": 0.5}

    assert Durations(learned).learned() == {"duration/D/CREATE": 0.5}
    assert Durations(learned, usual=2.0).expect("A", "CREATE") == 2.0


@pytest.mark.parametrize(
    ("known", "running", "ended", "learned"),
    [
        (None, 0.0, 4.0, 3.0),
        (None, 0.0, 0.0, 0.01),
        (None, 1.0, 1.23456, 1.176),
        (10.0, 8.0, 10.0, 9.75),
        (10.0, 7.99, 10.0, 9.806),
        (10.0, 0.0, 100.0, 10.0),
    ],
)
def test_a_duration_is_learned_from_when_it_was_last_seen_running(
    known: float | None, running: float, ended: float, learned: float
) -> None:
    durations = Durations({} if known is None else {"duration/A/CREATE": known})
    durations.observe("A", "CREATE", running=running, ended=ended)

    assert durations.learned() == {"duration/A/CREATE": learned}
