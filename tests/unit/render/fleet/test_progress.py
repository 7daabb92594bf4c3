"""A fleet run while it goes on, as a table and as lines."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest

from cloudwright.fleet.model import Attempt, FleetRun, FleetSpec, TargetStatus
from cloudwright.fleet.targets import FleetTarget
from cloudwright.render.fleet.progress import FleetBoard, LiveFleet, PlainFleet, StatusChanges, fleet_picture
from cloudwright.render.terminal.escaping import cells
from cloudwright.render.terminal.style import TerminalStyle

DONE, FAILED, RUNNING = TargetStatus.DONE, TargetStatus.FAILED, TargetStatus.RUNNING
PENDING, QUEUED = TargetStatus.PENDING, TargetStatus.QUEUED


def run(*waves: int, **options: Any) -> FleetRun:
    targets = tuple(FleetTarget(f"{at:012d}", "eu-west-1", "prod", "", wave) for at, wave in enumerate(waves))
    return FleetRun(
        id="r", made_at=0.0, spec=FleetSpec(program="/p", files={"infra.py": "d"}, app="a", targets=targets, **options)
    )


def attempts(made: FleetRun, *statuses: TargetStatus, error: str = "no role") -> list[Attempt]:
    pairs = zip(made.spec.targets, statuses, strict=True)
    return [
        Attempt(target=target.name, number=int(status is not PENDING), status=status, error=error * (status is FAILED))
        for target, status in pairs
    ]


def board(made: FleetRun, *looks: tuple[TargetStatus, ...]) -> FleetBoard:
    filled = FleetBoard()
    for at, statuses in enumerate(looks):
        filled.take(made, attempts(made, *statuses), float(at))
    return filled


def test_the_table_shows_what_failed_ended_and_runs_each_wave_and_all() -> None:
    seen = board(run(1, 1, 1, 2), (RUNNING, RUNNING, QUEUED, PENDING), (DONE, FAILED, RUNNING, PENDING))

    assert fleet_picture(seen, TerminalStyle(), 25, 4.0) == [
        "  failed                prod@000000000001.eu-west-1  no role",
        "  done                  prod@000000000000.eu-west-1",
        "  running               prod@000000000002.eu-west-1  3.0 s",
        "  wave 1   1 done, 1 failed, 1 running",
        "  wave 2   1 pending",
        "1 done, 1 failed, 1 running, 1 pending",
    ]


def test_attempts_that_ended_before_the_first_view_are_not_reported() -> None:
    assert fleet_picture(board(run(1, 1), (DONE, RUNNING)), TerminalStyle(), 25, 0.0)[0].startswith("  running")


def test_without_waves_there_are_no_rows_of_waves() -> None:
    assert fleet_picture(board(run(1, 2, by_wave=False), (DONE, DONE)), TerminalStyle(), 25, 0.0) == ["2 done"]


@pytest.mark.parametrize("height", [4, 5, 8, 12, 25])
def test_a_large_fleet_stays_within_the_window(height: int) -> None:
    made = run(*(at // 50 for at in range(600)))
    first = (RUNNING,) * 600
    seen = board(made, first, (FAILED,) * 100 + (DONE,) * 100 + (RUNNING,) * 400)
    rows = fleet_picture(seen, TerminalStyle(width=60), height, 3.0)

    assert len(rows) <= height
    assert max(map(cells, rows)) <= 60
    assert rows[-1] == "100 done, 100 failed, 400 running"
    assert any(row.endswith("more failed") for row in rows)
    assert any(row.endswith("more running") for row in rows)


def test_an_error_is_no_control_sequence_and_one_row() -> None:
    made = run(1)
    seen = FleetBoard()
    seen.take(made, attempts(made, FAILED, error="no\x1b[2J\nrole"), 0.0)

    assert (
        fleet_picture(seen, TerminalStyle(), 25, 0.0)[0]
        == r"  failed                prod@000000000000.eu-west-1  no\x1b[2J"
    )


def test_a_move_is_reported_once_and_a_place_in_the_queue_is_none() -> None:
    made, moves = run(1, 1), StatusChanges()
    first = attempts(made, QUEUED, RUNNING)

    assert [one.status for one in moves(first)] == [RUNNING]
    assert moves(first) == []
    assert moves([replace(first[1], number=2)]) != [], "another attempt is a move"


def test_lines_are_written_for_what_moves() -> None:
    made, lines = run(1, 1), list[str]()
    progress = PlainFleet(TerminalStyle(), lines.append)
    for statuses in ((RUNNING, PENDING), (RUNNING, PENDING), (DONE, RUNNING)):
        progress(made, attempts(made, *statuses))

    assert [line.split() for line in lines] == [
        ["running", "prod@000000000000.eu-west-1"],
        ["done", "prod@000000000000.eu-west-1"],
        ["running", "prod@000000000001.eu-west-1"],
    ]


async def test_the_table_is_drawn_and_wiped_away() -> None:
    made, screen = run(1), io.StringIO()
    progress = LiveFleet(TerminalStyle(live=True, width=80), screen)
    progress(made, attempts(made, RUNNING))
    await asyncio.sleep(0)
    progress.stop()

    assert "wave 1   1 running" in screen.getvalue()
    assert "\x1b[2K" in screen.getvalue()
