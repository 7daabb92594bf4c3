"""What is known about the end of a request: its event or refusal, and what lookups returned."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.control.model import Operation, OperationStatus, ResourceDescription


class NeededLookup(StrEnum):
    """The lookup that a verdict still needs."""

    READ = "read"
    """GetResource of the evidence's identifier, tolerating a short lag of NotFound."""

    LIST = "list"
    """List the type for a resource that no record claims and whose document equals the body."""


class Lookup(StrEnum):
    """What a read or a listing showed."""

    NOT_MADE = "not made"
    PRESENT = "present"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    """The lookup itself failed or is impossible (CC86): nothing is known."""


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The end of a read or a listing that was made for a verdict.

    Attributes:
        lookup: What it showed.
        found: The live resource, if it is present.
        refusal: Why nothing is known if it is unreadable: AWS's code and message. Empty if nothing was asked.
    """

    lookup: Lookup
    found: ResourceDescription | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known about a request's end.

    Attributes:
        operation: The requested operation.
        status: The last known state; `None` with an error code: refused synchronously; `None` without: no answer.
        error_code: HandlerErrorCode or the synchronous error's name, with or without its `Exception` suffix.
        message: AWS's message.
        identifier: From the event (CREATE) or as sent. Its presence shows nothing by itself (CC50, CC51).
        read: What a read after the end showed.
        listing: What a search by listing showed.
        refusal: Why nothing is known of the last read or listing: AWS's code and message.
        existed_before: What a read before the create found; `None`: no such read was made.
        attempt: 0 for the first request of a step, counting terminal retries.
        unanswered: An earlier delivery of the same bytes got no answer.
        server_made: The identifier has a part that the service made, so it can't have been there before.
        own_random: The identifier ends with a random suffix that we chose.
        may_retry: Whether the caller's limits of retries and time allow another attempt.
        iam_changed: Whether a role or policy changed in this run (CC80).
        transient: Regular expressions over the message that mean "try again" for this type (CC82).
    """

    operation: Operation
    status: OperationStatus | None = None
    error_code: str | None = None
    message: str = ""
    identifier: str | None = None
    read: Lookup = Lookup.NOT_MADE
    listing: Lookup = Lookup.NOT_MADE
    refusal: str = ""
    existed_before: bool | None = None
    attempt: int = 0
    unanswered: bool = False
    server_made: bool = False
    own_random: bool = False
    may_retry: bool = True
    iam_changed: bool = False
    transient: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The error code as HandlerErrorCode spells it."""
        return (self.error_code or "").removesuffix("Exception")
