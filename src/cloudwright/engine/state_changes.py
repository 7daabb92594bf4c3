"""How a judged request changes the state: a pure function shared by running steps and recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Operation
from cloudwright.control.verdict import VerdictKind
from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.union import union_of
from cloudwright.engine.redaction import sealed_attributes
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.masking import mask_like
from cloudwright.plan.twins import look_alike_key
from cloudwright.plan.unreturned import still_unreturned
from cloudwright.schema.pointer import format_pointer
from cloudwright.state.changes import DropEntry, DropRecord, PutRecord
from cloudwright.state.journal import EntryEnd
from cloudwright.state.records import Record, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.run import Services
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTransition:
    """The end of a request in the state.

    Attributes:
        changes: One transaction; empty while the request has not ended.
        record: The record afterwards, if there is one.
        ok: Whether the request succeeded.
    """

    changes: tuple[StateChange, ...]
    record: Record | None = None
    ok: bool = False


def settle(
    entry: JournalEntry,
    judged: JudgedRequest,
    services: Services,
    *,
    now: float,
    live: Mapping[str, Any] | None = None,
    unreturned: Iterable[str] = (),
) -> StateTransition:
    """The transaction that ends a request.

    Args:
        entry: The request.
        judged: Its end.
        services: For schemas and fingerprints.
        now: Seconds since the epoch.
        live: The document that a read after the end returned.
        unreturned: Declared paths, as patterns, that were sent and that reads after it do not return.
    """
    if judged.verdict.kind is VerdictKind.RUNNING:
        return StateTransition(changes=())
    end = {Operation.CREATE: _create, Operation.UPDATE: _update, Operation.DELETE: _delete}[entry.operation]
    fields: dict[str, Any] = {"updated_at": now}
    if live is not None:
        fields["unreturned"] = tuple(dict.fromkeys((*still_unreturned(entry.draft, live), *unreturned)))
        kind = services.catalog.get(entry.type)
        fields["observed"] = mask_like(kind, live, entry.draft.declared, services.sealing.fingerprint)
        identifier = judged.identifier or entry.draft.identifier
        fresh = sealed_attributes(kind, identifier, live, services.sealing)
        fields["sealed"] = {**entry.draft.sealed, **fresh}
    return end(entry, judged, fields)


def _create(entry: JournalEntry, judged: JudgedRequest, fields: dict[str, Any]) -> StateTransition:
    kind, identifier, end = judged.verdict.kind, judged.identifier, DropEntry(entry.id, error=judged.code)
    record = replace(entry.draft, identifier=identifier or "", created_at=fields["updated_at"], **fields)
    if kind is VerdictKind.DONE and identifier:
        return StateTransition(changes=(PutRecord(record), end), record=record, ok=True)
    if kind is VerdictKind.TAINTED and identifier:
        tainted = replace(record, status=RecordStatus.TAINTED, note=judged.verdict.reason)
        return StateTransition(changes=(PutRecord(tainted), end), record=tainted)
    if kind is VerdictKind.DOUBTFUL:
        doubtful = replace(record, status=RecordStatus.DOUBTFUL, note=judged.verdict.reason)
        changes = (PutRecord(doubtful), end) if identifier else ()
        return StateTransition(changes=changes, record=doubtful if identifier else None)
    return StateTransition(changes=(end,))


def _update(entry: JournalEntry, judged: JudgedRequest, fields: dict[str, Any]) -> StateTransition:
    kind = judged.verdict.kind
    if kind is VerdictKind.DONE:
        identifier = (judged.event.identifier if judged.event else None) or entry.draft.identifier
        record = replace(entry.draft, identifier=identifier, dirty=(), **fields)
        return StateTransition(changes=(PutRecord(record), DropEntry(entry.id)), record=record, ok=True)
    return StateTransition(changes=request_ended(entry, judged))


def _delete(entry: JournalEntry, judged: JudgedRequest, _fields: dict[str, Any]) -> StateTransition:
    if judged.verdict.kind in {VerdictKind.DONE, VerdictKind.GONE}:
        gone = DropRecord(entry.draft.key, entry.draft.generation)
        end = EntryEnd.SENT if judged.verdict.kind is VerdictKind.DONE else EntryEnd.FOUND
        return StateTransition(changes=(gone, DropEntry(entry.id, end, judged.code)), ok=True)
    return StateTransition(changes=request_ended(entry, judged), record=entry.draft)


def attempt_ended(entry: JournalEntry, judged: JudgedRequest) -> tuple[DropEntry, ...]:
    """The end of an attempt that is followed by another one."""
    if judged.event is not None or judged.error is None:
        return (DropEntry(entry.id, error=judged.code),)
    return () if may_arrive_late(entry, judged) else (DropEntry(entry.id, EntryEnd.REFUSED, judged.code),)


def request_ended(entry: JournalEntry, judged: JudgedRequest) -> tuple[DropEntry, ...]:
    """The end of a request that did not do what it should; nothing while a delivery of it may still arrive."""
    return () if may_arrive_late(entry, judged) else (DropEntry(entry.id, error=judged.code),)


def may_arrive_late(entry: JournalEntry, judged: JudgedRequest) -> bool:
    """Whether a delivery without an answer may still take effect although a later one was refused.

    Not that of a create: it is repeated only once it is shown that nothing was made.
    """
    unanswered = judged.event is None and judged.error is not None and judged.error.unanswered
    return unanswered and entry.operation is not Operation.CREATE


def disproved(record: Record, doubtful: Iterable[Record], catalog: Catalog) -> tuple[StateChange, ...]:
    """Drop doubtful records of what a create has just created or met: one record of it is enough.

    Args:
        record: The record that the create wrote.
        doubtful: Records that may belong to somebody else.
        catalog: Knows which spellings of an identifier are one.
    """
    alike = look_alike_key(record, catalog)
    return tuple(
        DropRecord(other.key, other.generation)
        for other in doubtful
        if other.status is RecordStatus.DOUBTFUL and other.id != record.id and look_alike_key(other, catalog) == alike
    )


def not_recorded(entry: JournalEntry, holder: Record, *, now: float) -> tuple[StateChange, ...]:
    """The end of a create that met a resource of another record: that one is read again, and none is added.

    Args:
        entry: The create.
        holder: The record that owns the resource.
        now: Seconds since the epoch.
    """
    touched = (format_pointer((name,)) for name in entry.draft.declared)
    return (PutRecord(dirtied(holder, touched, now=now)), DropEntry(entry.id, EntryEnd.UNCLEAR))


def dirtied(record: Record, attempted: Iterable[str], *, now: float) -> Record:
    """Mark a record as dirty: something may have been written to its resource, so it must be read again.

    Args:
        record: The record.
        attempted: Pointers that may have been written.
        now: Seconds since the epoch.
    """
    return replace(record, dirty=tuple(dict.fromkeys((*record.dirty, *attempted))) or ("",), updated_at=now)


def half_updated(record: Record, entry: JournalEntry, services: Services, *, now: float) -> Record:
    """A record whose last update may have been applied in part: what the update declared may have been written.

    Args:
        record: The record.
        entry: The update.
        services: For the schema.
        now: Seconds since the epoch.
    """
    kind = services.catalog.get(record.type)
    context = ComparisonContext(resource_type=kind, override=kind.override, fingerprint=services.sealing.fingerprint)
    tried = union_of(context, record.tried, entry.draft.declared)
    return replace(dirtied(record, entry.attempted, now=now), tried=tried)
