"""Deletes that can't wait for the end of the run, and the order that they need.

Most deletes come last. Three kinds come early: what the user wants deleted before anything is created
(`--delete-first`), the old half of a delete-first replacement (its *teardown*), and whatever the plan deletes anyway
that refers to one of these, since AWS refuses to delete what is still in use.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.deletes import RecordRemoval, delete_node
from cloudwright.engine.executor import WorkItem
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.engine.step_reports import reported, template
from cloudwright.errors import PlanDeviation
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.blocking import RemovedRecords
from cloudwright.plan.dependency_order import deletion_needs
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from cloudwright.engine.current_records import CurrentRecords
    from cloudwright.engine.executor import Executor
    from cloudwright.engine.lifecycle import Lifecycle
    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.twins import KeptRecords
    from cloudwright.program.declaration import Declaration
    from cloudwright.state.records import Record


_FIRST = "#first"
"""Stands for all deletes that run before anything is created."""


@dataclass(frozen=True, slots=True)
class _Removals:
    """What the plan deletes.

    Attributes:
        removed: Who refers to what.
        needs: For each record those that are deleted before it.
        kept: What the plan keeps.
    """

    removed: RemovedRecords
    needs: Mapping[tuple[str, int], Collection[tuple[str, int]]]
    kept: KeptRecords


@dataclass(slots=True, kw_only=True)
class EarlyDeletes:
    """Adds the deletes that come before the end of an apply pass to its graph.

    Attributes:
        plan: The approved plan.
        planned: The declarations of the plan pass.
        steps: The plan's steps of declared resources, by key.
        records: The current records; shared with the apply pass.
        first: What everything else waits for; empty if nothing is deleted before anything is created.
    """

    run: DeployRun
    plan: Plan
    context: PlanContext
    planned: Mapping[str, Declaration]
    steps: Mapping[str, Step]
    records: CurrentRecords
    executor: Executor
    lifecycle: Lifecycle
    first: frozenset[str] = frozenset()
    _added: set[tuple[str, int]] = field(default_factory=set)
    _deletes: dict[tuple[str, int], Step] = field(init=False)
    _torn_down: dict[str, set[str]] = field(init=False)
    _index: _Removals | None = None

    def __post_init__(self) -> None:
        """Index the plan: what it deletes, and the teardowns of what refers to each resource."""
        deletes = {(step.key, step.generation): step for step in self.plan.steps if step.action is Action.DELETE}
        self._deletes = {one: step for one, step in deletes.items() if one in self.records}
        self._torn_down = {}
        for other in self.steps.values():
            if other.order is Order.DELETE_FIRST:
                for key in self.planned[other.key].referenced:
                    self._torn_down.setdefault(key, set()).add(_teardown_node(other.key))

    def add_first(self) -> None:
        """Add the deletes that run before anything is created, each after the deletes of what refers to it."""
        chosen = frozenset(self.context.options.delete_first)
        first = [record for record in self.removed() if record.key in chosen]
        if first:
            self._add(first)
            self.executor.join(_FIRST, frozenset(delete_node(record.id) for record in first))
            self.first = frozenset({_FIRST})

    def add_teardown(self, step: Step, declaration: Declaration) -> str:
        """Add the delete of a delete-first replacement's old half; it waits for the deletes of what refers to it.

        Args:
            step: The replacement.
            declaration: What it replaces.

        Returns:
            The node that the create waits for.

        Raises:
            PlanDeviation: The state has no record of the old one any more.
        """
        record = self._record_of(step)
        if record is None:
            raise PlanDeviation(f"{step.key}: the state has no record of the resource to replace", key=step.key)
        known = replace(template(step), action=Action.DELETE)

        async def tear_down() -> Outcome:
            await self.run.services.control.verify(record.target)
            await self.lifecycle.delete(record, timeout=declaration.options.timeout)
            self.records.pop(record.id, None)
            return replace(known, status=Status.DONE, generation=record.generation)

        needs = self._torn_down.get(step.key, set()) | self.first | self._add_blocking(record)
        node = _teardown_node(step.key)
        self.executor.add(WorkItem(id=node, needs=frozenset(needs), run=tear_down, template=known))
        return node

    def removed(self) -> Iterator[Record]:
        """The records that the plan deletes and that still exist."""
        return (self.records[one] for one in self._deletes if one in self.records)

    def _add_blocking(self, torn: Record) -> set[str]:
        """Add the deletes of what the plan deletes anyway and refers to this record; the nodes to wait for."""
        blocking = [record for record in self._indexed().removed.referring(torn) if record.id in self.records]
        self._add(blocking)
        return {delete_node(record.id) for record in blocking}

    def _indexed(self) -> _Removals:
        """What the plan deletes; indexed when a delete comes early, which is rare."""
        if self._index is None:
            removed = list(self.removed())
            self._index = _Removals(RemovedRecords(removed), deletion_needs(removed), self.records.kept(self.plan))
        return self._index

    def _add(self, records: Iterable[Record]) -> None:
        """Add the deletes of these records and of all that refer to them, each once."""
        index, waiting = self._indexed(), list(records)
        for record in waiting:
            if record.id in self._added or record.id not in self.records:
                continue
            self._added.add(record.id)
            waits = frozenset(map(delete_node, index.needs[record.id]))
            self.executor.add(self._node(self._deletes[record.id], record, waits))
            waiting += index.removed.referring(record)

    def _node(self, step: Step, record: Record, needs: frozenset[str]) -> WorkItem:
        known = template(step)

        async def delete() -> Outcome:
            outcome = await RecordRemoval(self.run, self.lifecycle).end(record, known, self._indexed().kept)
            self.records.pop(record.id, None)
            return outcome

        return WorkItem(
            id=delete_node(record.id), needs=needs, run=lambda: reported(self.run, known, delete), template=known
        )

    def _record_of(self, step: Step) -> Record | None:
        records = self.context.records(step.key)
        return next((self.records.get(r.id, r) for r in records if r.identifier == step.identifier), None)


def _teardown_node(key: str) -> str:
    return f"{key}#teardown"
