"""Progress events as the service writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import StoredRequest

Event = dict[str, Any]

_LONG_PAST = 86_400.0


def status_of(request: StoredRequest, now: float) -> str:
    """The status at a time; a fault may keep the request PENDING."""
    pending = request.status == "IN_PROGRESS" and now < float(request.notes.get("pending_until", 0))
    return "PENDING" if pending else request.status


def first_event(request: StoredRequest) -> Event:
    """The answer to the mutating call itself: no RetryAfter, Identifier only if the caller supplied it."""
    return _event(request)


def polled_event(context: CloudContext, request: StoredRequest, now: float) -> Event:
    """The answer to a poll; while the request is in progress, it contains the time of the next poll."""
    event = _event(request)
    event["OperationStatus"] = status_of(request, now)
    if request.open and event["OperationStatus"] == "IN_PROGRESS":
        event["RetryAfter"] = _retry_after(context, request, now)
    if _hidden(context, request):
        event.pop("Identifier", None)
    return event


def summary(context: CloudContext, request: StoredRequest) -> Event:
    """An entry of ListResourceRequests."""
    event = _event(request)
    if context.faults and context.faults.fire("CC85", request.type_name, request.operation):
        event.pop("Operation", None)
    if int(request.notes.get("hidden_looks", 0)) > 0:
        event.pop("Identifier", None)
    return event


def _event(request: StoredRequest) -> Event:
    event: Event = {
        "TypeName": request.type_name,
        "RequestToken": request.token,
        "OperationStatus": request.status,
        "EventTime": request.event_time,
    }
    optional = {
        "Operation": request.operation,
        "Identifier": request.identifier,
        "StatusMessage": request.message,
        "ErrorCode": request.error_code,
        "HooksRequestToken": request.notes.get("hooks_token"),
    }
    return event | {name: value for name, value in optional.items() if value}


def _retry_after(context: CloudContext, request: StoredRequest, now: float) -> float:
    fault = context.faults.fire("CC79", request.type_name, request.operation) if context.faults else None
    if fault is not None:
        return now + float(fault.options.get("seconds", -_LONG_PAST))
    return min(request.effect_at or now, now + context.settings.callback_delay)


def _hidden(context: CloudContext, request: StoredRequest) -> bool:
    looks = int(request.notes.get("hidden_looks", 0))
    if looks > 0:
        request.notes["hidden_looks"] = looks - 1
        context.store.save_request(request)
    return looks > 0
