"""What the end of a request means for us: one pure function over everything that is known about it.

The rules are those of ARCHITECTURE.md, "Verdicts". Two of them take precedence: an AlreadyExists never proves
ownership, and a create is retried only after its absence is shown.
"""

from __future__ import annotations

import re
from enum import StrEnum

from cloudwright.control.evidence import Evidence, Lookup, NeededLookup
from cloudwright.control.model import Operation, OperationStatus
from cloudwright.control.wire import request_token_in
from cloudwright.lazy_dataclass import dataclass


class VerdictKind(StrEnum):
    """The verdicts."""

    DONE = "done"
    """It took effect. For a create or an update: read and record."""

    GONE = "gone"
    """The resource does not exist: the delete is complete; for an update, it was deleted outside cloudwright."""

    RESUME = "resume"
    """The request is our own earlier one: follow `Verdict.request_token`."""

    WAIT = "wait"
    """Somebody else works on the resource: wait (for `request_token`, if known), read, decide again."""

    EXISTS = "exists"
    """Somebody else's resource has this identity: never own it, never delete it; offer adoption."""

    TAINTED = "tainted"
    """Created but failed, and proven ours: record it, own it, replace it next time."""

    DOUBTFUL = "doubtful"
    """May be ours, not proven: record as not owned (without an identifier: keep the entry) and ask the user."""

    RETRY = "retry"
    """Same desired state, new token (an update: after a fresh read and with a fresh patch)."""

    DIRTY = "dirty"
    """An update that did not succeed: read again, keep the attempted paths until the next success."""

    RUNNING = "still running"
    """Its end is unknown: the journal entry stays."""

    FAIL = "fail"
    """Nothing of ours was made, changed or removed by the request, as far as can be known."""

    LOOK = "look"
    """Not decided: do what `Verdict.needs` says and judge again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a request's end means.

    Attributes:
        kind: The verdict.
        reason: Why, for messages.
        needs: For LOOK: the lookup to make first.
        request_token: For RESUME and WAIT: the request to follow, if AWS named it. For RUNNING: the request that
            blocks this one; its owner is unknown.
        throttled: The service behind the handler throttled.
    """

    kind: VerdictKind
    reason: str
    needs: NeededLookup | None = None
    request_token: str | None = None
    throttled: bool = False


_HIDDEN_THROTTLE = re.compile(
    r"rate exceeded|rate limit|too many requests|throttl|request limit exceeded|slow ?down", re.IGNORECASE
)
_IAM_PROPAGATION = re.compile(
    r"cannot be assumed|can't be assumed|unable to assume|not authorized to (perform: sts:)?assume"
    r"|invalid principal|invalid iam instance profile|role .*(does not exist|is invalid|not valid|cannot be found)"
    r"|does not have (sufficient )?permission|trust relationship",
    re.IGNORECASE,
)
_DEPENDENCY = re.compile(r"dependency ?violation|has (a )?dependen|dependent object|still in use", re.IGNORECASE)

# Classes of HandlerErrorCode: CloudFormation CLI user guide, resource-type-test-contract-errors.
_RETRIABLE = frozenset({"Throttling", "ServiceInternalError", "NetworkFailure", "ServiceTimeout", "ResourceConflict"})
_RETRIED_ONCE = frozenset({"InternalFailure", "HandlerInternalFailure"})
_MAY_HAVE_MADE = frozenset({"NotStabilized", "GeneralService", "Unknown"}) | _RETRIED_ONCE

