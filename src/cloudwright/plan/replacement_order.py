"""Which half of a replacement comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.identity import identity, may_coincide, naming_paths
from cloudwright.plan.model import Order
from cloudwright.program.document import is_unknown
from cloudwright.schema.pointer import format_pointer, get, parse

if TYPE_CHECKING:
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.state.records import Record


def order_of(subject: ResolvedResource, context: PlanContext) -> tuple[Order, str]:
    """Create-first only if the new identifier can't equal that of any live record of ours (CC55, CC56).

    Returns:
        The order, and why it must be delete-first; empty for create-first.
    """
    why = _delete_first(subject, context)
    return (Order.DELETE_FIRST, f"delete-first: {why}") if why else (Order.CREATE_FIRST, "")


def _delete_first(subject: ResolvedResource, context: PlanContext) -> str:
    if subject.declaration.options.delete_before_replace:
        return "delete_before_replace is set"
    if subject.teardown:
        return "what it references is replaced delete-first"
    if subject.kind.replacement_strategy == "delete_then_create":
        return f"{subject.kind.name} allows no second one at the same time (replacementStrategy)"
    naming = naming_paths(subject.kind)
    named, gives = " and ".join(map(format_pointer, naming)), "gives" if len(naming) == 1 else "give"
    if subject.own_name:
        return ""
    if may_coincide(subject.kind, subject.desired):
        return f"{named} is known only after deploy and may stay the same"
    new = identity(subject.kind, subject.desired, subject.target, subject.override.canonical)
    if new is not None and new in context.owned_identities:
        return f"{named} {gives} the new one the identifier of an old one"
    kept = next(filter(None, (_kept_name(subject, record) for record in context.records(subject.key))), "")
    stays = "is known only after deploy and may stay the same" if _is_open(subject, kept) else "stays the same"
    return f"the identifier ends in {kept}, which {stays}" if kept else ""


def _is_open(subject: ResolvedResource, pointer: str) -> bool:
    return bool(pointer) and is_unknown(get(subject.desired, parse(pointer)))


def _kept_name(subject: ResolvedResource, record: Record) -> str:
    """The property that a service-formed identifier is made of, if the new one's may be the same; else empty.

    No schema states it, but the identifier shows it: it ends in a name that the program chose and still declares.
    """
    kind, kept = subject.kind, ""
    if record.type != kind.name:
        return ""
    for path, text in zip(kind.identifiers, kind.split_identifier(record.identifier).values(), strict=True):
        if kind.read_only.covers(path):
            kept = _ending(subject, record, text)
        if not kept or (kind.settable(path) and get(subject.desired, path) != text):
            return ""
    return kept


def _ending(subject: ResolvedResource, record: Record, text: str) -> str:
    for name, value in subject.desired.items():
        before = record.declared.get(name)
        same = isinstance(before, str) and before and (before == value or is_unknown(value))
        if same and (text == before or text.endswith((f":{before}", f"/{before}"))):
            return format_pointer((name,))
    return ""
