"""The spans of one run: its own, and what makes those of its steps, calls and phases of a build."""

from __future__ import annotations

import contextlib
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Status
from cloudwright.lazy_dataclass import dataclass
from cloudwright.tracing.status import INTERRUPTED, OTHER, common_type, error_type, fail
from cloudwright.tracing.times import SpanTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

    from cloudwright.control.model import Transport
    from cloudwright.engine.outcome import Event, Result
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.tracing.calls import TracedTransport


@dataclass(slots=True)
class Tracing:
    """The spans of one run.

    Attributes:
        tracer: Makes them.
        parent: The context that the run belongs to, unless a span is current when it begins.
        finish: Exports what is left; waits for the exporter's own timeout at most.
        span: The run's own, while it runs.
        times: Its clock.
    """

    tracer: Tracer
    parent: Context | None
    finish: Callable[[], None] = field(default=lambda: None)
    span: Span = field(init=False)
    times: SpanTimes = field(init=False)

    @contextlib.contextmanager
    def run(self, command: str, attributes: Mapping[str, str | int]) -> Iterator[None]:
        """The run's span: everything within belongs to it.

        Args:
            command: Such as `plan`, `deploy` or `images run`.
            attributes: What the span says from its beginning.
        """
        from opentelemetry.trace import get_current_span, use_span

        # Within a span of the program's own, that one is the parent.
        parent = None if get_current_span().get_span_context().is_valid else self.parent
        self.times = SpanTimes.begin()
        name, start = f"cloudwright {command}", self.times.wall
        self.span = self.tracer.start_span(name, parent, attributes=attributes, start_time=start)
        try:
            with use_span(self.span, record_exception=False, set_status_on_exception=False):
                yield
        except BaseException as error:
            fail(self.span, error_type(error))
            raise
        finally:
            self.span.end(self.times.now())
            self.finish()

    @property
    def carrier(self) -> dict[str, str]:
        """The run's span as the environment names it: `TRACEPARENT`, and `TRACESTATE` if it has one."""
        from opentelemetry.trace import set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        found: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(found, set_span_in_context(self.span))
        return {name.upper(): value for name, value in found.items()}

    def transport(self, inner: Transport) -> TracedTransport:
        """A transport that makes a span for each call."""
        from opentelemetry.context import get_current

        from cloudwright.tracing.calls import TracedTransport

        return TracedTransport(inner, self.tracer, self.times, get_current())

    def observer(self, observe: Callable[[Event], None]) -> Callable[[Event], None]:
        """An observer that makes a span for each step."""
        from cloudwright.tracing.steps import StepSpans

        return StepSpans(self.tracer, self.times, observe)

    def ended(self, result: Result) -> None:
        """Mark the run's span as failed if not all steps succeeded; which ones, and why, the steps' spans say."""
        failed = [outcome for outcome in result.failed if outcome.status is Status.FAILED]
        if result.failed:
            self.span.set_attribute("cloudwright.steps.failed", len(failed))
            self.span.set_attribute("cloudwright.steps.skipped", len(result.failed) - len(failed))
        if failed:
            count = "1 step" if len(failed) == 1 else f"{len(failed)} steps"
            fail(self.span, common_type(failed), f"{count} failed")
        elif not result.ok:
            fail(self.span, INTERRUPTED)

    def changed(self, *, failed: int) -> None:
        """Mark the run's span as failed if some of its changes without a step of their own did."""
        if failed:
            fail(self.span, OTHER, f"{failed} failed")

    def built(self, progress: BuildProgress) -> None:
        """Make the spans of a build's phases."""
        from cloudwright.tracing.deliveries import phase_spans

        phase_spans(self.tracer, progress)

    def delivered(self, result: DeliveryResult) -> None:
        """Say in the run's span how its delivery ended."""
        from cloudwright.tracing.deliveries import describe_delivery

        describe_delivery(self.span, result)
