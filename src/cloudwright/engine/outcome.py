"""What a run reports: events while it goes on, an outcome for each step at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cloudwright.plan.model import Action, Plan, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """How a step ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"
    RUNNING = "still running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one step.

    Attributes:
        generation: The generation that the step made or ended.
        seconds: From the first request of the step to its last commit.
        waited_for: The key whose failure made this one be skipped.
        error: The exception, for a failed step.
        message: What went wrong, in words: AWS's own message, code, request token.
        request_token: Of the last request, if there was one.
        notes: Things worth knowing about a success (a hook's warning, a change that the service ignored).
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
        expected: Seconds it took before, if learned.
    """

    key: str
    type: str
    action: Action
    at: float
    expected: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """Something worth telling about a running step: a phase (`creating`, `deleting the old one`) or a retry."""

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
    """Something about the whole run: an interrupt, a resumed operation, a wait for credentials."""

    text: str
    at: float


Event = StepStarted | StepProgress | StepFinished | RunNotice


class Observer(Protocol):
    """Whoever wants to see a run: a terminal, an NDJSON stream, a test."""

    def __call__(self, event: Event, /) -> None:
        """Take one event; must not block and must not raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a deploy or a destroy came to.

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
        """Whether everything is in place."""
        return not self.failed and not self.interrupted
