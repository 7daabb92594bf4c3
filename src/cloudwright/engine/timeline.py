"""When each step of a run started and ended: stored in the state, so that the last run can be shown later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.engine.outcome import StepFinished, StepStarted
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudwright.engine.outcome import Event
    from cloudwright.plan.model import Plan

NAME = "timeline"
"""Its name among the learned figures of a state."""

LONGEST = 500
"""Number of steps that are stored of a run: those that took longest."""


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One step of a run.

    Attributes:
        action: A word of `Action`.
        status: A word of `Status`.
        begin: Seconds since the first step began.
        end: The same.
        needs: Keys of steps of this run that it waited for.
    """

    key: str
    action: str
    status: str
    begin: float
    end: float
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps of one run.

    Attributes:
        at: When it began, seconds since the epoch.
        bars: In the order in which they began.
        left_out: How many short steps are not among them.
    """

    at: float
    bars: tuple[TimelineStep, ...]
    left_out: int = 0

    @property
    def seconds(self) -> float:
        """From the start of the first step to the end of the last."""
        return max((bar.end for bar in self.bars), default=0.0)

    @property
    def critical(self) -> tuple[TimelineStep, ...]:
        """The critical path: the chain of steps that determined the run's duration, in order."""
        ends = {bar.key: bar for bar in self.bars}
        chain: list[TimelineStep] = []
        bar = max(self.bars, key=lambda one: one.end, default=None)
        while bar is not None and bar not in chain:
            chain.append(bar)
            before = [ends[key] for key in bar.needs if key in ends]
            bar = max(before, key=lambda one: one.end, default=None)
        return tuple(reversed(chain))


class Recorder:
    """Records the times of a run's steps, and passes every event on."""

    def __init__(self, observe: Callable[[Event], None]) -> None:
        """Pass events on to somebody."""
        self._observe = observe
        self._begun: dict[str, float] = {}
        self._bars: list[TimelineStep] = []

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, StepStarted):
            self._begun[event.key] = event.at
        elif isinstance(event, StepFinished) and event.outcome.key in self._begun:
            outcome = event.outcome
            begin = self._begun.pop(outcome.key)
            self._bars.append(TimelineStep(outcome.key, str(outcome.action), str(outcome.status), begin, event.at))
        self._observe(event)

    def learned(self, plans: Iterable[Plan], now: float, loop_time: float) -> dict[str, object]:
        """What the state stores; nothing if no step was carried out.

        Args:
            plans: The applied plans, which hold the dependencies.
            now: Seconds since the epoch.
            loop_time: The same moment by the clock of the events.
        """
        if not self._bars:
            return {}
        needs = {step.key: step.depends_on for plan in plans for step in plan.steps}
        origin = min(bar.begin for bar in self._bars)
        longest = sorted(self._bars, key=lambda bar: bar.begin - bar.end)[:LONGEST]
        kept = {bar.key for bar in longest}
        bars = [_kept(bar, origin, needs, kept) for bar in sorted(longest, key=lambda bar: (bar.begin, bar.key))]
        at = round(now - (loop_time - origin), 3)
        return {NAME: {"at": at, "bars": bars, "left_out": len(self._bars) - len(longest)}}


def last_run(learned: Mapping[str, object]) -> Timeline | None:
    """The run that is stored in a state.

    Args:
        learned: `Snapshot.learned`.
    """
    found = learned.get(NAME)
    if not isinstance(found, dict):
        return None
    bars = tuple(TimelineStep(**{**bar, "needs": tuple(bar["needs"])}) for bar in found["bars"])
    return Timeline(found["at"], bars, found["left_out"])


def _kept(bar: TimelineStep, origin: float, needs: Mapping[str, Iterable[str]], kept: set[str]) -> dict[str, Any]:
    return {
        "key": bar.key,
        "action": bar.action,
        "status": bar.status,
        "begin": round(bar.begin - origin, 3),
        "end": round(bar.end - origin, 3),
        "needs": [key for key in needs.get(bar.key, ()) if key in kept],
    }
