"""The state's records as a run changes them."""

from __future__ import annotations

from collections import UserDict
from typing import TYPE_CHECKING

from cloudwright.plan.model import Action, Order
from cloudwright.plan.twins import KeptTwins, Twins

if TYPE_CHECKING:
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.state.records import Record


class CurrentRecords(UserDict[tuple[str, int], "Record"]):
    """Records by key and generation; once asked for twins, it keeps their index up to date."""

    def __init__(self, context: PlanContext) -> None:
        """Start with the records of the state."""
        self._context = context
        self._twins: Twins | None = None
        super().__init__({record.id: record for record in context.snapshot.records})

    def __setitem__(self, one: tuple[str, int], record: Record) -> None:
        """Put a record."""
        super().__setitem__(one, record)
        if self._twins is not None:
            self._twins.put(record)

    def __delitem__(self, one: tuple[str, int]) -> None:
        """Remove a record."""
        super().__delitem__(one)
        if self._twins is not None:
            self._twins.drop(one)

    def kept(self, plan: Plan) -> KeptTwins:
        """The twins among the records that a plan keeps, as they are when they are asked for."""
        if self._twins is None:
            self._twins = Twins(self.values(), self._context)
        ends = {(step.key, step.generation): step for step in plan.steps if _ends(step)}
        supersedes = {step.key: step for step in plan.steps if not _ends(step) and _supersedes(step)}

        def stays(record: Record) -> bool:
            end, newer = ends.get(record.id), supersedes.get(record.key)
            if end is not None and end.identifier == record.identifier:
                return False
            return newer is None or newer.identifier != record.identifier or not self._superseded(record)

        return KeptTwins(self._twins, stays)

    def _superseded(self, record: Record) -> bool:
        return any(key == record.key and generation > record.generation for key, generation in self)


def _ends(step: Step) -> bool:
    return step.action in {Action.DELETE, Action.FORGET}


def _supersedes(step: Step) -> bool:
    return step.may_replace or (step.action is Action.REPLACE and step.order is Order.CREATE_FIRST)
