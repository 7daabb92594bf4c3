"""Reading the live documents of recorded resources for a plan, and what a plan says of those that it can't read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.control.evidence import Lookup, LookupResult
from cloudwright.plan.resolved import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.app.runtime import Runtime
    from cloudwright.state.records import Record

_READS = 32
"""Maximum of concurrent reads; the limiter decides their rate."""


async def read_live(runtime: Runtime, records: Iterable[Record]) -> list[tuple[Record, LookupResult]]:
    """What a read of each record's resource shows."""
    chosen = list(records)
    if not chosen:
        return []
    from cloudwright.engine.retry import LAG

    control = runtime.services.control
    for target in {record.target for record in chosen}:
        await control.verify(target)
    bound = asyncio.Semaphore(_READS)

    async def one(record: Record) -> LookupResult:
        # Reads right after a create may not return it yet, and a NotFound drops the record; a record that no read has
        # ever returned may be such a case, however old it is.
        fresh = control.now(record.target) - record.created_at < LAG
        lag = LAG if fresh or not record.observed else 0.0
        async with bound:
            return await control.lookup(record.target, record.type, record.identifier, missing_for=lag)

    found = await asyncio.gather(*map(one, chosen))
    return list(zip(chosen, found, strict=True))


def documents_of(reads: Iterable[tuple[Record, LookupResult]]) -> dict[tuple[str, int], Any]:
    """Live documents by record; `ABSENT` if the resource does not exist, no entry if it can't be read (CC86).

    Args:
        reads: From `read_live`.
    """
    return {
        record.id: ABSENT if result.found is None else dict(result.found.properties)
        for record, result in reads
        if result.lookup is not Lookup.UNREADABLE
    }


def unread_notes(reads: Iterable[tuple[Record, LookupResult]]) -> Iterator[str]:
    """A sentence for each resource that AWS refused to read: the plan uses what the state holds of it.

    Args:
        reads: From `read_live`.
    """
    for record, result in reads:
        if result.refusal:
            yield f"{record.key} could not be read, so the plan uses the state: {result.refusal}"


def as_read(record: Record, live: object, runtime: Runtime) -> Record:
    """A record with the attributes from a read, if there was one."""
    if not isinstance(live, Mapping) or record.type not in runtime.services.catalog:
        return record
    from cloudwright.engine import record_refresh

    return record_refresh.as_read(record, live, runtime.services.catalog.get(record.type), runtime.services.sealing)
