"""What a run reports: events while it runs, and an outcome for each step."""

from __future__ import annotations

import traceback
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.display import Displayed
from cloudwright.errors import CloudwrightError, PlanDeviation
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action, Plan
from cloudwright.program.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Status(StrEnum):
    """How a step ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"
    RUNNING = "still running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one step.

    Attributes:
        generation: The generation that the step created or ended.
        seconds: From the first request of the step to its last commit.
        waited_for: The key whose failure caused this step to be skipped.
        error: The exception, for a failed step.
        message: The failure: AWS's message, code and request token.
        request_token: The token of the last request, if there was one.
        notes: Notes about a success (a hook's warning, a change that the service ignored).
    """

    key: str
    type: str
    action: Action
    status: Status
    generation: int = 0
    identifier: str | None = None
    seconds: float = 0.0
    waited_for: str = ""
    error: BaseException | None = None
    message: str = ""
    request_token: str | None = None
    notes: tuple[str, ...] = ()
    source: Source = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step has begun.

    Attributes:
        at: Seconds on the event loop's clock.
        expected: Learned duration in seconds, if known.
    """

    key: str
    type: str
    action: Action
    at: float
    expected: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """Progress of a running step: a phase (`creating`, `deleting the old one`) or a retry."""

    key: str
    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A step has ended."""

    outcome: Outcome
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNotice:
    """A message about the run: an interrupt, a resumed operation, a wait for credentials."""

    text: str
    at: float


Event = StepStarted | StepProgress | StepFinished | RunNotice


class Observer(Protocol):
    """Receives the events of a run: a terminal, an NDJSON stream, a test."""

    def __call__(self, event: Event, /) -> None:
        """Receive one event; must not block and must not raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Displayed):
    """The result of a deploy or a destroy.

    Attributes:
        plans: The plans that were applied, in order; more than one after partial plans.
        outcomes: One per step of the applied plans.
        outputs: The program's return value; secrets are `Secret` objects.
        interrupted: The signal's number, if one stopped the run.
        calls: Requests sent to Cloud Control.
        seconds: From the first request to the last commit.
    """

    plans: tuple[Plan, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict)
    interrupted: int = 0
    calls: int = 0
    seconds: float = 0.0

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The steps that did not succeed."""
        return tuple(outcome for outcome in self.outcomes if outcome.status not in {Status.DONE, Status.UNCHANGED})

    @property
    def ok(self) -> bool:
        """Whether everything succeeded."""
        return not self.failed and not self.interrupted

    def __repr__(self) -> str:
        """One line; `print` shows every outcome."""
        what = "ok" if self.ok else f"{len(self.failed)} not done"
        return f"<Result {what}: {len(self.outcomes)} steps in {self.seconds:.1f} s, {self.calls} calls>"


def one_a_step(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    """One outcome for each step: the teardown of a replacement is listed only if it failed.

    Args:
        outcomes: The executor's outcomes.
    """
    keys = {outcome.key for outcome in outcomes if outcome.action is not Action.DELETE}
    return [
        outcome
        for outcome in outcomes
        if not (outcome.action is Action.DELETE and outcome.key in keys and outcome.status is not Status.FAILED)
    ]


def deviated(deviation: PlanDeviation) -> Outcome:
    """The failed outcome of a deviation that no step of the plan reports."""
    return Outcome(
        key=deviation.key,
        type="",
        action=Action.NONE,
        status=Status.FAILED,
        error=deviation,
        message=str(deviation),
    )


def broken(function: Callable[[], Any], error: Exception) -> Outcome:
    """The outcome of a program that raised in its second run, and not in its first.

    Args:
        function: The program.
        error: What it raised.
    """
    file = function.__code__.co_filename if hasattr(function, "__code__") else ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    lines = [frame.lineno for frame in frames if frame.lineno]
    text = str(error) if isinstance(error, CloudwrightError) else f"{type(error).__name__}: {error}"
    return Outcome(
        key=f"{getattr(function, '__name__', 'program')}()",
        type="",
        action=Action.NONE,
        status=Status.FAILED,
        error=error,
        message=f"the program was planned, but raised while it was applied: {text}",
        source=Source(file, lines[-1]) if lines else Source(),
    )
