"""The progress of a run as data: running and waiting steps, the last that ended, the time left."""

from __future__ import annotations

from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Event, Outcome, RunNotice, Status, StepFinished, StepProgress, StepStarted
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.plan.model import Action, Plan, Step

_RECENT = 50


@dataclass(slots=True)
class RunningStep:
    """A step that has started and not ended.

    Attributes:
        since: Seconds on the run's clock.
        expected: Learned duration in seconds, if known.
        text: Its latest progress.
    """

    key: str
    type: str
    action: Action
    since: float
    expected: float | None = None
    text: str = ""


@dataclass(slots=True)
class Board:
    """Follows the events of a run.

    Attributes:
        steps: The plan's steps that do something, by key; several generations of one key share an entry.
        running: By key, oldest first.
        recent: The last outcomes, newest first.
        ended: Keys that have ended.
        began: When the first event arrived.
        now: When the last event arrived.
        notices: Messages about the run as a whole.
    """

    steps: dict[str, Step] = field(default_factory=dict)
    running: dict[str, RunningStep] = field(default_factory=dict)
    recent: deque[Outcome] = field(default_factory=lambda: deque(maxlen=_RECENT))
    ended: set[str] = field(default_factory=set)
    failures: int = 0
    began: float | None = None
    now: float = 0.0
    notices: list[str] = field(default_factory=list)
    _durations: dict[str, float] = field(default_factory=dict)

    def expect(self, plan: Plan) -> None:
        """Start a plan; steps that ended in an earlier plan of the same run stay counted."""
        self.steps |= {step.key: step for step in plan.changes}
        self.ended -= {step.key for step in plan.changes}

    def take(self, event: Event) -> None:
        """Record an event."""
        self.began = event.at if self.began is None else self.began
        self.now = max(self.now, event.at)
        match event:
            case StepStarted():
                self._started(event)
            case StepProgress():
                if event.key in self.running:
                    self.running[event.key].text = event.text
            case StepFinished():
                self._finished(event.outcome)
            case RunNotice():
                self.notices.append(event.text)

    def _started(self, event: StepStarted) -> None:
        self.running[event.key] = RunningStep(event.key, event.type, event.action, event.at, event.expected)
        if event.expected is not None:
            self._durations[event.type] = event.expected

    def _finished(self, outcome: Outcome) -> None:
        self.running.pop(outcome.key, None)
        if outcome.key not in self.steps:
            return
        self.ended.add(outcome.key)
        self.recent.appendleft(outcome)
        self.failures += outcome.status not in {Status.DONE, Status.UNCHANGED}
        if outcome.seconds:
            self._durations[outcome.type] = outcome.seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the first event."""
        return self.now - (self.began if self.began is not None else self.now)

    @property
    def waiting(self) -> list[Step]:
        """The steps that have not started."""
        return [step for key, step in self.steps.items() if key not in self.running and key not in self.ended]

    def waits_for(self, step: Step) -> list[str]:
        """The keys that a waiting step waits for."""
        return [key for key in step.depends_on if key in self.steps and key not in self.ended]

    def remaining(self) -> float | None:
        """Seconds left along the longest chain, estimated from earlier durations; `None` if a type has none."""
        ends: dict[str, float] = {}
        for key, running in self.running.items():
            usual = running.expected if running.expected is not None else self._durations.get(running.type)
            if usual is None:
                return None
            ends[key] = max(0.0, usual - (self.now - running.since))
        for step in self.waiting:
            usual = self._durations.get(step.type)
            if usual is None:
                return None
            # Steps are listed in a possible order of execution, so the steps that this one waits for are already
            # counted.
            ends[step.key] = usual + max((ends.get(key, 0.0) for key in step.depends_on), default=0.0)
        return max(ends.values(), default=0.0)
