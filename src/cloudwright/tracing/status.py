"""How a span says that something failed: its status, and `error.type` by OpenTelemetry's conventions.

Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/ (2026-11). Messages stay out: they may
repeat a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.failures import aws_error_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.trace import Span

    from cloudwright.engine.outcome import Outcome

OTHER = "_OTHER"
"""The conventions' word for an error without its own name."""

INTERRUPTED = "interrupted"


def error_type(error: BaseException | None) -> str:
    """AWS's error code if it gave one, else the class of the error."""
    if error is None:
        return OTHER
    return aws_error_code(error) or type(error).__name__


def common_type(failed: Iterable[Outcome]) -> str:
    """What all failed steps of a run have in common; `_OTHER` if that is nothing."""
    found = {error_type(outcome.error) for outcome in failed}
    return found.pop() if len(found) == 1 else OTHER


def fail(span: Span, kind: str, text: str = "") -> None:
    """Mark a span as failed.

    Args:
        span: Which.
        kind: Its `error.type`.
        text: What to show for it, without values; the same by default.
    """
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, text or kind))
