"""Whether a step of the apply pass is one that the plan showed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudwright.errors import PlanDeviation
from cloudwright.plan.masking import leaf_hashes, unknown_pointers
from cloudwright.plan.model import Action, Order
from cloudwright.program.document import references
from cloudwright.schema.pointer import get, is_within, is_within_any, overlaps, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cloudwright.plan.actions import ResolvedAction
    from cloudwright.plan.decision import Decision
    from cloudwright.plan.model import Step
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion
    from cloudwright.program.reference import Ref
    from cloudwright.schema.pointer import Path

_ALLOWED = {
    Action.NONE: {Action.NONE},
    Action.MOVE: {Action.NONE, Action.MOVE},
    Action.CREATE: {Action.CREATE},
    Action.UPDATE: {Action.UPDATE, Action.NONE},
    Action.REPLACE: {Action.REPLACE, Action.UPDATE, Action.NONE},
    Action.IMPORT: {Action.IMPORT},
    Action.RESUME: {Action.RESUME},
}

_ADVICE = "make the program deterministic: read times and random values from configuration or state"


def check_declaration(planned: Declaration, declaration: Declaration) -> None:
    """Compare what is known before values are.

    Raises:
        PlanDeviation: Type, options or target differ between the two runs of the program.
    """
    for name in ("type", "target", "existing", "action"):
        if getattr(planned, name) != getattr(declaration, name):
            raise _deviation(declaration, f"{name} was {getattr(planned, name)} in the plan")
    if planned.options != declaration.options:
        raise _deviation(declaration, "its options differ from those in the plan")


def check_values(step: Step, subject: ResolvedResource | ResolvedAction, moved: Callable[[Ref], bool]) -> None:
    """Check that every leaf that the plan knew has the same value, and that no leaf was added.

    Args:
        step: The planned step.
        subject: The declaration, resolved now.
        moved: Whether an attribute differs from what the plan expected.

    Raises:
        PlanDeviation: Names the pointer.
    """
    if subject.masked == step.desired:
        return
    now, planned = dict(leaf_hashes(subject.masked)), dict(leaf_hashes(step.desired))
    open_paths = tuple(map(parse, unknown_pointers(step.desired)))
    for pointer, known in planned.items():
        if now.get(pointer) != known and not _emptied(parse(pointer), open_paths):
            raise _moved_reference(step, subject, pointer, moved) or _other_value(subject.declaration, pointer, now)
    for pointer in now:
        if pointer not in planned and not is_within_any(parse(pointer), open_paths):
            raise _deviation(subject.declaration, f"{pointer} was not in the plan")


def check_decision(
    step: Step, subject: ResolvedResource, decision: Decision, order: Order | None, consent: Collection[str]
) -> None:
    """Check that the decision is one that the plan allows.

    Raises:
        PlanDeviation: It isn't.
    """
    allowed = set(_ALLOWED.get(step.action, ()))
    if step.may_replace and step.key in consent:
        allowed.add(Action.REPLACE)
    if decision.action not in allowed:
        causes = ", ".join(change.path for change in decision.changes if change.forces) or "its values"
        raise _deviation(
            subject.declaration, f"the plan shows {step.action}, but {causes} would make it a {decision.action}"
        )
    if order is Order.DELETE_FIRST and step.order is Order.CREATE_FIRST:
        raise _deviation(
            subject.declaration, "the plan shows create-first, but now the old one would have to be deleted first"
        )


def protected(step: Step, subject: ResolvedResource, decision: Decision) -> PlanDeviation:
    """The error for a planned update of a protected resource that turned out to be a replacement.

    Consent to a replacement does not remove protection.

    Args:
        step: The planned update.
        subject: The declaration, resolved now.
        decision: The replacement.
    """
    declaration = subject.declaration
    causes = ", ".join(change.path or change.reason for change in decision.changes if change.forces)
    return PlanDeviation(
        f"{step.key} ({declaration.source}): {step.key} is protected, and {causes} would replace it; "
        "nothing was sent for it",
        key=step.key,
        hint="undo the change, or deploy once with protect=False",
    )


def _other_value(declaration: Declaration, pointer: str, now: Collection[str]) -> PlanDeviation:
    what = "is missing now" if pointer not in now else "differs from the plan"
    return _deviation(declaration, f"{pointer or '/'} {what}")


def _moved_reference(
    step: Step, subject: ResolvedResource | ResolvedAction, pointer: str, moved: Callable[[Ref], bool]
) -> PlanDeviation | None:
    """The error for a value that refers to an attribute which changed unexpectedly in an update."""
    declaration = subject.declaration
    place = parse(pointer)
    found = [ref for path, ref in references(declaration.document) if ref.path and is_within(place, path)]
    refs = list(filter(moved, found))
    if not refs:
        return None
    names = " or ".join(dict.fromkeys(f"{'/'.join(ref.path)} of {ref.key}" for ref in refs))
    planned, now = (json.dumps(get(document, place), default=str) for document in (step.desired, subject.masked))
    return PlanDeviation(
        f"{declaration.key} ({declaration.source}): {pointer}: {names} was expected to keep its value, "
        f"but this deploy changed it (planned {planned}, now {now}); nothing was sent for it",
        key=declaration.key,
        hint="deploy again: the next plan starts from the new value",
    )


def _emptied(path: Path, open_paths: Collection[Path]) -> bool:
    """Whether an empty container of the plan may have been filled by a value that was not known yet, or the reverse."""
    return any(overlaps(path, place) for place in open_paths)


def _deviation(declaration: Declaration, what: str) -> PlanDeviation:
    text = f"{declaration.key} ({declaration.source}): {what}; nothing was sent for it"
    return PlanDeviation(text, key=declaration.key, hint=_ADVICE)


def undeclared(key: str) -> PlanDeviation:
    """The error for a planned resource that the second run did not declare."""
    text = f"{key} is in the plan, but the second run of the program did not declare it"
    return PlanDeviation(text, key=key, hint=_ADVICE)


def unplanned_lookup(question: LookupQuestion) -> PlanDeviation:
    """The error for a question that only the second run asked."""
    return PlanDeviation(
        f"lookup {question.title} at {question.source}: the second run of the program asks what the plan did not ask",
        key=question.title,
        hint=_ADVICE,
    )


def unplanned(declaration: Declaration) -> PlanDeviation:
    """The error for a resource that only the second run declared."""
    return _deviation(declaration, "it is not in the plan")
