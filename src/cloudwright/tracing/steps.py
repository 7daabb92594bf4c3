"""A span for each step of a run, from the events that the timeline records."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.engine.outcome import Status, StepFinished, StepProgress, StepStarted
from cloudwright.lazy_dataclass import dataclass
from cloudwright.tracing.status import error_type, fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

    from cloudwright.engine.outcome import Event, Outcome
    from cloudwright.tracing.times import SpanTimes


@dataclass(slots=True)
class StepSpans:
    """An observer that turns events into spans, and passes every event on.

    A step's events come from the task that works on it, so its span is the current one for whatever it sends.
    """

    tracer: Tracer
    times: SpanTimes
    observe: Callable[[Event], None]
    _open: dict[str, tuple[Span, Token[Context]]] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, StepStarted):
            self._begin(event)
        elif isinstance(event, StepProgress) and event.key in self._open:
            # Its text may repeat what AWS said, so it stays out.
            self._open[event.key][0].add_event("progress", timestamp=self.times.of(event.at))
        elif isinstance(event, StepFinished):
            self._end(event)
        self.observe(event)

    def _begin(self, event: StepStarted) -> None:
        from opentelemetry.context import attach
        from opentelemetry.trace import set_span_in_context

        attributes: dict[str, Any] = {
            "cloudwright.step.key": event.key,
            "cloudwright.step.action": str(event.action),
            "cloudwright.resource.type": event.type,
        }
        name, start = f"{event.action} {event.type or 'action'}", self.times.of(event.at)
        span = self.tracer.start_span(name, attributes=attributes, start_time=start)
        self._open[event.key] = (span, attach(set_span_in_context(span)))

    def _end(self, event: StepFinished) -> None:
        from opentelemetry.context import detach

        found = self._open.pop(event.outcome.key, None)
        if found is None:
            return
        span, token = found
        _describe(span, event.outcome)
        detach(token)
        span.end(self.times.of(event.at))


def _describe(span: Span, outcome: Outcome) -> None:
    span.set_attribute("cloudwright.step.status", str(outcome.status))
    if outcome.identifier:
        span.set_attribute("cloudwright.resource.identifier", outcome.identifier)
    if outcome.status is Status.FAILED:
        fail(span, error_type(outcome.error))
