"""Drift detection: reads everything that a state holds and compares it. Writes nothing, needs no program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.app.concurrent_read import read_concurrently
from cloudwright.app.disabled_pipelines import PIPELINE, explained
from cloudwright.app.type_registry import kept_notes, learn_recorded
from cloudwright.control.error_classes import is_missing
from cloudwright.errors import CloudwrightError, ServiceError, StateError
from cloudwright.plan.drift import Condition, DriftReport, ResourceDrift, drift_of, not_compared
from cloudwright.schema.suggest import did_you_mean
from cloudwright.services.port import RatedPort
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.app.concurrent_read import StateReading
    from cloudwright.app.runtime import Runtime
    from cloudwright.state.records import Record

_READS = 32
"""Maximum of concurrent reads; the limiter decides their rate."""


async def find_drift(runtime: Runtime, keys: Iterable[str] = ()) -> DriftReport:
    """Read the live documents of a state and report what is not as declared.

    Args:
        runtime: The app's runtime.
        keys: Compare only these; all by default.

    Raises:
        StateError: The state holds no such key.
        CloudwrightError: AWS can't be reached.
    """
    services = runtime.services
    reading = await read_concurrently(services.store)
    snapshot = reading.snapshot
    chosen = _chosen(reading, tuple(keys))
    wanted = sum(not keys or record.key in keys for record in snapshot.records)
    kept = await learn_recorded(services, chosen)
    notes = kept_notes(chosen, kept)
    chosen = [record for record in chosen if record.type not in kept]
    for target in dict.fromkeys(record.target for record in chosen):
        await services.control.verify(target)
    bound = asyncio.Semaphore(_READS)

    async def bounded(record: Record) -> ResourceDrift:
        async with bound:
            return await _check(runtime, record)

    before = services.control.calls
    found = await asyncio.gather(*map(bounded, chosen))
    return DriftReport(
        app=snapshot.app,
        stage=snapshot.stage,
        serial=snapshot.serial,
        resources=tuple(sorted(found, key=lambda resource: resource.key)),
        notes=(*_notes(reading), *notes),
        calls=services.control.calls - before,
        left_out=wanted - len(found),
    )


def _chosen(reading: StateReading, keys: tuple[str, ...]) -> list[Record]:
    snapshot = reading.snapshot
    known = {record.key for record in snapshot.records}
    for key in keys:
        if key not in known:
            near = did_you_mean(key, known)
            raise StateError(
                f"the state of {snapshot.app}/{snapshot.stage} has no {key!r}"
                + (f"; did you mean {near!r}?" if near else ""),
                hint="`cloudwright state list FILE` shows all keys",
            )
    ours = [record for record in snapshot.records if record.current and record.status is RecordStatus.LIVE]
    busy = {entry.key for entry in snapshot.journal if reading.lease is not None}
    return [record for record in ours if record.key not in busy and (not keys or record.key in keys)]


def _notes(reading: StateReading) -> Iterator[str]:
    snapshot = reading.snapshot
    for number, note in enumerate(reading.notes):
        yield f"{note}; this is what is there now" if number == 0 else f"{note}; it was not compared"
    for record in snapshot.records:
        if record.status is not RecordStatus.LIVE:
            yield f"{record.key} ({record.identifier}) is {record.status} and was not compared: {record.note}"
        elif not record.current:
            yield f"{record.key}: its old generation {record.identifier} waits for its delete and was not compared"
    for entry in snapshot.journal if reading.lease is None else ():
        yield f"{entry.key}: the end of an interrupted {entry.operation.lower()} is not known; `plan` looks for it"


async def _check(runtime: Runtime, record: Record) -> ResourceDrift:
    services = runtime.services
    kind = services.catalog.get(record.type)
    if "read" not in kind.handlers:
        return not_compared(record, Condition.UNREADABLE, f"{kind.name} has no read handler")
    try:
        found = await services.control.get(record.target, record.type, record.identifier)
    except ServiceError as error:
        if is_missing(error):
            return not_compared(record, Condition.MISSING, "deleted outside cloudwright")
        return not_compared(record, Condition.UNREADABLE, error.message, denied=error.name == "AccessDenied")
    try:
        drift = drift_of(record, kind, kind.override, found.properties, services.sealing.fingerprint)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _misshapen(record, error) from error
    if kind.name != PIPELINE:
        return drift
    return await explained(RatedPort(services.control), record, drift, found.properties)


def _misshapen(record: Record, error: Exception) -> CloudwrightError:
    return StateError(
        f"the record of {record.key} does not fit its type {record.type}: {type(error).__name__}: {error}",
        hint="was the state edited by hand? a deploy with --refresh rewrites it",
    )
