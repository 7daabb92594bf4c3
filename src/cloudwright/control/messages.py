"""What people read of a request's end: the texts of events, hooks and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.control.model import HookEvent, ProgressEvent
    from cloudwright.errors import ServiceError


def event_text(event: ProgressEvent) -> str:
    """What AWS said about a request, for people: message, code, request token and every hook that spoke (CC101).

    Args:
        event: The last event of the request, as GetResourceRequestStatus gave it (only there are the hooks).
    """
    code = event.error_code or (event.status or "no status")
    token = f" (request token {event.request_token})" if event.request_token else ""
    lines = [f"{code}: {event.message or 'AWS gave no message'}{token}"]
    if "security token" in event.message.lower():
        lines.append("this comes from the service behind the type's handler, not from our own signature")
    lines.extend(hook_text(hook) for hook in event.hooks if not hook.status.endswith("SUCCEEDED"))
    return "\n".join(lines)


def hook_text(hook: HookEvent) -> str:
    """One hook's own words: its name, mode, place, status and message."""
    place = f" at {hook.invocation_point}" if hook.invocation_point else ""
    return f"hook {hook.type_name} ({hook.failure_mode}{place}) {hook.status}: {hook.message or 'no message'}"


def error_text(error: ServiceError) -> str:
    """What AWS said when it refused a request, for people."""
    request = f" (request id {error.request_id})" if error.request_id else ""
    return f"{error.code}: {error.service_message or 'AWS gave no message'}{request}"
