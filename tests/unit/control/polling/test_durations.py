"""The schedule of polls for operations of unknown length: how late an end is noticed, and after how many polls."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.control.polling.durations import FIRST_LOOK, OVERSHOOT, next_poll

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