# A refusal that depends on nothing but the request and the resource: every delivery of the bytes gets it.
DETERMINISTIC_REFUSALS = frozenset(
    {
        "Validation",
        "InvalidRequest",
        "TypeNotFound",
        "UnsupportedAction",
        "NotUpdatable",
        "PrivateType",
        "ResourceNotFound",
        "NotFound",
        "AlreadyExists",
        "ClientTokenConflict",
        "ConcurrentOperation",  # judged by itself: the operation in progress may be the earlier delivery's own
    }
)
# Synchronous faults (HTTP 5xx in the service model): the request may have been accepted nevertheless.
UNCERTAIN_REFUSALS = frozenset(
    {
        "ServiceInternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalError",
        "ServiceUnavailable",
        "HandlerFailure",
        "HandlerInternalFailure",
        "NetworkFailure",
        "ConcurrentModification",
        "NotStabilized",
    }
)
THROTTLES = frozenset(
    {"Throttling", "Throttled", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "CallRateLimitExceeded"}
)


def throttled(code: str | None, message: str) -> bool:
    """Whether an error is a throttle, also if GeneralServiceException hides it (CC72, CC73).

    Args:
        code: HandlerErrorCode or a synchronous error's name.
        message: AWS's message.
    """
    bare = (code or "").removesuffix("Exception")
    hidden = bare in {"GeneralService", "InternalFailure", "ServiceInternalError"}
    return bare in THROTTLES or (hidden and _HIDDEN_THROTTLE.search(message) is not None)


def judge(evidence: Evidence) -> Verdict:
    """Decide what a request's end means. Pure: equal evidence, equal verdict.

    Args:
        evidence: What is known. After a LOOK, pass it again with the result of the lookup.
    """
    if evidence.status is None and evidence.error_code:
        return _refused(evidence)
    if evidence.status is None or not evidence.status.terminal:
        return Verdict(kind=VerdictKind.RUNNING, reason="no end of the request is known yet")
    if evidence.operation is Operation.CREATE:
        return _create_ended(evidence)
    return _update_ended(evidence) if evidence.operation is Operation.UPDATE else _delete_ended(evidence)


def _refused(evidence: Evidence) -> Verdict:
    code = evidence.code
    if code in {"ClientTokenConflict", "ConcurrentOperation"}:
        return _names_another_request(evidence)
    if code in {"ResourceNotFound", "NotFound"} and evidence.operation is not Operation.CREATE:
        return _delete_ended(evidence) if evidence.operation is Operation.DELETE else _update_missing(evidence)
    if code == "AlreadyExists" and evidence.operation is Operation.CREATE:
        return _already_exists(evidence)
    # A transient refusal may not have affected the earlier delivery.
    met_by_all = code in DETERMINISTIC_REFUSALS and not _transient(evidence)
    if code in UNCERTAIN_REFUSALS or (evidence.unanswered and not met_by_all):
        return Verdict(
            kind=VerdictKind.RUNNING, reason="the service may have taken the request on although it answered so"
        )
    if evidence.may_retry and (throttled(code, evidence.message) or _transient(evidence)):
        return _retry(evidence, "refused for now; nothing was started")
    return Verdict(kind=VerdictKind.FAIL, reason="refused; nothing was started")


def _names_another_request(evidence: Evidence) -> Verdict:
    token = request_token_in(evidence.message)
    if evidence.code == "ConcurrentOperation" and evidence.operation is Operation.CREATE and evidence.unanswered:
        # A new client token would create a second resource beside that of the first delivery.
        reason = "the request in progress may be the first delivery of this create, whose answer was lost"
        return Verdict(kind=VerdictKind.RUNNING, reason=reason, request_token=token)
    if evidence.code == "ConcurrentOperation":
        return Verdict(kind=VerdictKind.WAIT, reason="another operation works on this resource", request_token=token)
    if token is None:
        return Verdict(kind=VerdictKind.RUNNING, reason="our own earlier request exists, but AWS does not name it")
    return Verdict(kind=VerdictKind.RESUME, reason="this is our own earlier request", request_token=token)


def _create_ended(evidence: Evidence) -> Verdict:
    if evidence.status is OperationStatus.SUCCESS:
        return _created(evidence)
    if evidence.code == "AlreadyExists":
        return _already_exists(evidence)
    return _leftover_by_read(evidence) if evidence.identifier else _leftover_by_listing(evidence)


