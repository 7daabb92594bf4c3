"""Carries out one step of a declared resource: decides it once more with all values known, then applies it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.engine.decision_reuse import decision_holds
from cloudwright.engine.deviation import check_decision, check_values, protected
from cloudwright.engine.drafts import ResolvedStep, refreshed
from cloudwright.engine.failures import OperationFailed, not_updatable
from cloudwright.engine.filled_attributes import FilledAttributes
from cloudwright.engine.lifecycle import StepResult
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.engine.step_reports import template
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.consent import is_protected
from cloudwright.plan.decision import Decision
from cloudwright.plan.generations import choose
from cloudwright.plan.model import Action, Order
from cloudwright.plan.replacement_order import order_of
from cloudwright.plan.resolved import ABSENT
from cloudwright.plan.validation import refuse
from cloudwright.state.changes import DropRecord, PutRecord

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from cloudwright.engine.lifecycle import Lifecycle
    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Step
    from cloudwright.plan.planner import Planned, Planner
    from cloudwright.plan.resolution import Resolver
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.reference import Ref
    from cloudwright.state.records import Record


@dataclass(slots=True, kw_only=True)
class StepRunner:
    """Carries out the steps of declared resources.

    Attributes:
        planner: The decisions of the plan pass; read-only.
        resolver: Resolves declarations with what is deployed so far.
        value: Returns the value of an attribute of a deployed resource.
        records: The current records; shared with the apply pass.
        finished: What is deployed, by key.
    """

    run: DeployRun
    context: PlanContext
    planner: Planner
    resolver: Resolver
    value: Callable[[Ref], Any]
    lifecycle: Lifecycle
    records: MutableMapping[tuple[str, int], Record]
    finished: dict[str, tuple[ResolvedResource, Record]] = field(default_factory=dict)
    filled: FilledAttributes = field(init=False)

    def __post_init__(self) -> None:
        """Share what is deployed with those who read it again."""
        self.filled = FilledAttributes(self.run, self.finished, self.records)

    async def carry_out(self, step: Step, declaration: Declaration) -> Outcome:
        """Make one resource match its declaration.

        Raises:
            PlanDeviation: The plan does not allow the step that is needed now; nothing was sent.
            OperationFailed: It failed at AWS.
        """
        work = self._work(step, declaration)
        done = await self._act(work)
        if done.record is not None:
            self.finished[step.key] = (work.subject, done.record)
            self.records[done.record.id] = done.record
            await self.filled.update(step, declaration, done.record)
        if step.type.startswith("AWS::IAM::") and work.decision.action is not Action.NONE:
            self.run.iam_changed = True
        quiet = work.decision.action is Action.NONE and step.action is not Action.MOVE
        return replace(
            template(step),
            status=Status.UNCHANGED if quiet else Status.DONE,
            identifier=done.record.identifier if done.record else None,
            generation=done.record.generation if done.record else step.generation,
            request_token=done.request_token,
            notes=done.notes,
        )

    # -- deciding

    def _work(self, step: Step, declaration: Declaration) -> ResolvedStep:
        planned = self.planner.planned.get(step.key)
        if planned is not None and self._reuses_decision(planned, step, declaration):
            return ResolvedStep(step=step, subject=planned.subject, decision=planned.decision, record=planned.record)
        subject = self._resolved(step, declaration)
        check_values(step, subject, lambda ref: self.planner.value(ref) != self.value(ref))
        if step.action is Action.RESUME or planned is None:
            return ResolvedStep(step=step, subject=subject, decision=Decision(action=step.action))
        if step.action is Action.NONE and planned.step.action is not Action.NONE:
            # `--target` or `--exclude` removed the step.
            return ResolvedStep(
                step=step, subject=subject, decision=Decision(action=Action.NONE), record=planned.record
            )
        return self._decided(step, subject)

    def _reuses_decision(self, planned: Planned, step: Step, declaration: Declaration) -> bool:
        records = self.context.records(step.key)
        return decision_holds(planned, step, declaration, records, (self.planner.value, self.value))

    def _resolved(self, step: Step, declaration: Declaration) -> ResolvedResource:
        recreated = self.planner.recreated(step.key)
        found = self.resolver.resolve(declaration, step.target, recreated=recreated)
        if found.problems:
            raise refuse(found.problems)
        return found.subject

    def _decided(self, step: Step, subject: ResolvedResource) -> ResolvedStep:
        """The step, decided again.

        Values that the plan did not know may turn an update into nothing or a replacement.
        """
        found = self.planner.found.get(step.key)
        decision, record = choose(subject, self.context.records(step.key), self.context, found)
        if self._torn_down(step, record):
            # The values turned out as they were, but the old one had to be deleted before they were known.
            decision = replace(decision, action=Action.REPLACE)
        order = order_of(subject, self.context)[0] if decision.action is Action.REPLACE else None
        check_decision(step, subject, decision, order, self.context.options.allow_replace)
        if order is not None and step.action is Action.UPDATE:
            if is_protected(subject.declaration, self.context):
                raise protected(step, subject, decision)
            step = self._as_replacement(step, order)
        return ResolvedStep(step=step, subject=subject, decision=decision, record=record)

    def _torn_down(self, step: Step, record: Record | None) -> bool:
        """Whether the old half of a delete-first replacement is deleted already, so that a new one must be created."""
        return step.order is Order.DELETE_FIRST and record is not None and record.id not in self.records

    def _as_replacement(self, step: Step, order: Order) -> Step:
        """An update that turned out to be a replacement, with consent: the new resource gets the next generation."""
        newest = max(record.generation for record in self.context.records(step.key))
        return replace(step, action=Action.REPLACE, order=order, generation=newest + 1)

    # -- applying

    async def _act(self, work: ResolvedStep) -> StepResult:
        action, record = work.decision.action, work.record
        if action is Action.NONE:
            # Without a record it is excluded by `--target` or `--exclude`.
            return await self._unchanged(work, record) if record is not None else StepResult(record=None)
        await self.run.services.control.verify(work.step.target)
        if record is not None and record.id in self.records:
            record = await self._rekeyed(work, record)
        if action is Action.UPDATE and record is not None:
            return await self._update(work, record)
        if action is Action.CREATE:
            await self._forget_vanished(work.step.key)
            return await self.lifecycle.create(work)
        if action is Action.REPLACE and record is not None:
            return await self._replace(work, record)
        if action is Action.IMPORT:
            return await self._adopt(work)
        raise CloudwrightError(f"{work.step.key}: there is nothing left to {action}; deploy again")

    async def _adopt(self, work: ResolvedStep) -> StepResult:
        found, claim = self.planner.found[work.step.key], dict(self.context.options.claims).get(work.step.key)
        if claim is None:
            return await self.lifecycle.adopt(work, found)
        return await self.lifecycle.take_over(work, found, claim)

    async def _update(self, work: ResolvedStep, record: Record) -> StepResult:
        """An update, or the replacement with consent if the service can't update in place (CC57)."""
        try:
            return await self.lifecycle.update(work, record)
        except OperationFailed as failed:
            kept = is_protected(work.subject.declaration, self.context)
            if kept or not (work.step.may_replace and not_updatable(failed)):
                raise
        order, _ = order_of(work.subject, self.context)
        return await self._replace(replace(work, step=self._as_replacement(work.step, order)), record)

    async def _forget_vanished(self, key: str) -> None:
        """Drop the records of resources that a read found deleted, as planned; the new record replaces them."""
        gone = [record for record in self.context.records(key) if self.context.live.get(record.id) is ABSENT]
        await self.run.commit_all([DropRecord(record.key, record.generation) for record in gone])
        for record in gone:
            self.records.pop(record.id, None)

    async def _replace(self, work: ResolvedStep, record: Record) -> StepResult:
        if work.step.order is Order.CREATE_FIRST:
            return await self.lifecycle.create(work, superseded=record)
        if record.id in self.records:
            # Only a replacement that the plan knew has a teardown before it.
            await self.lifecycle.delete(record, timeout=work.subject.declaration.options.timeout)
            self.records.pop(record.id, None)
        return await self.lifecycle.create(work)

    async def _rekeyed(self, work: ResolvedStep, record: Record) -> Record:
        """Move a record to its new key before anything is sent, so that it never exists under both."""
        if record.key == work.step.key:
            return record
        moved = replace(record, key=work.step.key)
        await self.run.commit_all([*drop_if_moved(record, moved), PutRecord(moved)])
        self.records.pop(record.id, None)
        self.records[moved.id] = moved
        return moved

    async def _unchanged(self, work: ResolvedStep, record: Record) -> StepResult:
        """Nothing is sent; edges, options, a new key and the current generation are still recorded."""
        record = self.records.get(record.id, record)
        wanted = refreshed(work, record, live=self.context.live.get(record.id))
        if wanted != record:
            changes = [PutRecord(wanted)]
            await self.run.commit_all([*drop_if_moved(record, wanted), *changes])
        return StepResult(record=wanted)


def drop_if_moved(old: Record, new: Record) -> list[Any]:
    """The change that drops a record under its former key or generation; empty if neither changed."""
    return [DropRecord(old.key, old.generation)] if old.id != new.id else []
