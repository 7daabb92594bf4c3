"""Progress of a run: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import time
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.engine.outcome import Event, RunNotice, Status, StepFinished, StepProgress, StepStarted
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.render.deploy.outcomes import PAST, duration, skip_reason
from cloudwright.render.deploy.progress_model import Board
from cloudwright.render.terminal.escaping import cells, clip, pad, visible
from cloudwright.render.terminal.live_screen import VIEWPORT, Screen
from cloudwright.render.terminal.symbols import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from cloudwright.engine.outcome import Outcome
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.plan.model import Action, Plan, Step
    from cloudwright.render.deploy.progress_model import RunningStep
    from cloudwright.render.terminal.style import TerminalStyle

JUST_FINISHED = 5
"""Rows reserved for the steps that ended last."""

MOST_WAITING = 3
"""Rows for waiting steps."""

_FEWEST = 6
"""Rows reserved for steps while images are drawn below them."""


class Progress(Protocol):
    """Shows a run; `stop` and `start` surround a prompt."""

    def start(self, plan: Plan) -> None:
        """Start to show a plan that is being applied."""
        ...

    def __call__(self, event: Event) -> None:
        """Handle an event."""
        ...

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """Handle the progress of an image that the run builds."""
        ...

    def stop(self) -> None:
        """Restore the terminal."""
        ...


@dataclass(slots=True)
class PlainProgress:
    """One line per change of state, for logs.

    Attributes:
        style: The capabilities of the output.
        write: Writes one line.
    """

    style: TerminalStyle
    write: Callable[[str], None]
    board: Board = field(default_factory=Board)

    def start(self, plan: Plan) -> None:
        """Start to show a plan that is being applied."""
        self.board.expect(plan)

    def __call__(self, event: Event) -> None:
        """Write the event's line."""
        self.board.take(event)
        text = self._text(event)
        if text:
            self.write(f"{self.style.paint(f'[{self.board.elapsed:7.1f} s]', 'dim')} {text}")

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """Write a line for each change of the build."""
        from cloudwright.render.images.delivery import build_event_text

        self.board.now = max(self.board.now, asyncio.get_running_loop().time())
        for build_event in build_events:
            text = f"  {visible(progress.key)}  {build_event_text(build_event, progress.names)}"
            self.write(f"{self.style.paint(f'[{self.board.elapsed:7.1f} s]', 'dim')} {text}")

    def stop(self) -> None:
        """Nothing to clean up."""

    def _text(self, event: Event) -> str:
        match event:
            case StepStarted():
                return f"{sign(event.action, self.style)} {visible(event.key)}  {event.action} begins"
            case StepProgress():
                return f"  {visible(event.key)}  {visible(event.text)}"
            case StepFinished():
                shown = event.outcome.status is not Status.UNCHANGED
                done = f"{len(self.board.ended)}/{len(self.board.steps)}"
                return f"{ending(event.outcome, self.style)}  ({done})" if shown else ""
            case RunNotice():
                return f"! {visible(event.text)}"


def ending(outcome: Outcome, style: TerminalStyle, width: int = 0) -> str:
    """How a step ended, on one line.

    Args:
        outcome: Of the step.
        style: The capabilities of the output.
        width: Columns for the key, which align the rest of the line.
    """
    name = _name(outcome.action, outcome.key, style, width)
    if outcome.status is Status.DONE:
        word = style.paint(PAST.get(outcome.action, "done"), "green")
        identifier = f"  {visible(outcome.identifier)}" if outcome.identifier else ""
        return f"{name}  {word} in {duration(outcome.seconds)}{identifier}"
    if outcome.status is Status.SKIPPED:
        cause = skip_reason(outcome)
        return f"{name}  {style.paint('skipped', 'yellow')}{': ' if cause else ''}{cause}"
    message = visible(outcome.message.partition("\n")[0])
    return f"{name}  {style.paint(str(outcome.status), 'red')} after {duration(outcome.seconds)}: {message}"


