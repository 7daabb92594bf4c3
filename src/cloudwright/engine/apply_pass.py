"""The apply pass: the program runs a second time, and what it declares is brought in place.

Edges and targets come from the plan; values from what the deploy made so far. Whatever the plan did not announce
is refused for that resource before anything is sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.engine.deletes import RecordDeparture, approved
from cloudwright.engine.deviation import check_decision, check_declaration, check_values, undeclared, unplanned
from cloudwright.engine.drafts import Work, refreshed
from cloudwright.engine.executor import GOOD, Executor, WorkItem, ended_well, failure
from cloudwright.engine.failures import OperationFailed, StillRunning, not_updatable, short_of_room
from cloudwright.engine.lifecycle import Lifecycle, StepResult
from cloudwright.engine.outcome import Outcome, Status, StepFinished, StepStarted
from cloudwright.errors import ApplyFailed, CloudwrightError, PlanDeviation
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.attribute_values import final_value
from cloudwright.plan.decision import Decision
from cloudwright.plan.dependency_order import deletion_needs
from cloudwright.plan.generations import choose
from cloudwright.plan.model import Action, Order
from cloudwright.plan.physical_names import name_maker
from cloudwright.plan.removals import in_the_way, makes_room
from cloudwright.plan.replacement_order import order_of
from cloudwright.plan.resolved import ABSENT
from cloudwright.plan.validation import refuse
from cloudwright.program.document import Unknown, resolve
from cloudwright.program.reference import TEMPLATE_REF, PlanningEnds, Ref
from cloudwright.state.model import DropRecord, PutRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.planner import Planner
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.state.model import Record


class ResourceFailed(ApplyFailed):
    """An awaited resource could not be brought in place."""


@dataclass(slots=True)
class ApplyDriver:
    """The driver of an apply pass.

    Attributes:
        plan: What was approved.
        context: What planning read; its records are followed as they change.
        planned: The declarations of the plan pass.
        read: Reads the outputs of other apps.
        records: The state's records as they are now.
        finished: What is in place, by key.
        deviations: All deviations; `loose` are those that no step's outcome tells of.
        seen: The declarations of this pass.
        going: Records that leave before the end, since they are in the way.
        room: The nodes that come before anything is created.
    """

    run: DeployRun
    plan: Plan
    context: PlanContext
    planned: Mapping[str, Declaration]
    planner: Planner
    executor: Executor
    read: Callable[[str, str, str | None], Awaitable[Mapping[str, object]]]
    records: dict[tuple[str, int], Record] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    finished: dict[str, tuple[ResolvedResource, Record]] = field(default_factory=dict)
    deviations: list[PlanDeviation] = field(default_factory=list)
    loose: list[PlanDeviation] = field(default_factory=list)
    seen: dict[str, Declaration] = field(default_factory=dict)
    going: set[tuple[str, int]] = field(default_factory=set)
    room: frozenset[str] = frozenset()
    lifecycle: Lifecycle = field(init=False)

    def __post_init__(self) -> None:
        """Index the plan."""
        self.lifecycle = Lifecycle(self.run)
        self.planner.make_name = name_maker(self.plan.app, self.plan.stage)
        self.records = {record.id: record for record in self.context.snapshot.records}
        self.steps = {s.key: s for s in self.plan.steps if s.key in self.planned and not s.superseded}

    # -- the driver of the program's pass

    def declared(self, declaration: Declaration) -> None:
        """Take a declaration: it starts as soon as what it depends on is in place."""
        self.seen[declaration.key] = declaration
        step, planned = self.steps.get(declaration.key), self.planned.get(declaration.key)
        if declaration.existing is not None and planned is not None:
            return
        if step is None or planned is None:
            if self.plan.partial is not None:
                raise PlanningEnds(Ref(declaration.key))
            raise self._noted(unplanned(declaration))
        try:
            check_declaration(planned, declaration)
        except PlanDeviation as deviation:
            raise self._noted(deviation) from None
        self._add(step, declaration)

    async def ensure(self, key: str) -> None:
        """Wait until the resource is in place."""
        if key in self.planner.existing:
            return
        outcome = await self.executor.wait(key)
        if outcome.status not in GOOD:
            raise ResourceFailed(f"{key}: {outcome.message or outcome.status}") from outcome.error

    def value(self, ref: Ref) -> Any:
        """The value of an attribute of something that is in place."""
        if ref.path == TEMPLATE_REF:
            return resolve(self.planner.attributes(ref), self.value)
        if ref.key in self.planner.existing:
            return self.planner.value(ref)
        if ref.key not in self.finished:
            # Left for another day by `--target` or `--exclude`; nothing that is brought in place refers to it.
            return Unknown(ref)
        subject, record = self.finished[ref.key]
        return final_value(ref, subject, record)

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        """The outputs of another app."""
        return await self.read(app, stage, state)

    def _noted(self, deviation: PlanDeviation) -> PlanDeviation:
        self.deviations.append(deviation)
        self.loose.append(deviation)
        return deviation

    # -- nodes

    def _add(self, step: Step, declaration: Declaration) -> None:
        needs = {key for key in step.depends_on if key not in self.planner.existing}
        needs |= self.room
        if step.action is Action.REPLACE and step.order is Order.DELETE_FIRST:
            self._add_teardown(step, declaration)
            needs.add(f"{step.key}{TEARDOWN}")
        self.executor.add(
            WorkItem(
                id=step.key,
                needs=frozenset(needs),
                run=lambda: self._timed(step, lambda: self._bring(step, declaration)),
                template=_template(step),
            )
        )

    def _add_teardown(self, step: Step, declaration: Declaration) -> None:
        """The old one goes before the new one is made, and after whatever refers to it."""
        torn = {
            other.key
            for other in self.steps.values()
            if other.order is Order.DELETE_FIRST and step.key in self.planned[other.key].referenced
        }
        record = self._record_of(step)
        if record is None:
            raise PlanDeviation(f"{step.key}: the state holds no record of what shall be replaced")
        needs = {f"{key}{TEARDOWN}" for key in torn} | self.room | self._add_leaving(record)
        timeout = declaration.options.timeout

        async def tear_down() -> Outcome:
            await self.run.services.control.verify(record.target)
            await self.lifecycle.delete(record, timeout=timeout)
            self.records.pop(record.id, None)
            return replace(_template(step), action=Action.DELETE, status=Status.DONE, generation=record.generation)

        self.executor.add(
            WorkItem(
                id=f"{step.key}{TEARDOWN}",
                needs=frozenset(needs),
                run=tear_down,
                template=replace(_template(step), action=Action.DELETE),
            )
        )

    def make_room(self) -> None:
        """Add the deletes that come before anything is created, and before these those of what refers to them."""
        first = [self.records[one] for one in self._approved_deletes() if makes_room(self.records[one], self.context)]
        blocking = {other.id: other for record in first for other in self._blocking(record)}
        self._add_deletes({**blocking, **{record.id: record for record in first}}.values())
        self.room = frozenset(_going(record.id) for record in first)

    def _approved_deletes(self) -> dict[tuple[str, int], Step]:
        going = {(step.key, step.generation): step for step in self.plan.steps if step.action is Action.DELETE}
        return {one: step for one, step in going.items() if one in self.records}

    def _blocking(self, torn: Record) -> list[Record]:
        """What the plan deletes anyway and must go before something that it refers to."""
        return in_the_way(torn, [self.records[one] for one in self._approved_deletes() if one != torn.id])

    def _add_leaving(self, torn: Record) -> set[str]:
        """What the plan deletes anyway goes before something that it refers to is torn down; gives the nodes."""
        blocking = self._blocking(torn)
        self._add_deletes(blocking)
        return {_going(record.id) for record in blocking}

    def _add_deletes(self, records: Iterable[Record]) -> None:
        chosen, steps = list(records), self._approved_deletes()
        needs = deletion_needs(chosen)
        for record in chosen:
            if record.id not in self.going:
                self.going.add(record.id)
                waits = frozenset(_going(other) for other in needs[record.id])
                self.executor.add(self._leaving(steps[record.id], record, waits))

    def _leaving(self, step: Step, record: Record, needs: frozenset[str]) -> WorkItem:
        async def go() -> Outcome:
            leaving = {each.record.id for each in approved(self.plan, self.records)}
            staying = [other for one, other in self.records.items() if one not in leaving]
            outcome = await RecordDeparture(self.run, self.context, self.lifecycle).end(
                record, _template(step), staying
            )
            self.records.pop(record.id, None)
            return outcome

        return WorkItem(id=_going(record.id), needs=needs, run=lambda: self._timed(step, go), template=_template(step))

    def _record_of(self, step: Step) -> Record | None:
        records = self.context.records(step.key)
        return next((self.records.get(r.id, r) for r in records if r.identifier == step.identifier), None)

    async def _timed(self, step: Step, bring: Callable[[], Awaitable[Outcome]]) -> Outcome:
        loop = asyncio.get_running_loop()
        started = loop.time()
        working = step.action not in {Action.NONE, Action.MOVE}
        if working:
            expected = self.run.services.tracker.durations.expect(step.type, _OPERATION.get(step.action, "CREATE"))
            self.run.observe(
                StepStarted(key=step.key, type=step.type, action=step.action, at=started, expected=expected)
            )
        try:
            outcome = await bring()
        except StillRunning as error:
            outcome = replace(failure(_template(step), error), status=Status.RUNNING)
        except Exception as error:  # noqa: BLE001 - every failure of a step is its outcome
            if isinstance(error, PlanDeviation):
                self.deviations.append(error)
            outcome = failure(_template(step), error)
        outcome = replace(outcome, seconds=loop.time() - started)
        if working:
            self.run.observe(StepFinished(outcome=outcome, at=loop.time()))
        return outcome

    # -- one step

    async def _bring(self, step: Step, declaration: Declaration) -> Outcome:
        work = self._work(step, declaration)
        try:
            done = await self._act(work)
        except OperationFailed as failed:
            raise short_of_room(failed, step, [self.records[one] for one in self._approved_deletes()]) from None
        if done.record is not None:
            self.finished[step.key] = (work.subject, done.record)
            self.records[done.record.id] = done.record
        if step.type.startswith("AWS::IAM::") and work.decision.action is not Action.NONE:
            self.run.iam_changed = True
        quiet = work.decision.action is Action.NONE and step.action is not Action.MOVE
        return replace(
            _template(step),
            status=Status.UNCHANGED if quiet else Status.DONE,
            identifier=done.record.identifier if done.record else None,
            generation=done.record.generation if done.record else step.generation,
            request_token=done.request_token,
            notes=done.notes,
        )

    def _work(self, step: Step, declaration: Declaration) -> Work:
        known = len(self.planner.problems)
        subject = self.planner.subject(declaration, step.target, lookup=self.value)
        if self.planner.problems[known:]:
            raise refuse(self.planner.problems[known:])
        check_values(step, subject, lambda ref: self.planner.value(ref) != self.value(ref))
        if step.action is Action.RESUME or step.key not in self.planner.planned:
            return Work(step=step, subject=subject, decision=Decision(action=step.action))
        if step.action is Action.NONE and self.planner.planned[step.key].step.action is not Action.NONE:
            return self._left_alone(step, subject)
        decision, record = choose(
            subject, self.context.records(step.key), self.context, self.planner.found.get(step.key)
        )
        order = order_of(subject, self.context)[0] if decision.action is Action.REPLACE else None
        check_decision(step, subject, decision, order, self.context.options.allow_replace)
        if order is not None and step.action is Action.UPDATE:
            step = self._turned(step, order)
        return Work(step=step, subject=subject, decision=decision, record=record)

    def _turned(self, step: Step, order: Order) -> Step:
        """An update that turned out as a replacement, as was consented: the new one gets a generation of its own."""
        newest = max(record.generation for record in self.context.records(step.key))
        return replace(step, action=Action.REPLACE, order=order, generation=newest + 1)

    def _left_alone(self, step: Step, subject: ResolvedResource) -> Work:
        """A step that `--target` or `--exclude` turned into nothing."""
        record = self.planner.planned[step.key].record
        return Work(step=step, subject=subject, decision=Decision(action=Action.NONE), record=record)

    async def _act(self, work: Work) -> StepResult:
        action, record = work.decision.action, work.record
        if action is Action.NONE:
            # Without a record it is one that `--target` or `--exclude` leaves for another day.
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
            return await self.lifecycle.adopt(work, self.planner.found[work.step.key])
        raise CloudwrightError(f"{work.step.key}: nothing is left here to {action}; deploy again")

    async def _update(self, work: Work, record: Record) -> StepResult:
        """An update, or the replacement that was consented to if the service can't make it in place (CC57)."""
        try:
            return await self.lifecycle.update(work, record)
        except OperationFailed as failed:
            if not (work.step.may_replace and not_updatable(failed)):
                raise
        order, _ = order_of(work.subject, self.context)
        return await self._replace(replace(work, step=self._turned(work.step, order)), record)

    async def _forget_vanished(self, key: str) -> None:
        """Records of what a read found gone, as the plan said; the new one takes their place."""
        gone = [record for record in self.context.records(key) if self.context.live.get(record.id) is ABSENT]
        await self.run.commit_all([DropRecord(record.key, record.generation) for record in gone])
        for record in gone:
            self.records.pop(record.id, None)

    async def _replace(self, work: Work, record: Record) -> StepResult:
        if work.step.order is Order.CREATE_FIRST:
            return await self.lifecycle.create(work, superseded=record)
        if record.id in self.records:
            # Only what the plan knew would be replaced has a teardown before it.
            await self.lifecycle.delete(record, timeout=work.subject.declaration.options.timeout)
            self.records.pop(record.id, None)
        return await self.lifecycle.create(work)

    async def _rekeyed(self, work: Work, record: Record) -> Record:
        """A record that serves another key from now on moves before anything is sent, so that it never exists twice."""
        if record.key == work.step.key:
            return record
        moved = replace(record, key=work.step.key)
        await self.run.commit_all([*drop_if_moved(record, moved), PutRecord(moved)])
        self.records.pop(record.id, None)
        self.records[moved.id] = moved
        return moved

    async def _unchanged(self, work: Work, record: Record) -> StepResult:
        """Nothing is sent; edges, options, a new key or a current generation still reach the record."""
        record = self.records.get(record.id, record)
        wanted = refreshed(work, record, live=self.context.live.get(record.id))
        if wanted != record:
            changes = [PutRecord(wanted)]
            await self.run.commit_all([*drop_if_moved(record, wanted), *changes])
        return StepResult(record=wanted)

    # -- the end

    def check_complete(self) -> None:
        """Whether the second run declared everything that the plan holds."""
        if self.plan.partial is None:
            for key in self.planned:
                if key not in self.seen:
                    self._noted(undeclared(key))

    def clean(self) -> bool:
        """Whether everything declared is in place, so that what is left over may go."""
        return not self.deviations and ended_well(self.executor.outcomes)


def _going(one: tuple[str, int]) -> str:
    return f"{one[0]}#leaving/{one[1]}"


TEARDOWN = "#teardown"
_OPERATION = {Action.CREATE: "CREATE", Action.REPLACE: "CREATE", Action.UPDATE: "UPDATE", Action.DELETE: "DELETE"}


def drop_if_moved(old: Record, new: Record) -> list[Any]:
    """The end of a record's former place, if its key or generation changed."""
    return [DropRecord(old.key, old.generation)] if old.id != new.id else []


def _template(step: Step) -> Outcome:
    return Outcome(
        key=step.key,
        type=step.type,
        action=step.action,
        status=Status.SKIPPED,
        generation=step.generation,
        identifier=step.identifier,
        source=step.source,
    )
