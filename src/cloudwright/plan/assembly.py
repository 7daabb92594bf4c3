"""From decided declarations to a complete plan: orphans, old generations, order, identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.errors import PlanError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.consent import _refuse_protected, consents_needed, marked
from cloudwright.plan.dependency_order import edges_of
from cloudwright.plan.digest import program_digest
from cloudwright.plan.duplicates import same_names
from cloudwright.plan.kept_regions import kept_regions
from cloudwright.plan.model import LEFT_ALONE, Action, Partial, Plan, Step
from cloudwright.plan.remaining import Remaining, uses
from cloudwright.plan.removals import check_delete_first, early_steps, removal_steps
from cloudwright.plan.risk_warnings import risk_warnings
from cloudwright.plan.targeting import selected
from cloudwright.plan.undecided import refuse_undecided
from cloudwright.program.document import encode
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Consent, Finding
    from cloudwright.plan.planner import Planned, Planner
    from cloudwright.program.declaration import Declaration
    from cloudwright.state.records import Record

_SHOWN = 3
"""Limit of requests that a note names one by one."""


def assemble_plan(
    planner: Planner,
    declarations: Mapping[str, Declaration],
    *,
    outputs: Mapping[str, Any] | None = None,
    partial: Partial | None = None,
    destroy: bool = False,
) -> Plan:
    """Assemble the plan.

    Args:
        planner: Holds every decided declaration.
        declarations: All declarations of the run, in the program's order.
        outputs: The program's return value, resolved.
        partial: Why the program could not be planned to its end.
        destroy: Whether nothing is declared on purpose.

    Raises:
        PlanError: The steps contradict each other, or depend on a create whose result is unknown.
    """
    context = planner.context
    edges = edges_of(declarations)
    chosen = selected(edges, context.options, {*edges, *context.by_key})
    undecided = refuse_undecided(context.undecided, edges, chosen)
    steps, consents = _with_consents(planner, declarations, _declared_steps(planner, edges, chosen))
    complete = partial is None and not context.resumes
    removed = _no_longer_declared(planner, declarations, steps, edges, complete=complete)
    return Plan(
        app=context.snapshot.app,
        stage=context.snapshot.stage,
        serial=context.snapshot.serial,
        digest=program_digest(declarations, context),
        steps=(*_undeclared_resumes(context, declarations), *steps, *removed),
        declared=tuple(planner.declared[key] for key in declarations if key in planner.declared),
        findings=_findings(planner, (*steps, *removed)),
        outputs=encode(dict(outputs or {}), context.fingerprint),
        partial=partial,
        consents=consents,
        destroy=destroy,
        notes=(
            *_notes(context, chosen, edges, partial),
            *_undecided(undecided),
            *_nothing_in_common(edges, removed, context),
            *kept_regions(planner.planned.values()),
            *_kept((*steps, *removed)),
        ),
        refreshed=context.options.refresh,
        targeted=context.options.targeted,
    )


def _declared_steps(planner: Planner, edges: Iterable[str], chosen: Container[str]) -> list[Step]:
    steps = [step for key in edges if (step := planner.step(key)) is not None]
    # Requests of an earlier run are finished whatever was selected.
    return [s if s.key in chosen or s.action is Action.RESUME else _left_alone(s) for s in steps]


def _with_consents(
    planner: Planner, declarations: Mapping[str, Declaration], steps: Sequence[Step]
) -> tuple[list[Step], tuple[Consent, ...]]:
    """The steps, marked where they need consent; refuses those that protection forbids."""
    _refuse_protected(steps, declarations, planner.context)
    consents = consents_needed(steps, planner, declarations)
    return marked(steps, consents), consents


def _findings(planner: Planner, steps: Sequence[Step]) -> tuple[Finding, ...]:
    return (*planner.findings, *same_names(planner.planned.values()), *risk_warnings(steps, planner.context))


def _no_longer_declared(
    planner: Planner,
    declarations: Mapping[str, Declaration],
    steps: Sequence[Step],
    edges: Iterable[str],
    *,
    complete: bool,
) -> tuple[Step, ...]:
    """The steps of what the program no longer declares: resources, then actions."""
    actions = _forgotten(planner.context, declarations) if complete else ()
    return (*_removals(planner, steps, edges, complete=complete), *actions)


def _removals(planner: Planner, steps: Sequence[Step], edges: Iterable[str], *, complete: bool) -> Sequence[Step]:
    """The steps of removed records; none for a part of a program, since the rest may still declare them."""
    context = planner.context
    entire = complete and not context.options.targeted
    removed = removal_steps(_removed(planner, steps), _remaining(planner, steps), context) if entire else []
    if complete:
        check_delete_first(removed, edges, context)
    return early_steps(removed, steps, context)


def _forgotten(context: PlanContext, declarations: Mapping[str, Declaration]) -> Iterator[Step]:
    if context.snapshot.actions and not context.options.targeted:
        from cloudwright.plan.actions import forgotten_actions

        yield from forgotten_actions(context, declarations)


def _kept(steps: Iterable[Step]) -> Iterator[str]:
    """What a plan as text would hide: foreign elements of unchanged resources, and why a removed record is kept."""
    quiet = (step for step in steps if step.action is Action.NONE)
    return (f"{step.key}: {reason}" for step in quiet for reason in step.reasons)


def _left_alone(step: Step) -> Step:
    reasons = () if step.action in {Action.NONE, Action.READ} else (LEFT_ALONE,)
    return replace(step, action=Action.NONE, changes=(), order=None, maybe=False, may_replace=False, reasons=reasons)


def _removed(planner: Planner, steps: Iterable[Step]) -> list[Record]:
    kept = set()
    for step in steps:
        if step.key not in planner.planned:
            continue
        planned = planner.planned[step.key]
        if planned.record is not None:
            kept.add(planned.record.id)
        if step.action is Action.CREATE:
            kept.update(record.id for record in planner.context.records(step.key) if _vanished(planner, record))
    return [record for record in planner.context.snapshot.records if record.id not in kept]


def _vanished(planner: Planner, record: Record) -> bool:
    """Whether a read found nothing, so that the create replaces the record and no delete is needed."""
    return record.id in planner.context.live and not isinstance(planner.context.live[record.id], Mapping)


def _remaining(planner: Planner, steps: Iterable[Step]) -> Remaining:
    planned: list[Planned] = [planner.planned[step.key] for step in steps if step.key in planner.planned]
    records = [p.record for p in planned if p.record is not None and p.step.action is not Action.REPLACE]
    documents = {
        p.subject.key: uses(p.subject.masked, p.record, p.subject.declaration.options.ignore_changes) for p in planned
    }
    return Remaining(tuple(records), documents, planner.context)


def _undeclared_resumes(context: PlanContext, declarations: Mapping[str, Declaration]) -> list[Step]:
    return [
        Step(
            key=key,
            type=entry.type,
            action=Action.RESUME,
            target=entry.target,
            generation=entry.generation,
            identifier=entry.identifier,
            reasons=(entry.reason or "an earlier run was interrupted here",),
        )
        for key, entry in context.resumes.items()
        if key not in declarations
    ]


def _notes(
    context: PlanContext, chosen: frozenset[str], edges: Mapping[str, object], partial: Partial | None
) -> Iterable[str]:
    if context.options.targeted:
        yield f"the plan is limited to {len(chosen)} of {len(edges)} resources and deletes nothing outside of them"
    if partial is not None and context.options.delete_first:
        yield f"{', '.join(context.options.delete_first)} is deleted first only once the whole program is planned"
    if context.concurrent:
        yield (
            f"{_some(context.concurrent)}: this plan does not include what that run still changes; "
            "plan again once it has ended"
        )
    yield from context.kept
    yield from context.unread
    if context.settled:
        yield f"an earlier run was interrupted; its requests ended: {_some(context.settled)}"
    if context.resumes:
        yield "an earlier run was interrupted: its open requests are completed first, then the program is planned again"


def _undecided(keys: tuple[str, ...]) -> Iterator[str]:
    if keys:
        yield f"{_some(keys)}: an interrupted run may have created this; it is left alone until you decide"


def _nothing_in_common(edges: Mapping[str, object], removed: Iterable[Step], context: PlanContext) -> Iterable[str]:
    """Two programs that share a store, an app name and a stage would delete each other's resources."""
    going = {step.key for step in removed if step.action is Action.DELETE}
    if edges and going and going == set(context.by_key):
        state = f"{context.snapshot.app}/{context.snapshot.stage}"
        yield (
            f"the plan deletes everything in the state of {state}, and the state contains no resource "
            "of this program: if it is another program's state, give this program its own name or stage; "
            "`cloudwright state history FILE` shows who wrote it"
        )


def _some(texts: tuple[str, ...]) -> str:
    shown = "; ".join(texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown}; and {len(texts) - _SHOWN} more"


def refuse_misspelt_aliases(planner: Planner, declarations: Mapping[str, Declaration]) -> None:
    """Refuse an alias of a new resource that is a near miss of a key that would be deleted.

    An alias that matches nothing is common once the move is done, or in a stage that never needed it.

    Raises:
        PlanError: Names the key that was meant.
    """
    context = planner.context
    orphans = [key for key in context.by_key if key not in declarations and key not in context.moves.values()]
    for key, declaration in declarations.items():
        if not orphans or key in context.by_key or key in context.moves:
            continue
        for alias in declaration.options.aliases:
            if near := did_you_mean(alias, orphans):
                raise PlanError(
                    f"{key}: aliases={alias!r} matches no key of the state; did you mean {near!r}?",
                    hint="correct the alias, or remove it: without it, a new resource is created",
                )
