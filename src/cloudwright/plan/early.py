"""Deletes that can't wait for the end of a run: they make room, or stand in the way of what must go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.plan.removals import in_the_way
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Step
    from cloudwright.state.model import Record

MAKES_ROOM = "it goes before anything is created, as asked"


def early_steps(leaving: Sequence[Step], steps: Iterable[Step], context: PlanContext) -> list[Step]:
    """Say of deletes that they can't wait for the end, and why.

    Args:
        leaving: What becomes of records that no declaration serves.
        steps: What becomes of the declared resources.
        context: The state and the switches.
    """
    records = {record.id: record for record in context.snapshot.records}
    going = [records[step.key, step.generation] for step in leaving if step.action is Action.DELETE]
    why = {**_for_replacements(going, steps, context), **_for_room(going, context)}
    return [
        replace(step, reasons=(*step.reasons, why[step.key, step.generation]))
        if (step.key, step.generation) in why
        else step
        for step in leaving
    ]


def makes_room(record: Record, context: PlanContext) -> bool:
    """Whether a record that leaves was asked to leave first."""
    return record.key in context.options.delete_first


def refuse_no_room(leaving: Sequence[Step], declared: Iterable[str], context: PlanContext) -> None:
    """Make sure that what shall go first is what the plan lets go.

    Args:
        leaving: What becomes of records that no declaration serves.
        declared: The keys of the program.
        context: The state and the switches.

    Raises:
        PlanError: It stays, or only its record goes.
    """
    fates = {step.key: step for step in leaving}
    keys = set(declared)
    for key in context.options.delete_first:
        fate = fates.get(key)
        if fate is not None and fate.action is Action.DELETE:
            continue
        if fate is None and key in keys:
            raise PlanError(
                f"{key} is declared; --delete-first is for what is declared no more",
                hint=f"to make it anew, the old one going first: delete_before_replace=True and --replace {key}",
            )
        why = "; ".join(fate.reasons) if fate is not None else "it is limited by --target or --exclude"
        raise PlanError(f"the plan does not delete {key}: {why}", hint="leave out --delete-first")


def _for_room(going: Sequence[Record], context: PlanContext) -> dict[tuple[str, int], str]:
    first = [record for record in going if makes_room(record, context)]
    blocking = {
        other.id: f"it goes early: it refers to {record.key}, which makes room"
        for record in first
        for other in in_the_way(record, [one for one in going if one.id != record.id])
    }
    return {**blocking, **{record.id: MAKES_ROOM for record in first}}


def _for_replacements(
    going: Sequence[Record], steps: Iterable[Step], context: PlanContext
) -> dict[tuple[str, int], str]:
    why: dict[tuple[str, int], str] = {}
    for step in steps:
        if step.order is Order.DELETE_FIRST:
            torn = [record for record in context.records(step.key) if record.identifier == step.identifier]
            text = f"it goes early: it refers to {step.key}, of which the old one goes first"
            why |= {record.id: text for one in torn for record in in_the_way(one, going)}
    return why
