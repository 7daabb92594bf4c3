"""Reads attributes again after another resource has filled them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.record_refresh import as_read
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.filling import fillings, fills_after, is_outdated
from cloudwright.schema.pointer import get
from cloudwright.state.changes import PutRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.filling import Filling
    from cloudwright.plan.model import Step
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.state.records import Record

_PAUSES = (0.0, 1.0, 3.0)
"""Seconds before each read after a write that changes the attributes, since reads may lag behind it (CC54)."""

_ONCE = (0.0,)
"""The same if nothing was written now: after a killed run, or a change of something else."""


@dataclass(slots=True)
class FilledAttributes:
    """Keeps the attributes of deployed resources up to date.

    Attributes:
        finished: What is deployed, by key; shared with the steps.
        records: The current records; shared with the apply pass.
        locks: One for each owner, so that of two reads the later one is kept.
    """

    run: DeployRun
    finished: MutableMapping[str, tuple[ResolvedResource, Record]]
    records: MutableMapping[tuple[str, int], Record]
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def update(self, step: Step, declaration: Declaration, filler: Record) -> None:
        """Read again what a resource has filled of others."""
        for filling in fillings(declaration, self.run.services.catalog.override(declaration.type)):
            async with self.locks[filling.owner]:
                if filling.owner in self.finished and is_outdated(self.finished[filling.owner][1], filler):
                    await self._read(filling, filler, _PAUSES if fills_after(step, filling) else _ONCE)

    async def _read(self, filling: Filling, filler: Record, pauses: Iterable[float]) -> None:
        subject, record = self.finished[filling.owner]
        fresh = record
        for pause in pauses:
            await asyncio.sleep(pause)
            try:
                found = await self.run.services.control.get(record.target, record.type, record.identifier)
            except CloudwrightError:
                return  # It stays outdated, so the next plan reads it.
            fresh = as_read(record, found.properties, subject.kind, self.run.services.sealing)
            if _differ(fresh, record, filling.attributes):
                break
        fresh = replace(fresh, filled_at=filler.updated_at)
        await self.run.commit_all([PutRecord(fresh)])
        self.finished[filling.owner] = (subject, fresh)
        self.records[fresh.id] = fresh


def _differ(one: Record, other: Record, attributes: Iterable[str]) -> bool:
    return any(get(one.observed, (name,), None) != get(other.observed, (name,), None) for name in attributes)
