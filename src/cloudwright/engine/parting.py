"""The end of one record that leaves: its resource is deleted, or only the record goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudwright.control.verdict import Look
from cloudwright.engine.outcome import Status
from cloudwright.plan.removals import Staying
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.engine.lifecycle import Lifecycle
    from cloudwright.engine.outcome import Outcome
    from cloudwright.engine.run import Run
    from cloudwright.plan.context import PlanContext
    from cloudwright.state.model import Record


@dataclass(frozen=True, slots=True)
class Parting:
    """Ends records, but never deletes what a staying record may also stand for."""

    run: Run
    context: PlanContext
    lifecycle: Lifecycle

    async def end(self, record: Record, template: Outcome, staying: Iterable[Record]) -> Outcome:
        """Delete the resource, or forget the record where the step says so or a staying one is the same resource.

        Args:
            record: What leaves.
            template: What the outcome says besides its status.
            staying: What remains after the run.

        Raises:
            OperationFailed: The delete failed.
        """
        twin = await self._twin(record, Staying(tuple(staying), {}))
        if template.action is Action.FORGET or twin:
            await self.lifecycle.forget(record)
            note = (f"only the record went: {twin} is the same physical resource",) if twin else ()
            return replace(template, action=Action.FORGET, status=Status.DONE, notes=note)
        await self.run.services.control.verify(record.target)
        done = await self.lifecycle.delete(record)
        return replace(template, status=Status.DONE, request_token=done.request_token, notes=done.notes)

    async def _twin(self, record: Record, staying: Staying) -> str:
        """The key of a staying record that is, or may be, the same physical resource; empty if there is none."""
        alike = staying.look_alike(record)
        if alike is not None and not await self._distinct(record, alike):
            return alike.key
        return staying.twin(record, self.context)

    async def _distinct(self, one: Record, other: Record) -> bool:
        """Whether AWS shows two resources, or not both, where identifiers differ in case or punctuation alone."""
        if one.identifier == other.identifier:
            return False
        control, kind = self.run.services.control, self.run.services.catalog.get(one.type)
        await control.verify(one.target)
        shown = [await control.look(each.target, each.type, each.identifier) for each in (one, other)]
        if any(look is Look.UNREADABLE for look, _ in shown):
            return False
        return len({kind.identifier_of(found.properties) if found else None for _, found in shown}) > 1
