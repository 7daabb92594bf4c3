"""What an approved plan covers.

The plan that is applied may be computed later, and after a crash it contains only the remaining steps.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.consent import covered_later
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from cloudwright.plan.model import Change, Plan, Step


@dataclass(slots=True)
class FleetConsent:
    """Approves what the agreed plan covers, and records a plan that exceeds it.

    Attributes:
        agreed: The plan that was reviewed.
        yes: Whether the user approved every plan in advance.
        beyond: The plan that was refused.
    """

    agreed: Plan
    yes: bool
    beyond: Plan | None = None
    _asked: int = field(default=0)

    async def __call__(self, plan: Plan) -> bool:
        """Whether a plan may be applied."""
        self._asked += 1
        free = self.yes and (self._asked == 1 or covered_later(plan))
        if free or covers(self.agreed, plan):
            return True
        self.beyond = plan
        return False


def identity(plan: Plan) -> str:
    """The identity of an approved plan: the declarations, and the state that they were compared with."""
    return f"{plan.serial}.{plan.digest}"


def covers(agreed: Plan, plan: Plan) -> bool:
    """Whether a plan does only what the agreed one shows: all of it, or the part that remains after a crash."""
    if agreed.digest != plan.digest or agreed.destroy != plan.destroy:
        return False
    announced = {_what(step): step for step in agreed.changes}
    replaced = {step.key for step in agreed.changes if step.action is Action.REPLACE}
    return all(_announced(step, announced, replaced) for step in plan.changes)


def slim(plan: Plan) -> Plan:
    """A plan without what is needed only to compute it.

    Declarations, outputs, and the documents of unchanged resources.
    """
    idle = {Action.NONE, Action.READ}
    steps = tuple(replace(step, desired={}, changes=()) if step.action in idle else step for step in plan.steps)
    return replace(plan, steps=steps, declared=(), outputs={}, sealing={})


def _what(step: Step) -> tuple[object, ...]:
    return step.key, step.generation, step.type, step.action, step.target, step.order


def _announced(step: Step, announced: dict[tuple[object, ...], Step], replaced: set[str]) -> bool:
    if step.action is Action.RESUME or (step.superseded and step.key in replaced):
        return True
    known = announced.get(_what(step))
    if known is None:
        return False
    if step.action is Action.REPLACE:
        return {change.path for change in step.changes} <= {change.path for change in known.changes}
    return all(any(_shows(reviewed, change) for reviewed in known.changes) for change in step.changes)


def _shows(reviewed: Change, change: Change) -> bool:
    """Whether a reviewed change also shows what a later plan would overwrite or remove.

    The element that a list has at a position may be another one by now, so elements are compared by value.
    """
    same, kinds = reviewed.path == change.path, {reviewed.kind, change.kind}
    if change.kind == "remove":
        elements = _is_element(change.path) and _parent(reviewed.path) == _parent(change.path)
        return kinds == {"remove"} and (same or elements) and reviewed.old == change.old
    if change.kind == "order":
        return same and kinds == {"order"}
    return same and not kinds & {"remove", "order"} and (change.kind == "add" or reviewed.old == change.old)


def _is_element(path: str) -> bool:
    return path.rpartition("/")[2].isdigit()


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
