"""The end of a run: what the program no longer declares is deleted, in reverse dependency order, in parallel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control.evidence import Lookup
from cloudwright.engine.executor import Executor, WorkItem
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.engine.step_reports import reported, template
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.dependency_order import deletion_needs
from cloudwright.plan.model import Action, Order
from cloudwright.plan.remaining import Remaining, uses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.twins import KeptRecords
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRemoval:
    """One record to be deleted or forgotten, and the step that approved it."""

    step: Step
    record: Record


def approved(plan: Plan, records: Mapping[tuple[str, int], Record]) -> list[PlannedRemoval]:
    """The records that the plan deletes or forgets: orphans, superseded generations, old halves of replacements.

    Args:
        plan: The approved plan.
        records: The current records.
    """
    removed = []
    generations: dict[str, list[Record]] = {}
    for record in records.values():
        generations.setdefault(record.key, []).append(record)
    for step in plan.steps:
        if step.action in {Action.DELETE, Action.FORGET}:
            found = records.get((step.key, step.generation))
            if found is not None and found.identifier == step.identifier:
                removed.append(PlannedRemoval(step=step, record=found))
        elif step.may_replace or (step.action is Action.REPLACE and step.order is Order.CREATE_FIRST):
            removed += [
                PlannedRemoval(step=step, record=record) for record in _replaced(step, generations.get(step.key, ()))
            ]
    return removed


def _replaced(step: Step, generations: Collection[Record]) -> list[Record]:
    newest = max((record.generation for record in generations), default=0)
    return [one for one in generations if one.generation < newest and one.identifier == step.identifier]


def remaining_of(records: Iterable[Record], context: PlanContext) -> Remaining:
    """What remains after a run, as deletes look into it.

    Args:
        records: The records that are kept.
        context: For identities.
    """
    kept = tuple(records)
    documents: dict[str, list[Any]] = {}
    for record in kept:
        documents.setdefault(record.key, []).extend(uses(record.declared, record, record.ignored))
    return Remaining(kept, documents, context)


class Deletions:
    """Deletes and forgets what a plan removes, once everything declared is deployed."""

    def __init__(self, run: DeployRun, context: PlanContext, executor: Executor) -> None:
        """Set up.

        Args:
            run: Holds the lease.
            context: For identities.
            executor: Runs the deletes; no other nodes may be added to it afterwards.
        """
        self._run, self._context, self._executor = run, context, executor
        self._departure = RecordRemoval(run, Lifecycle(run))

    async def delete_leftovers(self, plan: Plan, records: Mapping[tuple[str, int], Record]) -> tuple[Outcome, ...]:
        """Delete or forget everything that the plan removes.

        Args:
            plan: The approved plan.
            records: The current records.

        Returns:
            One outcome for each record.
        """
        removed = approved(plan, records)
        going = {each.record.id for each in removed}
        kept = (record for one, record in records.items() if one not in going)
        remaining = remaining_of(kept, self._context)
        removed = [each for each in removed if not self._kept(each, remaining)]
        needs = deletion_needs(each.record for each in removed)
        for each in removed:
            self._executor.add(self._node(each, frozenset(map(delete_node, needs[each.record.id])), remaining))
        return await self._executor.drain()

    def _kept(self, each: PlannedRemoval, remaining: Remaining) -> bool:
        """An old half that something still refers to is kept, superseded."""
        return each.step.action in {Action.REPLACE, Action.UPDATE} and bool(remaining.naming(each.record))

    def _node(self, each: PlannedRemoval, needs: frozenset[str], remaining: Remaining) -> WorkItem:
        action = Action.FORGET if each.step.action is Action.FORGET else Action.DELETE
        known = replace(
            template(each.step),
            action=action,
            type=each.record.type,
            generation=each.record.generation,
            identifier=each.record.identifier,
        )
        return WorkItem(
            id=delete_node(each.record.id),
            needs=needs,
            run=lambda: reported(self._run, known, lambda: self._departure.end(each.record, known, remaining)),
            template=known,
        )


def delete_node(record: tuple[str, int]) -> str:
    """The node that deletes a record, early or at the end of the run.

    Args:
        record: The record's key and generation.
    """
    key, generation = record
    return f"{key}#delete/{generation}"


@dataclass(frozen=True, slots=True)
class RecordRemoval:
    """Ends records, but never deletes a resource that a kept record may name, too."""

    run: DeployRun
    lifecycle: Lifecycle

    async def end(self, record: Record, known: Outcome, kept: KeptRecords) -> Outcome:
        """Delete the resource, or only forget the record if the step says so or a kept record is the same resource.

        Args:
            record: The record to end.
            known: The outcome without its status.
            kept: The records that are kept.

        Raises:
            OperationFailed: The delete failed.
        """
        twin = await self._twin(record, kept)
        if known.action is Action.FORGET or twin:
            await self.lifecycle.forget(record)
            note = (f"only the record was dropped: {twin} is the same physical resource",) if twin else ()
            return replace(known, action=Action.FORGET, status=Status.DONE, notes=note)
        await self.run.services.control.verify(record.target)
        done = await self.lifecycle.delete(record)
        return replace(known, status=Status.DONE, request_token=done.request_token, notes=done.notes)

    async def _twin(self, record: Record, kept: KeptRecords) -> str:
        """The key of a kept record that is, or may be, the same physical resource; empty if there is none."""
        alike = kept.look_alike(record)
        if alike is not None and not await self._distinct(record, alike):
            return alike.key
        return kept.twin(record)

    async def _distinct(self, one: Record, other: Record) -> bool:
        """Whether AWS returns two resources, not one, for identifiers that differ only in case or punctuation."""
        if one.identifier == other.identifier:
            return False
        control, kind = self.run.services.control, self.run.services.catalog.get(one.type)
        await control.verify(one.target)
        shown = [await control.lookup(each.target, each.type, each.identifier) for each in (one, other)]
        if any(one.lookup is Lookup.UNREADABLE for one in shown):
            return False
        return len({kind.identifier_of(one.found.properties) if one.found else None for one in shown}) > 1
