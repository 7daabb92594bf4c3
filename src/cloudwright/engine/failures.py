"""Errors of failed requests, with AWS's message and a hint."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.control.messages import event_text
from cloudwright.control.model import PROVIDER_TOKEN
from cloudwright.control.verdict import VerdictKind
from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.plan.identity import identifier_place
from cloudwright.plan.model import Action, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.other_owners import Owner
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record


class OperationFailed(CloudwrightError):
    """A request failed.

    Attributes:
        judged: The request's end.
        notes: What the request did in addition, for the outcome.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, message: str, *, judged: JudgedRequest | None = None, hint: str | None = None) -> None:
        """Store the request's end with the message.

        Args:
            message: AWS's message, code and request token.
            judged: The request's end.
            hint: What to do about it.
        """
        self.judged = judged
        super().__init__(message, hint=hint)


class StillRunning(OperationFailed):
    """The request is still running at AWS; the next run follows it."""


def not_updatable(failed: OperationFailed) -> bool:
    """Whether an update was refused because the service can't change that in place.

    Args:
        failed: The update's end.
    """
    return aws_error_code(failed).removesuffix("Exception") == "NotUpdatable"


def aws_error_code(error: BaseException) -> str:
    """AWS's error code, as it spelt it; empty if the error is not AWS's.

    Args:
        error: Of a step or a run.
    """
    if isinstance(error, OperationFailed):
        return error.judged.code if error.judged is not None else ""
    return error.code if isinstance(error, ServiceError) else ""


def operation_failed(entry: JournalEntry, judged: JudgedRequest) -> OperationFailed:
    """The error for a failed request: message, code, request token and hint."""
    if judged.event is not None:
        text = event_text(judged.event)
    else:
        text = str(judged.error) if judged.error else judged.verdict.reason
    message = f"{text}\n{judged.verdict.reason}" if judged.verdict.reason not in text else text
    if judged.verdict.kind is VerdictKind.RUNNING:
        return StillRunning(message, judged=judged, hint="deploy again: the next run follows the request to its end")
    return OperationFailed(message, judged=judged, hint=_advice(entry, judged))


def ours_already(entry: JournalEntry, judged: JudgedRequest, holder: Record) -> OperationFailed:
    """The error for a create that AWS refused because another declaration of this state owns the resource."""
    failed = operation_failed(entry, judged)
    failed.hint = is_ours(holder)
    return failed


def is_ours(holder: Record) -> str:
    """The hint for a resource that already exists because another declaration of this state owns it."""
    advice = "declare it once and refer to it, or give each its own name"
    return f"it is {holder.key} of this app and stage, so it can't be adopted: {advice}"


def recorded_already(entry: JournalEntry, holder: Record) -> OperationFailed:
    """The error for a create that AWS answered with a resource of another record."""
    same = holder.key == entry.key
    whose = "the resource that it should replace" if same else f"{holder.key} in the state"
    return OperationFailed(
        f"the create of {entry.key} ended on {holder.identifier}, which is {whose}; nothing was recorded twice",
        hint="give the new one another name"
        if same
        else f'if it is a new name of {holder.key}, declare it with aliases="{holder.key}"; else give it another name',
    )


def owned_elsewhere(record: Record, owner: Owner) -> OperationFailed:
    """The error for an adoption of a resource that another state of the same store owns.

    Args:
        record: The record that the adoption would have written.
        owner: The other state's record.
    """
    return OperationFailed(
        f"{record.key}: {record.identifier} belongs to {owner.app}/{owner.stage}, where it is {owner.key}; "
        "nothing was sent",
        hint=owner.advice,
    )


def appeared(entry: JournalEntry, judged: JudgedRequest) -> OperationFailed:
    """The error for an adopting create that met a resource which did not exist when the plan was computed."""
    failed = operation_failed(entry, judged)
    failed.hint = "it appeared after the plan was made; deploy again: the new plan adopts it"
    return failed


def _advice(entry: JournalEntry, judged: JudgedRequest) -> str | None:
    match judged.verdict.kind:
        case VerdictKind.EXISTS if entry.generation:
            return (
                "the resource that it replaces may have this name: set delete_before_replace=True, or give the new one "
                "another name"
            )
        case VerdictKind.EXISTS:
            return f"{_how_to_adopt(entry, judged)}, or give yours another name"
        case VerdictKind.TAINTED:
            return "it is recorded and will be replaced by the next deploy"
        case VerdictKind.DOUBTFUL if not judged.identifier:
            return how_to_search(entry)
        case VerdictKind.DOUBTFUL:
            key = quote(entry.key)
            return f"look at it, then adopt it (--adopt {key}) or forget it (`cloudwright state rm {key} FILE`)"
        case VerdictKind.DIRTY:
            return "the next deploy reads it and brings it in line"
    return None


def _how_to_adopt(entry: JournalEntry, judged: JudgedRequest) -> str:
    """How to adopt what a create met: by its declared names, or by an identifier that only its provider knows."""
    names = {str(value) for value in entry.draft.declared.values() if isinstance(value, str | int)}
    token = (judged.event.request_token if judged.event is not None else None) or ""
    if judged.identifier and token.startswith(PROVIDER_TOKEN) and not names.issuperset(judged.identifier.split("|")):
        return f"adopt it: `cloudwright import FILE {quote(entry.key)} {quote(judged.identifier)}`"
    return f"adopt it with adopt=True or --adopt {quote(entry.key)}"


def how_to_search(entry: JournalEntry) -> str:
    """The advice about a create of which nobody knows whether it left a resource behind, nor which."""
    key = quote(entry.key)
    return (
        f"look for it in {entry.target}. If it is there, delete it or adopt it: `cloudwright import FILE {key} "
        f"IDENTIFIER`. If not: `cloudwright state rm {key} FILE`"
    )


# Overlapping CIDRs and a second singleton are reported with several of these codes (CC79, CC82); refusals of the
# caller or of the document with none.
_OCCUPIED = frozenset({"AlreadyExists", "ServiceLimitExceeded", "ResourceConflict", "GeneralService", "InvalidRequest"})


def with_delete_first_hint(failed: OperationFailed, step: Step, removed: Iterable[Record]) -> OperationFailed:
    """The same failure, naming what is deleted later in this run and may occupy the new one's name or limit."""
    if step.action not in {Action.CREATE, Action.REPLACE} or failed.judged is None or not _is_occupied(failed.judged):
        return failed
    keys = [one.key for one in removed if one.type == step.type and _is_same_place(one, step)]
    if keys:
        flags = " ".join(f"--delete-first {key}" for key in keys)
        goes = "is" if len(keys) == 1 else "are"
        advice = f"if {', '.join(keys)}, which {goes} deleted at the end, blocks its name or quota: {flags}"
        failed.hint = f"{failed.hint}\n{advice}" if failed.hint else advice
    return failed


def _is_same_place(record: Record, step: Step) -> bool:
    """Whether two names of the type may meet; those of global types meet in all Regions of the account."""
    here, there = (identifier_place(step.type, one.target, record.identifier) for one in (record, step))
    return here == there


def _is_occupied(judged: JudgedRequest) -> bool:
    kinds = {VerdictKind.EXISTS, VerdictKind.FAIL}
    return judged.verdict.kind in kinds and judged.code.removesuffix("Exception") in _OCCUPIED
