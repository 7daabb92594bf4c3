from __future__ import annotations

import asyncio
import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine.outcome import Event, RunNotice, Status, StepFinished, StepProgress, StepStarted
from cloudwright.imagebuilder.delivery.build_events import changes
from cloudwright.plan.model import Action
from cloudwright.render.deploy.progress import LiveProgress, PlainProgress, picture
from cloudwright.render.deploy.progress_model import Board
from cloudwright.render.terminal.escaping import cells
from cloudwright.render.terminal.live_screen import VIEWPORT
from cloudwright.render.terminal.style import TerminalStyle
from delivery_samples import BEGAN, HOME, build, workflow
from delivery_samples import progress as build_progress
from delivery_samples import step as workflow_step
from render_samples import outcome, plan, step

if TYPE_CHECKING:
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress

KIND = "AWS::SQS::Queue"
CHAIN = plan(
    step("a", Action.CREATE, type=KIND),
    step("b", Action.CREATE, type=KIND, depends_on=("a",)),
    step("c", Action.CREATE, type=KIND, depends_on=("b",)),
)


def started(key: str, at: float, expected: float | None = None) -> StepStarted:
    return StepStarted(key=key, type=KIND, action=Action.CREATE, at=at, expected=expected)


def finished(key: str, at: float, status: Status = Status.DONE, message: str = "") -> StepFinished:
    return StepFinished(outcome=outcome(key, status=status, seconds=2.0, message=message, identifier="q"), at=at)


def test_plain_progress_is_one_line_per_change_of_state() -> None:
    lines: list[str] = []
    progress = PlainProgress(TerminalStyle(), lines.append)
    progress.start(CHAIN)
    events: list[Event] = [
        started("a", 100.0),
        StepProgress(key="a", text="creating", at=100.5),
        finished("a", 102.0),
        RunNotice(text="throttled\x1b[2J", at=102.0),
        finished("b", 103.0, Status.FAILED, "no\nmore"),
        StepFinished(outcome=outcome("c", status=Status.SKIPPED, waited_for="b"), at=103.0),
    ]
    for event in events:
        progress(event)

    assert lines == [
        "[    0.0 s] +   a  create begins",
        "[    0.5 s]   a  creating",
        "[    2.0 s] +   a  created in 2.0 s  q  (1/3)",
        r"[    2.0 s] ! throttled\x1b[2J",
        "[    3.0 s] +   b  failed after 2.0 s: no  (2/3)",
        "[    3.0 s] +   c  skipped: b does not exist  (3/3)",
    ]


def test_unchanged_steps_are_not_news() -> None:
    lines: list[str] = []
    PlainProgress(TerminalStyle(), lines.append)(finished("a", 1.0, Status.UNCHANGED))

    assert lines == []


def test_the_picture_shows_who_runs_who_waits_and_what_ended() -> None:
    board = Board()
    board.expect(CHAIN)
    for event in (started("a", 0.0), finished("a", 2.0), started("b", 2.0, expected=4.0)):
        board.take(event)
    board.now = 3.0

    assert picture(board, TerminalStyle(width=80)) == [
        "+   a  created in 2.0 s  q",
        "+   b  create  1.0 s of about 4.0 s",
        "+   c  waits for b",
        "1/3 done, 1 running, 1 waiting, 3.0 s, about 7.0 s left",
    ]


def test_no_estimate_is_made_for_types_never_seen() -> None:
    board = Board()
    board.expect(CHAIN)
    board.take(started("a", 0.0))

    assert board.remaining() is None
    assert "left" not in picture(board, TerminalStyle())[-1]


def test_the_picture_never_grows_beyond_the_viewport() -> None:
    steps = [step(f"r{n}", Action.CREATE, type=KIND) for n in range(1000)]
    board = Board()
    board.expect(plan(*steps))
    for n in range(500):
        board.take(started(f"r{n}", float(n)))
    for n in range(100):
        board.take(finished(f"r{n}", 600.0))
    rows = picture(board, TerminalStyle(width=60))

    assert len(rows) <= VIEWPORT
    assert any("more running" in row for row in rows)
    assert all(cells(row) <= 60 for row in rows)
    assert rows[-1].startswith("100/1000 done, 400 running, 500 waiting")


