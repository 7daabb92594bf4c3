"""Removals: the steps for records without a declaration, which are orphans and old generations."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.blocking import RemovedRecords
from cloudwright.plan.dependency_order import deletion_order
from cloudwright.plan.model import Action, Order, Step
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.remaining import Remaining
    from cloudwright.state.records import Record


def removal_steps(removed: Iterable[Record], remaining: Remaining, context: PlanContext) -> list[Step]:
    """A step for every removed record, in an order in which they can be deleted.

    Raises:
        PlanError: One of them is protected.
    """
    return [_step(record, remaining, context) for record in deletion_order(removed)]


def _step(record: Record, remaining: Remaining, context: PlanContext) -> Step:
    old_generation = remaining.keeps(record.key)
    action, reason = _fate(record, remaining, context, old_generation=old_generation)
    return Step(
        key=record.key,
        type=record.type,
        action=action,
        target=record.target,
        generation=record.generation,
        identifier=record.identifier,
        depends_on=record.depends_on,
        reasons=(reason,) if reason else (),
        superseded=old_generation,
    )


def _fate(record: Record, remaining: Remaining, context: PlanContext, *, old_generation: bool) -> tuple[Action, str]:
    if record.status is RecordStatus.DOUBTFUL:
        forgets = f"`cloudwright state rm {quote(record.key)} FILE` forgets it"
        return Action.NONE, f"not proved to be ours, so it is not deleted; {forgets}"
    twin = remaining.twin(record)
    if twin:
        return Action.FORGET, f"{twin} is the same physical resource"
    if record.retain:
        return Action.FORGET, "it is retained: only the record is dropped"
    naming = remaining.naming(record)
    if naming and (old_generation or _invented(record, context)):
        return Action.NONE, f"it is kept: {naming} still refers to {record.identifier}"
    if record.protect:
        raise _protected(record, context)
    alike = remaining.look_alike(record)
    if alike is not None:
        return Action.DELETE, f"only if AWS shows that it is another resource than {alike.key} ({alike.identifier})"
    return Action.DELETE, "an old generation" if old_generation else ""


def _protected(record: Record, context: PlanContext) -> PlanError:
    """The error, with the line that protects the resource if the program still declares it."""
    if context.sources is None:
        return PlanError(
            f"{record.key} is protected and the plan would delete it",
            hint="declare it again; to delete it, deploy once with protect=False first",
        )
    source = context.sources.get(record.key)
    where, again = (
        (f" ({source})", f"at {source}") if source else ("", "in the program, which does not declare it now,")
    )
    return PlanError(
        f"{record.key} is protected{where} and destroy would delete it",
        hint=f"set protect=False {again} and deploy once; then destroy",
    )


def _invented(record: Record, context: PlanContext) -> bool:
    """Whether the service generated the identifier, so that finding it elsewhere is no coincidence."""
    if record.type not in context.catalog:
        return False
    kind = context.catalog.get(record.type)
    return any(kind.read_only.covers(path) for path in kind.identifiers)


DELETED_FIRST = "deleted before anything is created, as requested"


def early_steps(removed: Sequence[Step], steps: Iterable[Step], context: PlanContext) -> list[Step]:
    """Mark the deletes that can't wait for the end of the run, with the reason."""
    records = {record.id: record for record in context.snapshot.records}
    going = [records[step.key, step.generation] for step in removed if step.action is Action.DELETE]
    index = RemovedRecords(going)
    why = {**_for_replacements(index, steps, context), **_delete_first_reasons(going, index, context)}
    return [
        replace(step, reasons=(*step.reasons, why[step.key, step.generation]))
        if (step.key, step.generation) in why
        else step
        for step in removed
    ]


def check_delete_first(removed: Sequence[Step], declared: Iterable[str], context: PlanContext) -> None:
    """Check that everything to be deleted first is deleted by the plan.

    Raises:
        PlanError: The plan keeps it, or removes only its record.
    """
    fates = {step.key: step for step in removed}
    keys = set(declared)
    for key in context.options.delete_first:
        fate = fates.get(key)
        if fate is not None and fate.action is Action.DELETE:
            continue
        if fate is None and key in keys:
            raise PlanError(
                f"{key} is declared; --delete-first is for resources that are no longer declared",
                hint=f"to replace it delete-first: delete_before_replace=True and --replace {key}",
            )
        why = "; ".join(fate.reasons) if fate is not None else "it is limited by --target or --exclude"
        raise PlanError(f"the plan does not delete {key}: {why}", hint="leave out --delete-first")


def _delete_first_reasons(
    going: Sequence[Record], removed: RemovedRecords, context: PlanContext
) -> dict[tuple[str, int], str]:
    chosen = frozenset(context.options.delete_first)
    first = [record for record in going if record.key in chosen]
    blocking = removed.reasons([(one, _early(one.key, "which is deleted first")) for one in first])
    return {**blocking, **{record.id: DELETED_FIRST for record in first}}


def _for_replacements(
    removed: RemovedRecords, steps: Iterable[Step], context: PlanContext
) -> dict[tuple[str, int], str]:
    return removed.reasons(
        [
            (record, _early(step.key, "which is replaced delete-first"))
            for step in steps
            if step.order is Order.DELETE_FIRST
            for record in context.records(step.key)
            if record.identifier == step.identifier
        ]
    )


def _early(key: str, why: str) -> str:
    return f"deleted early: it references {key}, {why}"
