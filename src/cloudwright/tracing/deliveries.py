"""What the trace of an image's delivery says: a span for each phase, by Image Builder's own times, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.progress import PhaseStatus
from cloudwright.tracing.status import fail
from cloudwright.tracing.times import epoch_nanoseconds

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from cloudwright.imagebuilder.delivery.progress import BuildProgress, PhaseProgress
    from cloudwright.imagebuilder.delivery.result import DeliveryResult


def phase_spans(tracer: Tracer, progress: BuildProgress) -> None:
    """Make a span for each phase that has begun and ended."""
    for phase in progress.phases:
        if phase.started and phase.ended:
            _phase_span(tracer, progress, phase)


def _phase_span(tracer: Tracer, progress: BuildProgress, phase: PhaseProgress) -> None:
    attributes = {"cloudwright.image.arn": progress.image, "cloudwright.image.phase": phase.name}
    span = tracer.start_span(f"image {phase.name}", attributes=attributes, start_time=epoch_nanoseconds(phase.started))
    if phase.status is PhaseStatus.FAILED:
        fail(span, "ImagePhaseFailed")
    span.end(epoch_nanoseconds(phase.ended))


def describe_delivery(span: Span, result: DeliveryResult) -> None:
    """Say in a run's span how its delivery ended.

    Args:
        span: The run's.
        result: Its delivery.
    """
    span.set_attribute("cloudwright.image.arn", result.image)
    span.set_attribute("cloudwright.image.outcome", str(result.outcome))
    span.set_attribute("cloudwright.image.cells", len(result.cells))
    span.set_attribute("cloudwright.image.cells.missing", len(result.missing))
    if result.exit_code:
        fail(span, f"image {result.outcome}")
