"""The apply pass: the program runs a second time, and what it declares is deployed.

Edges and targets come from the plan, values from what is deployed so far. A step that the plan did not show is refused
before anything is sent for its resource. Each declaration becomes a node of the executor's graph;
`steps` does a node's work, `early_deletes` adds the deletes that can't wait for the end of the run.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.engine.current_records import CurrentRecords
from cloudwright.engine.deviation import check_declaration, undeclared, unplanned, unplanned_lookup
from cloudwright.engine.early_deletes import EarlyDeletes
from cloudwright.engine.executor import GOOD, Executor, WorkItem, ended_well
from cloudwright.engine.failures import OperationFailed, with_delete_first_hint
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.outcome import Outcome
from cloudwright.engine.step_reports import reported, template
from cloudwright.engine.steps import StepRunner
from cloudwright.errors import PlanDeviation, ResourceFailed
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.attribute_values import final_value
from cloudwright.plan.model import Action, Order
from cloudwright.plan.physical_names import name_maker
from cloudwright.plan.resolution import Resolver
from cloudwright.program.document import Unknown, resolve
from cloudwright.program.reference import TEMPLATE_REF, PlanningEnds, Ref

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.engine.actions import ActionRunner
    from cloudwright.engine.outcome import Outcome
    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.planner import Planner
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion


@dataclass(slots=True)
class ApplyDriver:
    """The driver of an apply pass.

    Attributes:
        plan: The approved plan.
        context: What planning read; its records are updated as they change.
        planned: The declarations of the plan pass.
        planner: The decisions of the plan pass; read-only.
        read: Reads the outputs of other apps.
        look: Gives the answers of lookups that the plan pass got, or its error if there is none.
        unanswered: The lookups that found nothing in the plan pass.
        records: The state's records as they are now.
        deviations: The deviations that no step's outcome reports.
        seen: The declarations of this run.
        local: Whether the cloud is the local one.
    """

    run: DeployRun
    plan: Plan
    context: PlanContext
    planned: Mapping[str, Declaration]
    planner: Planner
    executor: Executor
    read: Callable[[str, str, str | None], Awaitable[Mapping[str, object]]]
    look: Callable[[LookupQuestion], Awaitable[Any]]
    unanswered: frozenset[str] = frozenset()
    records: CurrentRecords = field(init=False)
    deviations: list[PlanDeviation] = field(default_factory=list)
    seen: dict[str, Declaration] = field(default_factory=dict)
    local: bool = False
    steps: dict[str, Step] = field(init=False)
    early: EarlyDeletes = field(init=False)
    runner: StepRunner = field(init=False)
    actions: ActionRunner | None = field(init=False)

    def __post_init__(self) -> None:
        """Index the plan, and add the deletes that come before everything else."""
        self.records = CurrentRecords(self.context)
        self.steps = {s.key: s for s in self.plan.steps if s.key in self.planned and not s.superseded}
        lifecycle = Lifecycle(self.run)
        self.early = EarlyDeletes(
            run=self.run,
            plan=self.plan,
            context=self.context,
            planned=self.planned,
            steps=self.steps,
            records=self.records,
            executor=self.executor,
            lifecycle=lifecycle,
        )
        names = name_maker(self.plan.app, self.plan.stage)
        self.runner = StepRunner(
            run=self.run,
            context=self.context,
            planner=self.planner,
            resolver=Resolver(context=self.context, lookup=self.value, make_name=names),
            value=self.value,
            lifecycle=lifecycle,
            records=self.records,
        )
        self.actions = self._action_runner() if self.planner.actions else None
        self.early.add_first()

    def _action_runner(self) -> ActionRunner:
        from cloudwright.engine.actions import ActionRunner

        return ActionRunner(
            run=self.run,
            context=self.context,
            planner=self.planner,
            value=self.value,
            deployed=lambda key: self.runner.finished[key][1] if key in self.runner.finished else None,
            simulated=self.local,
        )

    # -- the driver of the program's run

    def declared(self, declaration: Declaration) -> None:
        """Receive a declaration: its step starts as soon as what it depends on is deployed."""
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
            self._add(step, declaration)
        except PlanDeviation as deviation:
            raise self._noted(deviation) from None

    async def ensure(self, key: str) -> None:
        """Wait until the resource is deployed."""
        if key in self.planner.existing:
            return
        outcome = await self.executor.wait(key)
        if outcome.status not in GOOD:
            raise ResourceFailed(f"{key}: {outcome.message or outcome.status}") from outcome.error

    def value(self, ref: Ref) -> Any:
        """The value of an attribute of a deployed resource."""
        if ref.path == TEMPLATE_REF:
            return resolve(self.planner.attributes(ref), self.value)
        if ref.key in self.planner.existing:
            return self.planner.value(ref)
        if self.actions is not None and ref.key in self.actions.finished:
            return self.actions.value_of(ref)
        if ref.key not in self.runner.finished:
            # Excluded by `--target` or `--exclude`; nothing that is deployed refers to it.
            return Unknown(ref)
        subject, record = self.runner.finished[ref.key]
        return final_value(ref, subject, record)

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        """The outputs of another app."""
        return await self.read(app, stage, state)

    def ask(self, question: LookupQuestion) -> None:
        """The plan pass has asked already."""

    async def answer(self, question: LookupQuestion) -> Any:
        """The answer that the plan was made with."""
        asked = self.unanswered.union(pinned.question for pinned in self.plan.lookups)
        if self.plan.partial is None and question.text not in asked:
            raise self._noted(unplanned_lookup(question))
        return await self.look(question)

    def _noted(self, deviation: PlanDeviation) -> PlanDeviation:
        self.deviations.append(deviation)
        return deviation

    # -- nodes

    def _add(self, step: Step, declaration: Declaration) -> None:
        needs = {key for key in step.depends_on if key not in self.planner.existing} | self.early.first
        if step.action is Action.REPLACE and step.order is Order.DELETE_FIRST:
            needs.add(self.early.add_teardown(step, declaration))
        known = template(step)
        self.executor.add(
            WorkItem(
                id=step.key,
                needs=frozenset(needs),
                run=lambda: reported(self.run, known, lambda: self._carry_out(step, declaration)),
                template=known,
            )
        )

    async def _carry_out(self, step: Step, declaration: Declaration) -> Outcome:
        if declaration.action is not None and self.actions is not None:
            return await self.actions.carry_out(step, declaration)
        try:
            return await self.runner.carry_out(step, declaration)
        except OperationFailed as failed:
            raise with_delete_first_hint(failed, step, self.early.removed()) from None

    # -- the end

    def check_complete(self) -> None:
        """Report what the plan holds and the second run did not declare."""
        if self.plan.partial is None:
            for key in self.planned:
                if key not in self.seen:
                    self._noted(undeclared(key))

    def clean(self) -> bool:
        """Whether everything declared is deployed, so that removed resources may be deleted."""
        return not self.deviations and ended_well(self.executor.outcomes)
