"""From a request's end to evidence, from evidence to a verdict, with the lookups that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control.evidence import Evidence, Lookup, LookupResult, NeededLookup
from cloudwright.control.model import Operation, OperationStatus
from cloudwright.control.verdict import Verdict, VerdictKind, judge
from cloudwright.engine.redaction import Redactor
from cloudwright.engine.retry import LAG, MAX_ATTEMPTS
from cloudwright.engine.unclaimed import find_unclaimed
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.identity import identity
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import ProgressEvent, ResourceDescription
    from cloudwright.engine.run import Services
    from cloudwright.errors import ServiceError
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.journal import JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRequest:
    """A request's end and what it means.

    Attributes:
        found: The live resource, if a lookup found it.
    """

    verdict: Verdict
    event: ProgressEvent | None = None
    error: ServiceError | None = None
    found: ResourceDescription | None = None

    @property
    def identifier(self) -> str | None:
        """The identifier from the answer or a lookup."""
        if self.found is not None:
            return self.found.identifier
        return self.event.identifier if self.event else None

    @property
    def code(self) -> str:
        """AWS's error code, as it spelt it; empty if it gave none."""
        if self.event is not None:
            return self.event.error_code or ""
        return self.error.code if self.error is not None else ""


def from_event(entry: JournalEntry, event: ProgressEvent, services: Services, *, iam_changed: bool = False) -> Evidence:
    """Evidence from the last event of a request."""
    about = _about(entry, services, iam_changed=iam_changed)
    # The identifier of a singleton is the account or the Region, which no request of ours creates.
    named = event.identifier not in {entry.target.account, entry.target.region}
    return replace(
        about,
        server_made=about.server_made and named,
        status=event.status,
        error_code=event.error_code,
        message=event.message,
        identifier=event.identifier or entry.identifier,
    )


def from_error(entry: JournalEntry, error: ServiceError, services: Services, *, iam_changed: bool) -> Evidence:
    """Evidence from a synchronous refusal."""
    return replace(
        _about(entry, services, iam_changed=iam_changed),
        error_code=error.code,
        message=error.service_message,
        identifier=entry.identifier,
        unanswered=error.unanswered,
    )


def _about(entry: JournalEntry, services: Services, *, iam_changed: bool) -> Evidence:
    kind = services.catalog.get(entry.type)
    return Evidence(
        operation=entry.operation,
        existed_before=entry.existed_before,
        attempt=entry.attempt,
        server_made=_server_made(entry, kind),
        own_random=entry.draft.own_name,
        may_retry=entry.attempt + 1 < MAX_ATTEMPTS,
        iam_changed=iam_changed,
        transient=_passing(entry, kind, iam_changed=iam_changed),
    )


def _passing(entry: JournalEntry, kind: ResourceType, *, iam_changed: bool) -> tuple[str, ...]:
    """The messages of transient failures; those about roles only if this run changed one (CC80)."""
    known = [one for one in kind.override.transient_messages if one.operation in {"*", entry.operation}]
    return tuple(one.pattern for one in known if one.cause != "iam" or iam_changed)


def _server_made(entry: JournalEntry, kind: ResourceType) -> bool:
    """Whether the service generates a part of the identifier.

    An ARN built from the declared name proves nothing (CC50).
    """
    declared = entry.draft.declared
    invented = any(kind.read_only.covers(path) or get(declared, path, None) is None for path in kind.identifiers)
    override = kind.override
    return invented and identity(kind, declared, entry.target, override.canonical) is None


async def weigh(
    entry: JournalEntry,
    evidence: Evidence,
    services: Services,
    *,
    event: ProgressEvent | None = None,
    error: ServiceError | None = None,
) -> JudgedRequest:
    """Judge, with the lookups that the verdict needs.

    Args:
        entry: The request.
        evidence: What is known so far.
        services: For the lookups.
        event: The last event, if there was one.
        error: The synchronous refusal, if there was one.
    """
    redactor = Redactor(entry, services)
    found: ResourceDescription | None = None
    verdict = judge(evidence)
    while verdict.kind is VerdictKind.LOOK:
        if verdict.needs is NeededLookup.READ:
            result = await _read(entry, evidence, services)
            evidence = replace(evidence, read=result.lookup, refusal=result.refusal)
        else:
            result = await _list(entry, services)
            evidence = replace(evidence, listing=result.lookup, refusal=result.refusal)
        found = result.found
        verdict = judge(evidence)
    return JudgedRequest(
        verdict=replace(verdict, reason=redactor.text(verdict.reason)),
        event=redactor.event(event) if event else None,
        error=redactor.error(error) if error else None,
        found=found,
    )


async def _read(entry: JournalEntry, evidence: Evidence, services: Services) -> LookupResult:
    if not evidence.identifier:
        return LookupResult(Lookup.UNREADABLE)
    created = entry.operation is Operation.CREATE and evidence.status is not OperationStatus.SUCCESS
    # This read may also decide whether the record of a just created resource is dropped (CC54).
    fresh = created or services.control.now(entry.target) - entry.draft.created_at < LAG
    try:
        return await services.control.lookup(
            entry.target, entry.type, evidence.identifier, missing_for=LAG if fresh else 0.0
        )
    except CloudwrightError as error:
        return LookupResult(Lookup.UNREADABLE, refusal=error.message)


async def _list(entry: JournalEntry, services: Services) -> LookupResult:
    try:
        found = await find_unclaimed(entry, services)
    except CloudwrightError as error:
        return LookupResult(Lookup.UNREADABLE, refusal=error.message)
    return LookupResult(Lookup.PRESENT if found is not None else Lookup.ABSENT, found)


def next_attempt(entry: JournalEntry, judged: JudgedRequest, token: Callable[[], str]) -> JournalEntry:
    """The entry of the next attempt; one that was refused because of somebody else's request has created nothing.

    Args:
        entry: The attempt that ended.
        judged: How it ended.
        token: Makes new client tokens.
    """
    unanswered = judged.error is not None and judged.error.unanswered
    refused = judged.verdict.kind is VerdictKind.WAIT and not unanswered
    attempt = entry.attempt if refused else entry.attempt + 1
    return replace(entry, id=token(), client_token=token(), attempt=attempt, request_token=None, requested_at=None)