def picture(board: Board, style: TerminalStyle, height: int = VIEWPORT) -> list[str]:
    """The rows of the live display: just finished, running, waiting if they fit, and the counters.

    Args:
        board: The run so far; its `now` is the time shown.
        style: The capabilities of the output.
        height: The most rows; 3 are always used.
    """
    finished = list(board.recent)[: min(JUST_FINISHED, max(0, height - 5))]
    space = max(2, height - len(finished) - 1)
    running = list(board.running.values())
    shown = running if len(running) <= space else running[: space - 1]
    more = [f"  and {len(running) - len(shown)} more running"] if len(shown) < len(running) else []
    waiting = board.waiting[: max(0, min(MOST_WAITING, space - len(shown) - len(more)))]
    keys = [*(one.key for one in finished), *(one.key for one in shown), *(step.key for step in waiting)]
    width = _key_width(keys, style)
    pale = replace(style, color=False)
    return [
        *(_dim(ending(one, pale, width), style) for one in finished),
        *(_running_row(board, one, style, width) for one in shown),
        *more,
        *(_dim(_waiting_row(board, step, pale, width), style) for step in waiting),
        style.paint(_counters(board, style), "bold"),
    ]


def _key_width(keys: Sequence[str], style: TerminalStyle) -> int:
    """Columns for the keys: a third of the terminal is enough to distinguish them."""
    return min(max((cells(visible(key)) for key in keys), default=0), style.width // 3)


def _name(action: Action, key: str, style: TerminalStyle, width: int) -> str:
    return f"{sign(action, style)} {pad(visible(key), width)}"


def _dim(row: str, style: TerminalStyle) -> str:
    return style.paint(clip(row, style.width), "dim")


def _running_row(board: Board, running: RunningStep, style: TerminalStyle, width: int) -> str:
    usual = f" of about {duration(running.expected)}" if running.expected else ""
    took = duration(max(0.0, board.now - running.since))
    row = f"{pad(visible(running.key), width)}  {visible(running.text or running.action)}  {took}{usual}"
    return f"{sign(running.action, style)} {clip(row, style.width - 4)}"


def _waiting_row(board: Board, step: Step, style: TerminalStyle, width: int) -> str:
    waits = ", ".join(board.waits_for(step)[:3])
    return f"{_name(step.action, step.key, style, width)}  waits" + (f" for {visible(waits)}" if waits else "")


def _counters(board: Board, style: TerminalStyle) -> str:
    parts = [f"{len(board.ended)}/{len(board.steps)} done", f"{len(board.running)} running"]
    parts += [f"{len(board.waiting)} waiting", f"{board.failures} not done" if board.failures else ""]
    left = board.remaining()
    parts += [duration(board.elapsed), f"about {duration(left)} left" if left else ""]
    return clip(", ".join(part for part in parts if part), style.width)


@dataclass(slots=True)
class LiveProgress:
    """Draws the live display of a run.

    Attributes:
        style: The capabilities of the terminal.
        stream: The terminal.
    """

    style: TerminalStyle
    stream: TextIO
    board: Board = field(default_factory=Board)
    _screen: Screen | None = None
    _builds: dict[str, BuildProgress] = field(default_factory=dict)

    def start(self, plan: Plan) -> None:
        """Start drawing, or add a plan to the display; must be called inside the event loop."""
        self.board.expect(plan)
        if self._screen is None:
            self._screen = Screen(self.stream, self._picture)
            self._screen.start()

    def __call__(self, event: Event) -> None:
        """Record the event for the next redraw; notices about the run are printed above the display."""
        self.board.take(event)
        if isinstance(event, StepFinished):
            self._builds.pop(event.outcome.key, None)
        if isinstance(event, RunNotice) and self._screen:
            self._screen.print_above(f"! {event.text}")

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """Record the progress of a build for the next redraw; important changes stay above the display."""
        from cloudwright.render.images.delivery import build_event_text
        from cloudwright.render.images.progress import stays_above

        self._builds[progress.key] = progress
        if self._screen is None:
            return
        for build_event in filter(stays_above, build_events):
            self._screen.print_above(f"{progress.key}  {build_event_text(build_event, progress.names)}")

    def stop(self) -> None:
        """Clear the display."""
        if self._screen:
            self._screen.stop()
        self._screen = None

    def _picture(self, height: int, now: float) -> list[str]:
        if self.board.began is not None:
            self.board.now = now
        below = self._build_rows(height - _FEWEST)
        return [*picture(self.board, self.style, height - len(below)), *below]

    def _build_rows(self, height: int) -> list[str]:
        """The progress of the images that are built, if it fits below the steps."""
        rows: list[str] = []
        for progress in self._builds.values():
            from cloudwright.render.images.delivery import picture as build_picture

            one = ["", *build_picture(progress, self.style, height - len(rows) - 1, time.time())]
            rows += one if len(rows) + len(one) <= height else []
        return rows
