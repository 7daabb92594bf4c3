"""A span for each call to AWS, by OpenTelemetry's conventions for AWS SDK clients.

Source: https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/ (2026-11). No member of a request or an
answer becomes an attribute, except for the error's code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.control.wire import error_code
from cloudwright.lazy_dataclass import dataclass
from cloudwright.tracing.status import fail

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer
    from opentelemetry.util.types import AnyValue

    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.tracing.times import SpanTimes

SERVICES = {
    "cloudcontrolapi": "CloudControl",
    "sts": "STS",
    "cloudformation": "CloudFormation",
    "s3": "S3",
    "kms": "KMS",
    "iam": "IAM",
    "imagebuilder": "imagebuilder",
    "ec2": "EC2",
    "ssm": "SSM",
    "autoscaling": "Auto Scaling",
    "organizations": "Organizations",
}
"""Endpoint prefix -> the service ID by which AWS SDKs name the service."""

POLLS = frozenset({"GetResourceRequestStatus", "ListResourceRequests"})
"""Calls that may serve several steps; their spans belong to the run."""


@dataclass(slots=True)
class TracedTransport:
    """Sends calls through another transport, each within a span; implements `Transport`.

    Attributes:
        run: The run's context, for calls that belong to no single step.
    """

    inner: Transport
    tracer: Tracer
    times: SpanTimes
    run: Context | None = None
    _failed: dict[bytes, int] = field(default_factory=dict)

    async def send(self, call: Call) -> Reply:
        """Send one request; raises what the inner transport raises."""
        from opentelemetry.trace import SpanKind, use_span

        attributes = attributes_of(call)
        again = self._failed.get(_digest(call), 0)
        if again:
            attributes["http.request.resend_count"] = again
            self._note_retry(call, again)
        context = self.run if call.action in POLLS else None
        name = f"{attributes['rpc.service']}.{call.action}"
        span = self.tracer.start_span(name, context, SpanKind.CLIENT, attributes, start_time=self.times.now())
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                return await self._sent(span, call)
        finally:
            span.end(self.times.now())

    async def _sent(self, span: Span, call: Call) -> Reply:
        try:
            reply = await self.inner.send(call)
        except Exception as error:
            self._fail(span, call, type(error).__name__)
            raise
        self._answered(span, call, reply)
        return reply

    async def close(self) -> None:
        """Close the inner transport."""
        await self.inner.close()

    def _answered(self, span: Span, call: Call, reply: Reply) -> None:
        span.set_attribute("http.response.status_code", reply.status)
        request = reply.headers.get("x-amzn-requestid") or reply.headers.get("x-amz-request-id")
        if request:
            span.set_attribute("aws.request_id", request)
        if reply.status >= 400:
            self._fail(span, call, _code(reply))
        else:
            self._failed.pop(_digest(call), None)

    def _fail(self, span: Span, call: Call, code: str) -> None:
        digest = _digest(call)
        self._failed[digest] = self._failed.get(digest, 0) + 1
        fail(span, code)

    def _note_retry(self, call: Call, attempt: int) -> None:
        from opentelemetry.trace import get_current_span

        attributes: dict[str, AnyValue] = {"rpc.method": call.action, "http.request.resend_count": attempt}
        get_current_span().add_event("retry", attributes, self.times.now())


def attributes_of(call: Call) -> dict[str, Any]:
    """What a call's span says from its beginning."""
    target = call.target
    return {
        "rpc.system": "aws-api",
        "rpc.service": SERVICES.get(call.service, call.service),
        "rpc.method": call.action,
        "cloud.provider": "aws",
        "cloud.account.id": target.account,
        "cloud.region": target.region,
    }


def _digest(call: Call) -> bytes:
    """Names a request without keeping its bytes, which may hold a secret."""
    place = f"{call.service} {call.action} {call.target.account} {call.target.region} {call.path} ".encode()
    return hashlib.sha256(place + call.body).digest()


def _code(reply: Reply) -> str:
    try:
        document = json.loads(reply.body)
    except ValueError:
        document = {}
    fields = document if isinstance(document, dict) else {}
    text = str(fields.get("__type") or fields.get("code") or reply.headers.get("x-amzn-errortype") or "")
    return error_code(text) or str(reply.status)
