"""Messages about a request's end: texts of events and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control.model import PROVIDER_TOKEN

if TYPE_CHECKING:
    from cloudwright.control.model import HookEvent, ProgressEvent


def event_text(event: ProgressEvent) -> str:
    """AWS's account of a request, for messages: code, message, request token and every hook's message (CC101).

    What a provider says stands alone: its codes and tokens are cloudwright's own.

    Args:
        event: The last event of the request, from GetResourceRequestStatus (only it returns the hooks).
    """
    code = event.error_code or (event.status or "no status")
    token = f" (request token {event.request_token})" if event.request_token else ""
    if (event.request_token or "").startswith(PROVIDER_TOKEN):
        return event.message or code
    lines = [f"{code}: {event.message or 'AWS gave no message'}{token}"]
    if "security token" in event.message.lower():
        lines.append("the service behind the type's handler reports this; cloudwright's own signature was accepted")
    lines.extend(hook_text(hook) for hook in event.hooks if not hook.status.endswith("SUCCEEDED"))
    return "\n".join(lines)


def hook_text(hook: HookEvent) -> str:
    """One hook's result: its name, mode, invocation point, status and message."""
    place = f" at {hook.invocation_point}" if hook.invocation_point else ""
    return f"hook {hook.type_name} ({hook.failure_mode}{place}) {hook.status}: {hook.message or 'no message'}"
