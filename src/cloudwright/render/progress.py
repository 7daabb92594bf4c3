"""A run while it goes on: a small moving picture on a terminal, plain lines everywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cloudwright.engine.outcome import Event, RunNotice, Status, StepFinished, StepProgress, StepStarted
from cloudwright.render.board import Board
from cloudwright.render.outcome_text import PAST, duration, hindrance
from cloudwright.render.safe import clip, visible
from cloudwright.render.screen import VIEWPORT, Screen
from cloudwright.render.symbols import sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from cloudwright.engine.outcome import Outcome
    from cloudwright.plan.model import Plan
    from cloudwright.render.look import Look

JUST_FINISHED = 5
"""Rows kept for what ended last."""


class Progress(Protocol):
    """Shows a run; `start` and `stop` may be called again around a question to the user."""

    def start(self, plan: Plan) -> None:
        """Begin to show a plan being applied."""
        ...

    def __call__(self, event: Event) -> None:
        """Take an event."""
        ...

    def stop(self) -> None:
        """Leave the terminal as it was."""
        ...


@dataclass(slots=True)
class PlainProgress:
    """One line per change of state, for logs.

    Attributes:
        look: What the output can show.
        write: Takes one line.
    """

    look: Look
    write: Callable[[str], None]
    board: Board = field(default_factory=Board)

    def start(self, plan: Plan) -> None:
        """Begin to show a plan being applied."""
        self.board.expect(plan)

    def __call__(self, event: Event) -> None:
        """Write the event's line."""
        self.board.take(event)
        text = self._text(event)
        if text:
            self.write(f"{self.look.paint(f'[{self.board.elapsed:7.1f} s]', 'dim')} {text}")

    def stop(self) -> None:
        """Nothing to clean up."""

    def _text(self, event: Event) -> str:
        match event:
            case StepStarted():
                return f"{sign(event.action, self.look)} {visible(event.key)}  {event.action} begins"
            case StepProgress():
                return f"  {visible(event.key)}  {visible(event.text)}"
            case StepFinished():
                shown = event.outcome.status is not Status.UNCHANGED
                done = f"{len(self.board.ended)}/{len(self.board.steps)}"
                return f"{ending(event.outcome, self.look)}  ({done})" if shown else ""
            case RunNotice():
                return f"! {visible(event.text)}"


def ending(outcome: Outcome, look: Look) -> str:
    """How a step ended, on one line."""
    name = f"{sign(outcome.action, look)} {visible(outcome.key)}"
    if outcome.status is Status.DONE:
        word = look.paint(PAST.get(outcome.action, "done"), "green")
        identifier = f"  {visible(outcome.identifier)}" if outcome.identifier else ""
        return f"{name}  {word} in {duration(outcome.seconds)}{identifier}"
    if outcome.status is Status.SKIPPED:
        cause = hindrance(outcome)
        return f"{name}  {look.paint('skipped', 'yellow')}{': ' if cause else ''}{cause}"
    message = visible(outcome.message.partition("\n")[0])
    return f"{name}  {look.paint(str(outcome.status), 'red')} after {duration(outcome.seconds)}: {message}"


def picture(board: Board, look: Look, height: int = VIEWPORT) -> list[str]:
    """The rows of the moving picture: running, waiting if there is room, just finished, and the counters.

    Args:
        board: The run so far; its `now` is the time of the picture.
        look: What the output can show.
        height: Rows at most; 3 are always used.
    """
    finished = [
        clip(ending(o, _uncolored(look)), look.width)
        for o in list(board.recent)[: min(JUST_FINISHED, max(0, height - 5))]
    ]
    room = max(2, height - len(finished) - 1)
    running = [_running_row(board, key, look) for key in list(board.running)]
    rows = running if len(running) <= room else [*running[: room - 1], f"  and {len(running) - room + 1} more running"]
    for step in board.waiting[: max(0, min(3, room - len(rows)))]:
        waits = ", ".join(board.waits_for(step)[:3])
        row = f"{sign(step.action, _uncolored(look))} {visible(step.key)}  waits" + (
            f" for {visible(waits)}" if waits else ""
        )
        rows.append(look.paint(clip(f"  {row}", look.width), "dim"))
    return [*(look.paint(row, "dim") for row in finished), *rows, look.paint(_counters(board, look), "bold")]


def _running_row(board: Board, key: str, look: Look) -> str:
    running = board.running[key]
    usual = f" of about {duration(running.expected)}" if running.expected else ""
    took = duration(max(0.0, board.now - running.since))
    row = f"{visible(running.key)}  {visible(running.text or running.action)}  {took}{usual}"
    return f"{sign(running.action, look)} {clip(row, look.width - 4)}"


def _counters(board: Board, look: Look) -> str:
    parts = [f"{len(board.ended)}/{len(board.steps)} done", f"{len(board.running)} running"]
    parts += [f"{len(board.waiting)} waiting", f"{board.failures} not done" if board.failures else ""]
    left = board.remaining()
    parts += [duration(board.elapsed), f"about {duration(left)} left" if left else ""]
    return clip(", ".join(part for part in parts if part), look.width)


def _uncolored(look: Look) -> Look:
    from dataclasses import replace

    return replace(look, color=False)


@dataclass(slots=True)
class LiveProgress:
    """Draws the picture of a run.

    Attributes:
        look: What the terminal can show.
        stream: The terminal.
    """

    look: Look
    stream: TextIO
    board: Board = field(default_factory=Board)
    _screen: Screen | None = None

    def start(self, plan: Plan) -> None:
        """Begin to draw; must be called inside the event loop."""
        self.board.expect(plan)
        self._screen = Screen(self.stream, self._picture)
        self._screen.start()

    def __call__(self, event: Event) -> None:
        """Note the event for the next picture; what concerns the whole run stays above it."""
        self.board.take(event)
        if isinstance(event, RunNotice) and self._screen:
            self._screen.tell(f"! {event.text}")

    def stop(self) -> None:
        """Wipe the picture away."""
        if self._screen:
            self._screen.stop()
        self._screen = None

    def _picture(self, height: int, now: float) -> list[str]:
        if self.board.began is not None:
            self.board.now = now
        return picture(self.board, self.look, height)