def _created(evidence: Evidence) -> Verdict:
    if evidence.identifier or evidence.listing is Lookup.PRESENT:
        return Verdict(kind=VerdictKind.DONE, reason="created")
    if evidence.listing is Lookup.NOT_MADE:
        return _lookup_needed(NeededLookup.LIST, "created, but the answer contains no identifier")
    reason = "created, but neither the answer nor a listing gives its identifier"
    return Verdict(kind=VerdictKind.DOUBTFUL, reason=_because(reason, evidence))


def _already_exists(evidence: Evidence) -> Verdict:
    # A server-made part proves nothing here: the identifier in the answer is the older resource's (CC50).
    ours_possibly = evidence.attempt > 0 or evidence.unanswered or evidence.existed_before is False
    if evidence.existed_before or not (evidence.own_random or ours_possibly):
        where = "taken in another account or Region" if evidence.read is Lookup.ABSENT else "already there"
        return Verdict(kind=VerdictKind.EXISTS, reason=f"a resource with that identity is {where}, and it is not ours")
    if evidence.identifier is None:
        return Verdict(kind=VerdictKind.DOUBTFUL, reason="a resource with that identity exists; its owner is unknown")
    if evidence.read is Lookup.NOT_MADE:
        return _lookup_needed(NeededLookup.READ, "a resource with that identity exists and may be ours")
    if evidence.read is Lookup.ABSENT:
        return Verdict(kind=VerdictKind.EXISTS, reason="the name is taken elsewhere: here no such resource can be read")
    if evidence.own_random:
        return Verdict(
            kind=VerdictKind.TAINTED, reason="the name ends in our random suffix, so one of our attempts created it"
        )
    reason = "it may be from one of our attempts or from somebody else; nothing proves which"
    return Verdict(kind=VerdictKind.DOUBTFUL, reason=_because(reason, evidence))


def _leftover_by_read(evidence: Evidence) -> Verdict:
    if evidence.read is Lookup.NOT_MADE:
        return _lookup_needed(NeededLookup.READ, "the create failed, but the answer names an identifier")
    if evidence.read is Lookup.ABSENT:
        return _nothing_made(evidence, "the create failed and created nothing")
    if evidence.existed_before:
        return Verdict(kind=VerdictKind.EXISTS, reason="the resource was there before the create, so it is not ours")
    if _proved_ours(evidence):
        return Verdict(kind=VerdictKind.TAINTED, reason="the create failed but left a resource that is provably ours")
    reason = "the create failed and nothing proves whose resource that is"
    return Verdict(kind=VerdictKind.DOUBTFUL, reason=_because(reason, evidence))


def _leftover_by_listing(evidence: Evidence) -> Verdict:
    ambiguous = evidence.status is OperationStatus.CANCEL_COMPLETE or evidence.code in _MAY_HAVE_MADE
    if not (ambiguous or _retriable(evidence)):
        return Verdict(kind=VerdictKind.FAIL, reason="the create failed and created nothing")
    if evidence.listing is Lookup.NOT_MADE:
        return _lookup_needed(
            NeededLookup.LIST, "the create failed without an identifier and may have created something"
        )
    if evidence.listing is Lookup.ABSENT:
        return _nothing_made(evidence, "the create failed and a listing shows nothing of it")
    reason = "the create may have left a resource behind; nothing proves which"
    return Verdict(kind=VerdictKind.DOUBTFUL, reason=_because(reason, evidence))


def _nothing_made(evidence: Evidence, reason: str) -> Verdict:
    if evidence.may_retry and _retriable(evidence):
        return _retry(evidence, reason)
    return Verdict(kind=VerdictKind.FAIL, reason=reason, throttled=throttled(evidence.error_code, evidence.message))


def _proved_ours(evidence: Evidence) -> bool:
    return (
        evidence.own_random
        or evidence.server_made
        or evidence.existed_before is False
        or (evidence.status is OperationStatus.FAILED and evidence.code == "NotStabilized")
    )


