"""Which half of a replacement comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.identity import identity, may_coincide, naming_paths
from cloudwright.plan.model import Order
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.subject import Subject


def order_of(subject: Subject, context: PlanContext) -> tuple[Order, str]:
    """Create-first only where the new identifier can't equal that of any live record of ours (CC55, CC56).

    Args:
        subject: The resource to be replaced.
        context: The state.

    Returns:
        The order, and why it must be delete-first; empty for create-first.
    """
    why = _delete_first(subject, context)
    return (Order.DELETE_FIRST, f"the old one goes first: {why}") if why else (Order.CREATE_FIRST, "")


def _delete_first(subject: Subject, context: PlanContext) -> str:
    if subject.declaration.options.delete_before_replace:
        return "delete_before_replace is set"
    if subject.teardown:
        return "what it refers to is replaced, old one first"
    if subject.kind.replacement_strategy == "delete_then_create":
        return f"{subject.kind.name} allows no second one beside it (replacementStrategy)"
    named = " and ".join(format_pointer(path) for path in naming_paths(subject.kind, subject.override))
    if subject.own_name:
        return ""
    if may_coincide(subject.kind, subject.override, subject.desired):
        return f"{named} is known only after deploy and may stay the same"
    new = identity(subject.kind, subject.override, subject.desired, subject.target, subject.override.canonical)
    if new is not None and new in context.owned_identities:
        return f"{named} gives the new one the identifier of an old one"
    return ""