@pytest.mark.parametrize("height", [3, 6, 10])
def test_a_low_terminal_still_shows_the_counters(height: int) -> None:
    board = Board()
    board.expect(plan(*(step(f"r{n}", Action.CREATE, type=KIND) for n in range(40))))
    for n in range(30):
        board.take(started(f"r{n}", 0.0))
    for n in range(9):
        board.take(finished(f"r{n}", 1.0))
    rows = picture(board, TerminalStyle(), height)

    assert len(rows) <= height
    assert rows[-1].startswith("9/40 done, 21 running, 10 waiting")


def test_a_second_plan_of_a_run_adds_to_the_first() -> None:
    board = Board()
    board.expect(plan(step("a", Action.CREATE)))
    board.take(finished("a", 1.0))
    board.expect(plan(step("b", Action.CREATE)))

    assert (2, {"a"}) == (len(board.steps), board.ended)


async def test_the_live_picture_is_drawn_and_wiped_away() -> None:
    screen = io.StringIO()
    progress = LiveProgress(TerminalStyle(live=True, width=80), screen)
    progress.start(CHAIN)
    progress(StepStarted(key="[red]a", type=KIND, action=Action.CREATE, at=asyncio.get_running_loop().time()))
    progress(RunNotice(text="[b]interrupted", at=0.0))
    await asyncio.sleep(0)
    progress.stop()
    drawn = screen.getvalue()

    assert "[red]a  create" in drawn
    assert "! [b]interrupted\n" in drawn
    assert "\x1b[2K" in drawn
    progress.start(CHAIN)
    progress.stop()


def test_rows_of_a_run_stay_in_the_order_of_their_start() -> None:
    board = Board()
    board.expect(CHAIN)
    for key in ("b", "a", "c"):
        board.take(started(key, 0.0))
    rows = picture(board, TerminalStyle())
    places = [next(n for n, row in enumerate(rows) if f" {key}  create" in row) for key in ("b", "a", "c")]

    assert all(first < second for first, second in pairwise(places))


def test_the_texts_of_all_keys_are_aligned() -> None:
    board = Board()
    board.expect(plan(step("short", Action.CREATE, type=KIND), step("x" * 60, Action.CREATE, type=KIND)))
    for key in ("short", "x" * 60):
        board.take(started(key, 0.0))

    short, long, _ = picture(board, TerminalStyle(width=90))
    assert "+   short" + " " * 27 + "create  0.0 s" == short
    assert long.startswith("+   " + "x" * 60 + "  create")


# -- images that the run builds


def image_of_a() -> tuple[BuildProgress, tuple[BuildEvent, ...]]:
    """An image with the key `a` that is delivered to one of two cells."""
    built = workflow("BUILD", workflow_step("LaunchBuildInstance", "COMPLETED", 1, 61))
    copying = workflow("DISTRIBUTION", workflow_step("DistributeImage", "RUNNING", 61))
    found = build_progress(build("DISTRIBUTING", 1, HOME), built, copying, key="a")
    return found, tuple(changes(None, found))


async def test_a_log_has_one_line_for_each_change_of_a_build() -> None:
    lines: list[str] = []
    progress = PlainProgress(TerminalStyle(), lines.append)
    progress.start(CHAIN)
    progress.building(*image_of_a())

    assert [line.partition("] ")[2] for line in lines] == [
        "  a  build      LaunchBuildInstance completed in 60 s",
        "  a  build      done in 60 s",
        "  a  distribute started",
        "  a  distribute DistributeImage started",
        "  a  delivered  111111111111 in us-east-1: ami-11",
    ]


async def test_the_live_picture_shows_builds_below_the_steps_until_these_have_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", lambda: BEGAN + 90)
    screen = io.StringIO()
    progress = LiveProgress(TerminalStyle(live=True, width=80), screen)
    progress.start(CHAIN)
    progress(started("a", asyncio.get_running_loop().time()))
    progress.building(*image_of_a())
    rows = progress._picture(VIEWPORT, 0.0)
    few = progress._picture(10, 0.0)
    progress(finished("a", 1.0))
    after = progress._picture(VIEWPORT, 0.0)
    progress.stop()

    assert "a: image 1.0.0/1  distributing, 89 s" in rows
    assert "222222222222 dev   ." in rows
    assert len(rows) <= VIEWPORT
    assert not any("image 1.0.0/1" in row for row in (*few, *after))
    assert "a  build      done in 60 s\n" in screen.getvalue()
