"""Where the spans of tests go: a receiver of OTLP on loopback, as a collector is, and helpers that find them."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.trace import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.sdk.trace import ReadableSpan

CANARY = "kanarienvogel-4711"
"""A secret that no span may hold."""


def named(spans: Iterable[ReadableSpan], name: str) -> list[ReadableSpan]:
    """The spans of a name."""
    return [span for span in spans if span.name == name]


def failed(spans: Iterable[ReadableSpan]) -> dict[str, object]:
    """Name -> `error.type` of the runs, steps and phases whose status is an error."""
    own = [span for span in spans if span.kind is SpanKind.INTERNAL]
    found = [span for span in own if span.status.status_code is StatusCode.ERROR]
    return {span.name: (span.attributes or {})["error.type"] for span in found}


def seconds(span: ReadableSpan) -> float:
    """How long a span lasted."""
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


class Receiver(ThreadingHTTPServer):
    """Takes OTLP over HTTP, as a collector does.

    Attributes:
        bodies: What arrived, as bytes.
        spans: The same, parsed.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        """For `OTEL_EXPORTER_OTLP_ENDPOINT`."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Any]:
        """Every span that arrived."""
        requests = map(ExportTraceServiceRequest.FromString, self.bodies)
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Any]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        del format, args


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver while the block runs."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attributes(span: Any) -> dict[str, object]:
    """The attributes of a span that arrived: texts and numbers."""
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes}
