"""What still differs after resources were taken over from another tool, and what would close it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.adoption import shown_value
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.plan.model import Change, Plan, Step


class DifferenceCause(StrEnum):
    """Why a resource differs from its declaration."""

    FILLED_IN = "filled in by AWS"
    """The live resource has it, but the source did not declare it: a default, or added by hand."""

    WITHOUT_EFFECT = "never took effect"
    """It is declared, and a read does not show it."""

    CHANGED = "changed outside"
    """The live value differs: it was changed by hand, or AWS returns it in another form."""

    UNKNOWN = "not known yet"
    """It comes from a resource that was not adopted."""

    NOT_ADOPTED = "not adopted"
    """The resource itself is missing, or could not be bound to its declaration."""

    UNDECIDED = "not decided"
    """The program has no counterpart for it yet, or for what it refers to."""

    UNDECLARED = "not declared"
    """The state holds a resource that the program does not declare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingDifference:
    """One difference.

    Attributes:
        key: The resource's key.
        path: Pointer into its properties; empty for the whole resource.
        text: What is there and what is declared.
        fix: What would close it.
    """

    key: str
    path: str
    cause: DifferenceCause
    text: str
    fix: str


def leftovers(plan: Plan, refused: Mapping[str, str]) -> tuple[RemainingDifference, ...]:
    """Everything that a plan with `refresh` would still do.

    Args:
        plan: Made after the adoption.
        refused: Key -> why it was not adopted.
    """
    return tuple(one for step in plan.changes for one in _of_step(step, refused))


def undecided(key: str, why: str) -> RemainingDifference:
    """What is left out because nobody has decided about it.

    Args:
        key: The resource's key.
        why: The reason.
    """
    cause = DifferenceCause.UNDECIDED
    return RemainingDifference(key=key, path="", cause=cause, text=why, fix=_FIXES[cause])


def _of_step(step: Step, refused: Mapping[str, str]) -> Iterator[RemainingDifference]:
    if step.action in {Action.NONE, Action.READ, Action.RESUME}:
        return
    if step.key in refused or step.action in {Action.CREATE, Action.IMPORT}:
        why = refused.get(step.key, "the source names no resource for it")
        yield RemainingDifference(
            key=step.key, path="", cause=DifferenceCause.NOT_ADOPTED, text=why, fix=_FIXES[DifferenceCause.NOT_ADOPTED]
        )
    elif step.action in {Action.UPDATE, Action.REPLACE}:
        yield from (_of_change(step.key, change) for change in step.changes)
    else:
        text = f"the plan would {step.action.value} it"
        yield RemainingDifference(
            key=step.key, path="", cause=DifferenceCause.UNDECLARED, text=text, fix=_FIXES[DifferenceCause.UNDECLARED]
        )


_FIXES = {
    DifferenceCause.FILLED_IN: "declare it as it is, or leave it to `ignore_changes`",
    DifferenceCause.WITHOUT_EFFECT: "remove it from the program, or let a deploy send it",
    DifferenceCause.CHANGED: "write the live value into the program, or let a deploy set it back",
    DifferenceCause.UNKNOWN: "adopt the resource that it comes from",
    DifferenceCause.NOT_ADOPTED: "adopt it, or let a deploy create it",
    DifferenceCause.UNDECIDED: "replace the `undecided(...)`; a deploy then adopts it",
    DifferenceCause.UNDECLARED: "declare it, or forget it with `state rm`",
}


def _of_change(key: str, change: Change) -> RemainingDifference:
    cause = _cause(change)
    there, declared = shown_value(change.old), shown_value(change.new)
    return RemainingDifference(
        key=key, path=change.path, cause=cause, text=f"{there} is there, {declared} is declared", fix=_FIXES[cause]
    )


def _cause(change: Change) -> DifferenceCause:
    if change.rule == "unknown":
        return DifferenceCause.UNKNOWN
    by_kind = {"add": DifferenceCause.WITHOUT_EFFECT, "remove": DifferenceCause.FILLED_IN}
    return by_kind.get(change.kind, DifferenceCause.CHANGED)
