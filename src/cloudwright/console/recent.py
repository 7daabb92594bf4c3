"""The latest calls to a local cloud, with their bodies and without their secrets."""

from __future__ import annotations

from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.console.redaction import BODY_LIMIT, BodyRedaction, parsed
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.control.model import Reply
    from cloudwright.local.call_log import CallRecord
    from cloudwright.local.cloud import LocalCloud

KEPT = 200
"""Calls."""


@dataclass(frozen=True, slots=True)
class RecentCall:
    """One call and its answer.

    Attributes:
        number: Counts calls from 1; never reused.
        record: Client, operation, time and status of the call.
        identifier: The resource's identifier; empty if neither request nor answer has it.
        outcome: The name of the error, or the status of the operation; empty if there is neither.
        request: The body, write-only values masked.
        response: The answer's body, masked likewise.
    """

    number: int
    record: CallRecord
    identifier: str
    outcome: str
    request: str
    response: str


@dataclass(slots=True)
class _Raw:
    """A call as received; its redacted form is computed only when shown."""

    number: int
    record: CallRecord
    body: bytes = field(repr=False)
    answer: bytes = field(repr=False)


class RecentCalls:
    """Keeps the latest calls of a cloud in memory."""

    def __init__(self, cloud: LocalCloud) -> None:
        """Subscribe to a cloud."""
        self._cloud = cloud
        self._calls: deque[_Raw | RecentCall] = deque(maxlen=KEPT)
        self.count: int = 0
        cloud.listen(self._keep)

    def newest_first(self) -> list[RecentCall]:
        """The calls that are kept."""
        seen = [self._seen(call) for call in self._calls]
        self._calls = deque(seen, maxlen=KEPT)
        return seen[::-1]

    def find(self, number: int) -> RecentCall | None:
        """The call of that number, if it is still kept."""
        return next((self._seen(call) for call in self._calls if call.number == number), None)

    def _keep(self, record: CallRecord, body: bytes, reply: Reply) -> None:
        self.count += 1
        raw = _Raw(self.count, record, body, reply.body)
        small = len(body) + len(reply.body) <= BODY_LIMIT
        self._calls.append(raw if small else self._seen(raw))

    def _seen(self, call: _Raw | RecentCall) -> RecentCall:
        if isinstance(call, RecentCall):
            return call
        record = call.record
        bodies = BodyRedaction(self._cloud.kind(record.type_name) if record.type_name else None)
        asked, answer = _members(call.body), _members(call.answer)
        event = answer.get("ProgressEvent")
        event = event if isinstance(event, dict) else {}
        return RecentCall(
            number=call.number,
            record=record,
            identifier=_text(asked.get("Identifier") or event.get("Identifier")),
            outcome=_text(answer.get("__type")).rpartition("#")[2] or _text(event.get("OperationStatus")),
            request=bodies.request(call.body),
            response=bodies.response(call.answer),
        )


def _members(body: bytes) -> dict[str, Any]:
    document = parsed(body)
    return document if isinstance(document, dict) else {}


def _text(value: Any) -> str:
    return value[:2048] if isinstance(value, str) else ""
