"""Records the end of a create, so that no physical resource gets a second record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.control.verdict import VerdictKind
from cloudwright.engine.convergence import Convergence, converged, sent_by_create
from cloudwright.engine.failures import appeared, ours_already, recorded_already
from cloudwright.engine.read_back import read_back
from cloudwright.engine.state_changes import disproved, not_recorded, settle
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.attribute_values import known_identifier
from cloudwright.plan.unreturned import pointers
from cloudwright.state.changes import PutRecord
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.run import DeployRun
    from cloudwright.engine.state_changes import StateTransition
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record

_LEAVES_A_RESOURCE = {VerdictKind.DONE, VerdictKind.TAINTED, VerdictKind.DOUBTFUL}


async def record_created(
    run: DeployRun,
    entry: JournalEntry,
    judged: JudgedRequest,
    subject: ResolvedResource | None,
    superseded: Record | None,
) -> tuple[StateTransition, tuple[str, ...]]:
    """Read what a create has left, and record it in one transaction with the end of the journal entry.

    Args:
        run: Holds the lease.
        entry: The request.
        judged: Its end.
        subject: The declaration; `None` if an earlier run's create is finished without its program.
        superseded: The old generation, if this is a replacement's first half.

    Returns:
        What changed in the state, and notes on properties that AWS did not take over.

    Raises:
        OperationFailed: The resource belongs to another record, or appeared after the plan was made.
    """
    live, seen = await _read(run, entry, judged, subject)
    now, absent = run.services.control.now(entry.target), pointers(seen.absent)
    settled = settle(entry, judged, run.services, now=now, live=live, unreturned=absent)
    changes = list(settled.changes)
    if settled.record is not None:
        await _claim(run, entry, settled.record)
        changes += _outdated(run, settled.record, superseded)
    await run.commit_all(changes)
    if judged.verdict.kind is VerdictKind.EXISTS:
        _refuse_existing(run, entry, judged, subject)
    return settled, seen.notes()


async def _read(
    run: DeployRun, entry: JournalEntry, judged: JudgedRequest, subject: ResolvedResource | None
) -> tuple[Mapping[str, Any] | None, Convergence]:
    """What a create has left, and how far that is what was sent."""
    if judged.verdict.kind not in _LEAVES_A_RESOURCE or not judged.identifier:
        return None, Convergence()
    look = None
    if subject is not None and judged.verdict.kind is VerdictKind.DONE:
        look = partial(_compared, subject, entry.draft, partial(run.owned.reads_of, entry.type))
    return await read_back(run, entry, judged.identifier, look)


def _compared(
    subject: ResolvedResource,
    draft: Record,
    earlier: Callable[[], Iterable[Mapping[str, Any]]],
    live: Mapping[str, Any],
) -> Convergence:
    return converged(subject, sent_by_create(subject), live, draft, earlier=earlier)


async def _claim(run: DeployRun, entry: JournalEntry, record: Record) -> None:
    """Claim a physical resource for its record; fails if another record has it. A doubtful record claims nothing."""
    holder = None if record.status is RecordStatus.DOUBTFUL else run.owned.claim(record)
    if holder is not None:
        await run.commit_all(not_recorded(entry, holder, now=run.services.control.now(entry.target)))
        raise recorded_already(entry, holder)


def _outdated(run: DeployRun, record: Record, superseded: Record | None) -> Iterator[StateChange]:
    """Changes to the records that a new one outdates: the old generation, and doubtful ones of the same resource."""
    if superseded is not None and record.status is not RecordStatus.DOUBTFUL:
        yield PutRecord(replace(superseded, current=False))
    yield from disproved(record, run.doubtful, run.services.catalog)


def _refuse_existing(
    run: DeployRun, entry: JournalEntry, judged: JudgedRequest, subject: ResolvedResource | None
) -> None:
    """Say more about a resource that existed before, if more is known."""
    if subject is not None and subject.declaration.options.adopt:
        raise appeared(entry, judged)
    identifier = judged.identifier or (known_identifier(subject) if subject is not None else None)
    found = run.owned.holder(entry.type, entry.target, identifier) if identifier else None
    if found is not None and found.key != entry.key:
        raise ours_already(entry, judged, found)
