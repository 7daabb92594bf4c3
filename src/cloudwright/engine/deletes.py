"""The end of a run: what is left over goes, in reverse dependency order, in parallel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.control.verdict import Lookup
from cloudwright.engine.executor import Executor, WorkItem, failure
from cloudwright.engine.failures import StillRunning
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.outcome import Outcome, Status, StepFinished, StepStarted
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.dependency_order import deletion_needs
from cloudwright.plan.model import Action, Order
from cloudwright.plan.removals import Staying, names, uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.state.model import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One record that goes, and the step that approved it."""

    step: Step
    record: Record


def approved(plan: Plan, records: Mapping[tuple[str, int], Record]) -> list[Leaving]:
    """The records that the plan lets go: orphans, superseded generations, and the old halves of replacements.

    Args:
        plan: What was approved.
        records: The state as it is now.
    """
    leaving = []
    for step in plan.steps:
        if step.action in {Action.DELETE, Action.FORGET}:
            record = records.get((step.key, step.generation))
            if record is not None and record.identifier == step.identifier:
                leaving.append(Leaving(step=step, record=record))
        elif step.may_replace or (step.action is Action.REPLACE and step.order is Order.CREATE_FIRST):
            leaving += [Leaving(step=step, record=record) for record in _replaced(step, records)]
    return leaving


def _replaced(step: Step, records: Mapping[tuple[str, int], Record]) -> list[Record]:
    newest = max((r.generation for r in records.values() if r.key == step.key), default=0)
    return [
        r for r in records.values() if r.key == step.key and r.generation < newest and r.identifier == step.identifier
    ]


def still_named(record: Record, others: Iterable[Record]) -> str:
    """The key of a record whose properties still name this one's identifier; empty if none does."""
    for other in others:
        if other.key != record.key and names(uses(other.declared, other, other.ignored), record.identifier):
            return other.key
    return ""


class Deletions:
    """Deletes and forgets what a plan lets go."""

    def __init__(self, run: DeployRun, context: PlanContext, executor: Executor) -> None:
        """Prepare.

        Args:
            run: Holds the lease.
            context: For identities.
            executor: Runs the deletes; no other nodes may be added to it afterwards.
        """
        self._run, self._executor = run, executor
        self._parting = RecordDeparture(run, context, Lifecycle(run))

    async def delete_leftovers(self, plan: Plan, records: Mapping[tuple[str, int], Record]) -> tuple[Outcome, ...]:
        """Delete everything that the plan lets go.

        Args:
            plan: What was approved.
            records: The state as it is now.

        Returns:
            One outcome for each record.
        """
        leaving = approved(plan, records)
        going = {each.record.id for each in leaving}
        staying = [record for one, record in records.items() if one not in going]
        leaving = [each for each in leaving if not self._kept(each, staying)]
        needs = deletion_needs(each.record for each in leaving)
        for each in leaving:
            self._executor.add(self._node(each, frozenset(map(_name, needs[each.record.id])), staying))
        return await self._executor.drain()

    def _kept(self, each: Leaving, staying: list[Record]) -> bool:
        """An old half that something still names stays, superseded."""
        return each.step.action in {Action.REPLACE, Action.UPDATE} and bool(still_named(each.record, staying))

    def _node(self, each: Leaving, needs: frozenset[str], staying: list[Record]) -> WorkItem:
        action = Action.FORGET if each.step.action is Action.FORGET else Action.DELETE
        template = Outcome(
            key=each.record.key,
            type=each.record.type,
            action=action,
            status=Status.SKIPPED,
            generation=each.record.generation,
            identifier=each.record.identifier,
            source=each.step.source,
        )
        return WorkItem(
            id=_name(each.record.id), needs=needs, run=lambda: self._go(each, template, staying), template=template
        )

    async def _go(self, each: Leaving, template: Outcome, staying: list[Record]) -> Outcome:
        loop = asyncio.get_running_loop()
        started, observe = loop.time(), self._run.observe
        observe(
            StepStarted(
                key=template.key,
                type=template.type,
                action=template.action,
                at=started,
                expected=self._run.services.tracker.durations.expect(template.type, "DELETE"),
            )
        )
        try:
            outcome = replace(await self._parting.end(each.record, template, staying), seconds=loop.time() - started)
        except StillRunning as error:
            outcome = replace(failure(template, error), status=Status.RUNNING)
        except Exception as error:  # noqa: BLE001 - every failure of a step is its outcome
            outcome = failure(template, error)
        observe(StepFinished(outcome=outcome, at=loop.time()))
        return outcome


def _name(one: tuple[str, int]) -> str:
    return f"{one[0]}#delete/{one[1]}"


@dataclass(frozen=True, slots=True)
class RecordDeparture:
    """Ends records, but never deletes what a staying record may also stand for."""

    run: DeployRun
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
        if any(look is Lookup.UNREADABLE for look, _ in shown):
            return False
        return len({kind.identifier_of(found.properties) if found else None for _, found in shown}) > 1
