"""Whether the apply pass can reuse the plan's decision about an unchanged resource.

Deciding a resource takes most of a plan's time. A deploy that changes one of ten thousand resources would otherwise
decide all of them twice.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CloudwrightError
from cloudwright.plan.model import Action
from cloudwright.program.document import holds_unknown, references

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.plan.model import Step
    from cloudwright.plan.planner import Planned
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.reference import Ref
    from cloudwright.state.records import Record


def decision_holds(
    planned: Planned,
    step: Step,
    declaration: Declaration,
    records: Sequence[Record],
    values: tuple[Callable[[Ref], Any], Callable[[Ref], Any]],
) -> bool:
    """Whether everything that the decision depends on is the same as in the plan.

    If in doubt, the resource is decided again, which gives the same decision or refuses it.

    Args:
        planned: What the plan pass decided.
        step: Its step in the plan that was approved.
        declaration: The declaration of the second run.
        records: The generations of its key now.
        values: The value of an attribute in the plan pass, and its value now.
    """
    subject = planned.subject
    if step.action is not Action.NONE or planned.decision.action is not Action.NONE:
        return False
    if subject.target != step.target or list(records) != [planned.record]:
        return False
    if subject.declaration != declaration or holds_unknown(subject.desired):
        return False
    return all(_has_kept(ref, *values) for ref in _references(declaration))


def _references(declaration: Declaration) -> set[Ref]:
    others = references(declaration.options.replace_on)
    return {ref for _, ref in chain(declaration.references, others)}


def _has_kept(ref: Ref, planned: Callable[[Ref], Any], now: Callable[[Ref], Any]) -> bool:
    try:
        before, value = planned(ref), now(ref)
    except CloudwrightError:  # reported when it is decided again
        return False
    return bool(before == value)
