"""Whether a run is traced, and by what: an explicit tracer provider, or the standard environment variables."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.tracing.run import Tracing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Either turns traces on (https://opentelemetry.io/docs/specs/otel/protocol/exporter/)."""

_LOG = logging.getLogger("cloudwright")


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for traces over OTLP."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "")
    return exporter == "otlp" or (not exporter and any(environ.get(name) for name in ENDPOINTS))


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
