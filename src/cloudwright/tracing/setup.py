"""Whether a run is traced, and by what: an explicit tracer provider, or the standard environment variables."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer, TracerProvider

    from cloudwright.control.model import Transport
    from cloudwright.engine.outcome import Event
    from cloudwright.tracing.calls import TracedTransport

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Either turns traces on (https://opentelemetry.io/docs/specs/otel/protocol/exporter/)."""

_LOG = logging.getLogger("cloudwright")


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for traces over OTLP.

    Args:
        environ: The environment variables.
    """
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "")
    return exporter == "otlp" or (not exporter and any(environ.get(name) for name in ENDPOINTS))


@dataclass(slots=True)
class Tracing:
    """The spans of one run.

    Attributes:
        tracer: Makes them.
        parent: The context that `TRACEPARENT` names, if it does.
        finish: Exports what is left; waits for the exporter's own timeout at most.
    """

    tracer: Tracer
    parent: Context | None
    finish: Callable[[], None] = field(default=lambda: None)

    @contextlib.contextmanager
    def run(self, command: str, app: str, stage: str) -> Iterator[None]:
        """The run's span: everything within belongs to it.

        Args:
            command: `plan`, `deploy` or `destroy`.
            app: The app's name.
            stage: The stage's name.
        """
        from opentelemetry.trace import Status, StatusCode, get_current_span

        # Within a span of the program's own, that one is the parent.
        parent = None if get_current_span().get_span_context().is_valid else self.parent
        attributes = {"cloudwright.app": app, "cloudwright.stage": stage}
        with self.tracer.start_as_current_span(
            f"cloudwright {command}",
            parent,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
            end_on_exit=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                span.end()
                self.finish()

    def transport(self, inner: Transport) -> TracedTransport:
        """A transport that makes a span for each call.

        Args:
            inner: Sends them.
        """
        from opentelemetry.context import get_current

        from cloudwright.tracing.calls import TracedTransport

        return TracedTransport(inner, self.tracer, get_current())

    def observer(self, observe: Callable[[Event], None]) -> Callable[[Event], None]:
        """An observer that makes a span for each step.

        Args:
            observe: Gets every event afterwards.
        """
        from cloudwright.tracing.steps import StepSpans

        return StepSpans(self.tracer, observe)


def open_tracing(provider: TracerProvider | None, environ: Mapping[str, str]) -> Tracing | None:
    """The tracing of a run; `None` if nobody asked for it, or its packages are missing, which one line says.

    Args:
        provider: Where spans go; by default over OTLP as the environment says.
        environ: The environment variables.
    """
    if provider is None and not wanted(environ):
        return None
    try:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        found = provider or _otlp(environ)
    except ImportError:
        _LOG.warning("no traces: OTEL_* asks for them, but OpenTelemetry is missing: pip install 'cloudwright[otel]'")
        return None
    carrier = {name: environ[name.upper()] for name in ("traceparent", "tracestate") if name.upper() in environ}
    parent = TraceContextTextMapPropagator().extract(carrier) if carrier else None
    # A provider of the user's own exports when the user likes; ours ends with the process.
    finish = partial(_flush, found) if provider is None else _nothing
    return Tracing(found.get_tracer("cloudwright"), parent, finish)


def _otlp(environ: Mapping[str, str]) -> Any:
    """A provider that exports over HTTP; endpoint, headers and service name come from the environment."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = "OTEL_SERVICE_NAME" in environ or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    found = TracerProvider(resource=Resource.create({} if named else {SERVICE_NAME: "cloudwright"}))
    found.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return found


def _flush(provider: Any) -> None:
    provider.shutdown()


def _nothing() -> None:
    pass
