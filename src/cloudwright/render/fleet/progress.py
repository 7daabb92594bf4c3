"""Progress of a fleet run: a live table on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.fleet.text import STATUS_WIDTH, counts, target_line
from cloudwright.render.terminal.escaping import cells, clip, pad, visible
from cloudwright.render.terminal.live_screen import Screen
from cloudwright.render.terminal.style import TerminalStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from cloudwright.fleet.model import Attempt, FleetRun

WAVES = 5
"""Rows for waves that are not finished."""

LISTED = 5
"""Rows for the targets that ended last, and as many for failed targets."""

PLAIN = TerminalStyle()

_ENDED = frozenset({"done", "failed", "cancelled", "waiting for approval", "held"})


class FleetProgress(Protocol):
    """Shows a fleet run; called with every target's latest attempt after each poll."""

    def __call__(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """Update the status of each target."""
        ...

    def stop(self) -> None:
        """Restore the terminal."""
        ...


@dataclass(slots=True)
class StatusChanges:
    """Finds the targets whose status changed since the last poll, except those that only wait for a worker."""

    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __call__(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """The attempts whose status changed."""
        news = (one for one in attempts if one.number and one.status != "queued")
        moved = [one for one in news if self._seen.get(one.target) != _at(one)]
        self._seen.update((one.target, _at(one)) for one in moved)
        return moved


def _at(attempt: Attempt) -> tuple[int, str]:
    return attempt.number, str(attempt.status)


@dataclass(slots=True)
class FleetBoard:
    """The content of the table.

    Attributes:
        run: The latest known version of the run.
        attempts: One for each target.
        recent: Targets that ended since this display started, the newest last.
        since: Running target -> when it was first seen running, in seconds of the loop's time.
    """

    run: FleetRun | None = None
    attempts: Sequence[Attempt] = ()
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=LISTED))
    since: dict[str, float] = field(default_factory=dict)
    _moves: StatusChanges = field(default_factory=StatusChanges)

    def take(self, run: FleetRun, attempts: Sequence[Attempt], now: float) -> None:
        """Update the status of each target.

        Args:
            run: The run.
            attempts: One for each target.
            now: Seconds of the loop's time.
        """
        first = self.run is None
        self.run, self.attempts = run, attempts
        moved = self._moves(attempts)
        self.recent.extend(one.target for one in moved if one.status in _ENDED and not first)
        running = [one.target for one in attempts if one.status == "running"]
        self.since = {name: self.since.get(name, now) for name in running}


def fleet_picture(board: FleetBoard, style: TerminalStyle, height: int, now: float) -> list[str]:
    """The rows of the table: failed targets, those that ended last, running ones, the waves, and the counters.

    Args:
        board: The run so far.
        style: The capabilities of the terminal.
        height: The most rows; 4 are always used.
        now: Seconds of the loop's time.
    """
    waves = _cut(_waves(board), max(1, min(WAVES, height - 4)), "waves")
    space = height - len(waves) - 1
    third = max(1, min(LISTED, space // 3))
    failed = _cut([_failed(one) for one in board.attempts if one.status == "failed"], third, "failed")
    ended = list(_ended(board))[-third:] if space > 2 else []
    running = _cut(list(_running(board, now)), max(1, space - len(failed) - len(ended)), "running")
    rows = [(failed, "red"), (ended, "dim"), (running, "cyan"), (waves, ""), ([counts(board.attempts)], "bold")]
    return [style.paint(clip(row, style.width), *colors.split()) for lines, colors in rows for row in lines]


def _failed(attempt: Attempt) -> str:
    return _row("failed", attempt.target, attempt.error.partition("\n")[0])


def _ended(board: FleetBoard) -> Iterator[str]:
    known = {attempt.target: attempt for attempt in board.attempts}
    for name in board.recent:
        if known[name].status != "failed":
            yield target_line(known[name], PLAIN)


def _running(board: FleetBoard, now: float) -> Iterator[str]:
    for name, since in board.since.items():
        yield _row("running", name, duration(max(0.0, now - since)))


def _row(status: str, name: str, more: str) -> str:
    return f"  {pad(status, STATUS_WIDTH)}  {visible(name)}  {visible(more)}"


def _waves(board: FleetBoard) -> list[str]:
    """A row for each wave; finished waves are left out if there are many."""
    if board.run is None or not board.run.spec.by_wave:
        return []
    wave_of = {target.name: target.wave for target in board.run.spec.targets}
    waves = {wave: [one for one in board.attempts if wave_of[one.target] == wave] for wave in board.run.spec.waves}
    going = {wave: attempts for wave, attempts in waves.items() if any(one.status != "done" for one in attempts)}
    shown = waves if len(waves) <= WAVES else going
    return [f"  wave {wave}   {counts(attempts)}" for wave, attempts in shown.items()]


def _cut(rows: list[str], space: int, what: str) -> list[str]:
    return rows if len(rows) <= space else [*rows[: space - 1], f"  and {len(rows) - space + 1} more {what}"]


@dataclass(slots=True)
class PlainFleet:
    """One line for each change of a target's status, for logs.

    Attributes:
        style: The capabilities of the output.
        write: Takes one line.
    """

    style: TerminalStyle
    write: Callable[[str], None]
    _moves: StatusChanges = field(default_factory=StatusChanges)

    def __call__(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """Write a line for each target whose status changed."""
        width = max(cells(target.name) for target in run.spec.targets)
        for attempt in self._moves(attempts):
            self.write(target_line(attempt, self.style, width))

    def stop(self) -> None:
        """Nothing to clean up."""


@dataclass(slots=True)
class LiveFleet:
    """Draws the table.

    Attributes:
        style: The capabilities of the terminal.
        stream: The terminal.
    """

    style: TerminalStyle
    stream: TextIO
    board: FleetBoard = field(default_factory=FleetBoard)
    _screen: Screen | None = None

    def __call__(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """Record the status of each target for the next redraw; must be called inside the event loop."""
        self.board.take(run, attempts, asyncio.get_running_loop().time())
        if self._screen is None:
            self._screen = Screen(self.stream, self._picture)
            self._screen.start()

    def stop(self) -> None:
        """Clear the display."""
        if self._screen:
            self._screen.stop()
        self._screen = None

    def _picture(self, height: int, now: float) -> list[str]:
        return fleet_picture(self.board, self.style, height, now)
