"""Replacements that need consent: marked in the plan, refused by a deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import ConsentNeeded, PlanError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.identity import naming_paths
from cloudwright.plan.model import Action, Consent, Order
from cloudwright.plan.replacement_order import order_of
from cloudwright.plan.replacement_teardown import users
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.planner import Planned, Planner
    from cloudwright.program.declaration import Declaration


_COVERED_LATER = frozenset(
    {
        *(Action.CREATE, Action.UPDATE, Action.RUN, Action.RESUME),
        *(Action.READ, Action.NONE, Action.IMPORT, Action.MOVE),
    }
)


def covered_later(plan: Plan) -> bool:
    """Whether `--yes` covers a later plan of a program that could only be planned in part.

    Nobody has reviewed such a plan, so it must not delete, replace or forget anything.

    Args:
        plan: The second one, or a later one.
    """
    return all(step.action in _COVERED_LATER for step in plan.changes)


def consents_needed(
    steps: Sequence[Step], planner: Planner, declarations: Mapping[str, Declaration]
) -> tuple[Consent, ...]:
    """The consents that the steps need, and how to give them.

    Args:
        steps: The steps of what is declared.
        planner: With everything decided.
        declarations: All declarations of the run.
    """
    given = planner.context.options.allow_replace
    open_steps = [step for step in steps if step.may_replace and step.key not in given]
    perhaps = [_perhaps(open_steps)] if open_steps else []
    return (*perhaps, *_teardown(steps, planner, declarations))


def marked(steps: Iterable[Step], consents: Iterable[Consent]) -> list[Step]:
    """The steps, with those that need consent marked.

    Args:
        steps: The steps of what is declared.
        consents: From `consents_needed`.
    """
    keys = {key for consent in consents for key in consent.keys}
    return [replace(step, needs_consent=True) if step.key in keys else step for step in steps]


def refuse_unconsented(plan: Plan) -> None:
    """Check that a plan may be applied.

    Args:
        plan: The plan.

    Raises:
        ConsentNeeded: It would replace, or may replace, something without consent.
    """
    if plan.consents:
        raise ConsentNeeded("\n".join(consent.text for consent in plan.consents), hint=consent_hint(plan))


def consent_hint(plan: Plan) -> str:
    """How to give all consents that a plan needs; for a single one also how to avoid it.

    Args:
        plan: One with consents.
    """
    keys = dict.fromkeys(key for consent in plan.consents for key in consent.keys)
    flags = " ".join(f"--allow-replace {key}" for key in keys)
    return plan.consents[0].fix if len(plan.consents) == 1 else f"if all of this is fine: {flags}"


def _perhaps(steps: Sequence[Step]) -> Consent:
    lines = "".join(f"\n  {step.key}: {_first_reason(step)}" for step in steps)
    flags = " ".join(f"--allow-replace {step.key}" for step in steps)
    return Consent(
        keys=tuple(step.key for step in steps),
        text=f"these may turn out as replacements:{lines}",
        fix=f"if that is fine: {flags}",
    )


def _first_reason(step: Step) -> str:
    causes = [change for change in step.changes if change.forces]
    return f"{causes[0].path} ({causes[0].rule})" if causes else "; ".join(step.reasons)


# -- teardowns: dependents of what is replaced delete-first


def _teardown(steps: Iterable[Step], planner: Planner, declarations: Mapping[str, Declaration]) -> tuple[Consent, ...]:
    context = planner.context
    first = {step.key: planner.planned[step.key] for step in steps if step.order is Order.DELETE_FIRST}
    own = {key for key, planned in first.items() if _of_its_own(planned, planner)}
    torn = sorted(set(first) - own - set(context.options.allow_replace))
    if not torn:
        return ()
    causes = [first[key] for key in sorted(own) if users({key}, first, declarations) - own]
    return (_torn_down(causes, torn),)


def _of_its_own(planned: Planned, planner: Planner) -> bool:
    """Whether it is replaced delete-first for a reason of its own, not only as a teardown."""
    subject = planned.subject
    if not subject.teardown:
        return True
    forced = any(change.forces and change.rule != "teardown" for change in planned.decision.changes)
    return forced and order_of(replace(subject, teardown=False), planner.context)[0] is Order.DELETE_FIRST


def _torn_down(causes: Sequence[Planned], keys: Sequence[str]) -> Consent:
    names = ", ".join(planned.step.key for planned in causes)
    reasons = "".join(f"\n  {planned.step.key}: {_reason(planned)}" for planned in causes)
    flags = " ".join(f"--allow-replace {key}" for key in keys)
    return Consent(
        keys=tuple(keys),
        text=f"to replace {names}, the old one must be deleted first, but {_listed(keys)} it and would be "
        f"replaced, too{reasons}",
        fix=f"{''.join(map(_under_another_name, causes))}if the teardown is fine: {flags}",
    )


def _listed(keys: Sequence[str]) -> str:
    return f"{keys[0]} needs" if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]} need"


def _reason(planned: Planned) -> str:
    step = planned.step
    forced = (f"{change.path} changes ({change.rule})" for change in step.changes if change.forces and change.path)
    return "; ".join((*forced, *step.reasons, str(step.source)))


def _under_another_name(planned: Planned) -> str:
    """How the new resource could exist beside the old one: under another name."""
    subject = planned.subject
    naming = naming_paths(subject.kind)
    paths = [path for path in naming if isinstance(get(subject.desired, path), str)]
    if not paths or subject.teardown or subject.declaration.options.delete_before_replace:
        return ""
    if subject.kind.replacement_strategy == "delete_then_create":
        return ""
    names = " or ".join("/".join(path) for path in paths)
    return (
        f"give {planned.step.key} another {names}, so that the new one is created first and nothing is torn down; or, "
    )


def _refuse_protected(steps: Iterable[Step], declarations: Mapping[str, Declaration], context: PlanContext) -> None:
    for step in steps:
        if step.action is Action.REPLACE and is_protected(declarations[step.key], context):
            why = "; ".join(change.path or change.reason for change in step.changes if change.forces)
            raise PlanError(
                f"{step.key} is protected and the plan would replace it ({why})",
                hint="undo the change, or deploy once with protect=False",
            )


def is_protected(declaration: Declaration, context: PlanContext) -> bool:
    """Whether a resource must be neither replaced nor deleted.

    Removing protection takes effect only after a deploy; adding it takes effect at once.

    Args:
        declaration: The resource's declaration.
        context: The state.
    """
    return declaration.options.protect or any(record.protect for record in context.records(declaration.key))
