"""What the state records about one mutating request, from before it is sent until its end is known."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.control.model import Operation
    from cloudwright.state.records import Record
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One mutating request, from before it is sent until its end is known.

    Attributes:
        id: Random, names the entry.
        operation: CREATE, UPDATE or DELETE.
        client_token: Random, decided before the intent was written; the service's idempotency key.
        body: The exact request body as text, or sealed (`enc:v1:...`) when it contains secrets.
        draft: The record to write when the request succeeds (for a delete, the record to remove).
        attempted: Pointers that an update touches.
        created_at: Seconds since the epoch by AWS's clock, as far as known.
        request_token: Cloud Control's token, once it answered.
        requested_at: When the request token was learned, seconds since the epoch.
        principal: The ARN that signed, as STS names it; empty if STS could not be reached.
        attempt: 0 for the first request of a step, counting terminal retries.
        existed_before: What a read before the create found; `None`: no such read was made.
        reason: Why the step exists, for messages.
        plan: Digest of the plan that the request belongs to.
        author: `user@host` of the run that opened the entry.
        awaited: A later run has already waited for the request to be delivered.
    """

    id: str
    key: str
    generation: int
    operation: Operation
    type: str
    target: Target
    client_token: str
    body: str = field(repr=False)
    draft: Record
    identifier: str | None = None
    attempted: tuple[str, ...] = ()
    created_at: float = 0.0
    request_token: str | None = None
    requested_at: float | None = None
    principal: str = ""
    attempt: int = 0
    existed_before: bool | None = None
    reason: str = ""
    plan: str = ""
    author: str = ""
    awaited: bool = False


class EntryEnd(StrEnum):
    """Why a journal entry is dropped."""

    SENT = "sent"
    """Its request was sent, and its end is known."""

    REFUSED = "refused"
    """AWS refused its request at once, which changed nothing."""

    FOUND = "found"
    """AWS did not report a success, and a read found done what it should do."""

    UNCLEAR = "unclear"
    """Its request may have had an effect that no record shows."""

    UNSENT = "unsent"
    """Its request certainly did not reach AWS."""

    ABANDONED = "abandoned"
    """Its result is unknown, and the user has decided to continue."""
