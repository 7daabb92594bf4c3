"""What planning reads before the program runs: the state, and live documents where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.live_reads import as_read, documents_of, read_live, unread_notes
from cloudwright.app.type_registry import kept_notes, learn_recorded, without_types
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.context import PlanContext
from cloudwright.plan.filling import outdated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.app.runtime import Runtime
    from cloudwright.engine.journal_inspection import JournalInspection
    from cloudwright.plan.options import PlanOptions
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.records import Record


async def context_for(
    runtime: Runtime, inspection: JournalInspection, options: PlanOptions, tags: Mapping[str, str]
) -> PlanContext:
    """What planning reads: the state, and live documents if needed.

    Args:
        runtime: For the reads.
        inspection: The state, with what recovery found.
        options: `refresh` reads everything; a dirty record is read in any case.
        tags: The app's default tags.
    """
    kept = await learn_recorded(runtime.services, inspection.snapshot.records)
    notes = kept_notes(inspection.snapshot.records, kept)
    inspection = replace(inspection, snapshot=without_types(inspection.snapshot, kept))
    catalog, fingerprint = runtime.services.catalog, runtime.services.sealing.fingerprint
    records = inspection.snapshot.records
    filled = outdated(records, catalog)
    chosen = [r for r in records if options.refresh or r.dirty or r.id in filled or _never_read(r, catalog)]
    reads = await read_live(runtime, chosen)
    live = documents_of(reads)
    known = tuple(_known(record, live.get(record.id), filled.get(record.id), runtime) for record in records)
    return PlanContext(
        snapshot=replace(inspection.snapshot, records=known),
        catalog=runtime.services.catalog,
        options=options,
        live=live,
        resumes=inspection.resumes,
        undecided=inspection.undecided,
        settled=tuple(inspection.notes),
        concurrent=inspection.concurrent,
        ran=inspection.ran,
        kept=notes,
        unread=tuple(unread_notes(reads)),
        tags=tags,
        fingerprint=fingerprint,
        unseal=runtime.services.sealing.unseal,
        former=runtime.services.sealing.former_fingerprints,
        asset_bucket=runtime.asset_bucket,
    )


def _known(record: Record, live: object, filled: float | None, runtime: Runtime) -> Record:
    """A record with what was read, after which it counts as filled."""
    read = as_read(record, live, runtime)
    return read if filled is None or read is record else replace(read, filled_at=filled)


def _never_read(record: Record, catalog: Catalog) -> bool:
    """Whether the read after its last write failed, so that no attribute of it is known."""
    return not record.observed and record.type in catalog and "read" in catalog.get(record.type).handlers