def _update_ended(evidence: Evidence) -> Verdict:
    if evidence.status is OperationStatus.SUCCESS:
        return Verdict(kind=VerdictKind.DONE, reason="updated")
    if evidence.status is OperationStatus.FAILED and evidence.code == "NotFound":
        return _update_missing(evidence)
    if evidence.may_retry and _retriable(evidence):
        return _retry(evidence, "the update failed for a passing reason and may have been applied in part")
    return Verdict(kind=VerdictKind.DIRTY, reason="the update failed and may have been applied in part")


def _update_missing(evidence: Evidence) -> Verdict:
    # NotFound may also be about something that the resource refers to, so only a read proves it.
    if evidence.read is Lookup.NOT_MADE:
        return _lookup_needed(NeededLookup.READ, "the update found something missing")
    if evidence.read is Lookup.ABSENT:
        return Verdict(kind=VerdictKind.GONE, reason="the resource was deleted outside cloudwright")
    if evidence.read is Lookup.PRESENT:
        return Verdict(kind=VerdictKind.DIRTY, reason="the update found something missing, but not the resource itself")
    return Verdict(
        kind=VerdictKind.DIRTY,
        reason=_because("the update found something missing, and the resource can't be read", evidence),
    )


def _delete_ended(evidence: Evidence) -> Verdict:
    if evidence.status is OperationStatus.SUCCESS:
        return Verdict(kind=VerdictKind.DONE, reason="deleted")
    cancelled = evidence.status is OperationStatus.CANCEL_COMPLETE
    if cancelled or evidence.code in {"NotFound", "ResourceNotFound"}:
        return _delete_by_read(evidence, "was cancelled" if cancelled else "found something missing")
    if evidence.may_retry and (_retriable(evidence) or _DEPENDENCY.search(evidence.message)):
        return _retry(evidence, "the delete failed for a passing reason")
    return Verdict(kind=VerdictKind.FAIL, reason="the delete failed; the record is kept")


def _delete_by_read(evidence: Evidence, what: str) -> Verdict:
    # NotFound may also be about something that the resource refers to, so only a read proves it.
    if evidence.read is Lookup.NOT_MADE:
        return _lookup_needed(NeededLookup.READ, f"the delete {what}")
    if evidence.read is Lookup.ABSENT:
        return Verdict(kind=VerdictKind.GONE, reason=f"the delete {what}, and the resource does not exist")
    if evidence.read is Lookup.PRESENT:
        return Verdict(
            kind=VerdictKind.FAIL, reason=f"the delete {what}, but the resource still exists; its record is kept"
        )
    return Verdict(
        kind=VerdictKind.FAIL,
        reason=_because(f"the delete {what}, and the resource can't be read, so its record is kept", evidence),
    )


def _because(reason: str, evidence: Evidence) -> str:
    """A reason with AWS's words for why a read or a listing was refused, if that is what nothing is known for."""
    unread = Lookup.UNREADABLE in {evidence.read, evidence.listing}
    return f"{reason}: {evidence.refusal}" if unread and evidence.refusal else reason


def _retriable(evidence: Evidence) -> bool:
    if evidence.status is OperationStatus.CANCEL_COMPLETE:
        return False
    once = evidence.code in _RETRIED_ONCE and evidence.attempt == 0
    return once or evidence.code in _RETRIABLE or throttled(evidence.code, evidence.message) or _transient(evidence)


def _transient(evidence: Evidence) -> bool:
    if evidence.iam_changed and _IAM_PROPAGATION.search(evidence.message):
        return True
    return any(re.search(pattern, evidence.message, re.IGNORECASE) for pattern in evidence.transient)


def _retry(evidence: Evidence, reason: str) -> Verdict:
    return Verdict(kind=VerdictKind.RETRY, reason=reason, throttled=throttled(evidence.error_code, evidence.message))


def _lookup_needed(need: NeededLookup, reason: str) -> Verdict:
    return Verdict(kind=VerdictKind.LOOK, reason=reason, needs=need)
