"""What was changed, one line for each change: appended in the commit of its outcome, never changed or dropped.

A line holds names and identifiers, but no property values, so it holds no secret.
"""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cloudwright.errors import StateCorrupt
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record


class AuditAction(StrEnum):
    """What was done to a resource, or to an action of the program."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    """A create of a later generation: the delete of the earlier one has its own line."""
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    RUN = "run"
    MOVE = "move"
    """A record got another key."""
    EDIT = "edit"
    """A record, or what is known of an action, was changed by hand."""
    ROTATE = "rotate"
    """The state got another sealing key."""
    COPY = "copy"
    """The state was copied into this store."""
    RESTORE = "restore"
    """Objects of the state that were deleted from its bucket were restored."""
    UNLOCK = "unlock"
    """The lock of a run was broken."""


class AuditOutcome(StrEnum):
    """How it ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TAINTED = "tainted"
    """A create failed and left a resource behind, which is ours."""
    FOUND_DONE = "found done"
    """AWS reported an error or nothing, and a read found it done: by this request, or by somebody else."""
    UNCLEAR = "unclear"
    """It may have had an effect; the next run reads the resource again, or the user decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One change that a run, or somebody by hand, made or tried to make.

    Attributes:
        id: Random; that of the journal entry, if a request was sent.
        at: When the outcome was recorded, seconds since the epoch.
        author: `user@host` of whoever made the change.
        principal: The ARN that signed the request, as STS names it; empty if it is not known.
        action: A word of `AuditAction`.
        outcome: A word of `AuditOutcome`.
        key: Scope path and id.
        generation: Which physical resource of the key.
        type: The resource type; empty for an action of the program.
        identifier: Cloud Control's identifier, if it is known.
        account: Where it was made.
        region: The same.
        plan: Digest of the plan that was applied; empty if none was.
        request_token: Cloud Control's token, if it answered.
        error: AWS's error code, if it gave one.
        command: The command of an edit by hand, such as `state rm`; empty for what a run did.
        detail: What else belongs to it: the former key of a move, or whose lock was broken.
    """

    id: str
    at: float
    author: str
    principal: str = ""
    action: str
    outcome: str
    key: str
    generation: int = 0
    type: str = ""
    identifier: str = ""
    account: str = ""
    region: str = ""
    plan: str = ""
    request_token: str = ""
    error: str = ""
    command: str = ""
    detail: str = ""


def about_resource(record: Record | JournalEntry) -> dict[str, Any]:
    """What a line says about a physical resource."""
    return {
        **about_action(record),
        "generation": record.generation,
        "type": record.type,
        "identifier": record.identifier or "",
    }


def about_request(entry: JournalEntry) -> dict[str, Any]:
    """What a line says about a request and its resource."""
    return {**about_resource(entry), "plan": entry.plan, "request_token": entry.request_token or ""}


def about_action(record: ActionRecord | Record | JournalEntry) -> dict[str, Any]:
    """What a line says about an action of the program: its key and its place."""
    return {"key": record.key, "account": record.target.account, "region": record.target.region}


@dataclass(frozen=True, slots=True)
class AppendAudit:
    """Append a line to the audit; nothing changes or drops one."""

    line: AuditLine


def encode(line: AuditLine) -> dict[str, Any]:
    """A line as JSON."""
    return {field.name: getattr(line, field.name) for field in fields(AuditLine)}


def decode(data: object, where: str) -> AuditLine:
    """The line that a JSON value stands for.

    Args:
        data: Parsed JSON.
        where: What it is, for the message.

    Raises:
        StateCorrupt: It is not a line. Members that a later version wrote are left out.
    """
    known = {field.name for field in fields(AuditLine)}
    try:
        return AuditLine(**{name: value for name, value in dict(data).items() if name in known})  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise StateCorrupt(
            f"{where} is not an audit line; nothing was changed", hint="restore it from a backup"
        ) from error


def in_order(lines: Iterable[AuditLine]) -> tuple[AuditLine, ...]:
    """Lines by time, each once: a store may hold a line twice while it moves it."""
    once = {line.id: line for line in lines}
    return tuple(sorted(once.values(), key=lambda line: (line.at, line.id)))
