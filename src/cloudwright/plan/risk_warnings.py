"""Warnings about risky steps, from the facts about types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.mentions import Mentions
from cloudwright.plan.model import Action, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Step
    from cloudwright.state.records import Record

_ENDING = {Action.DELETE, Action.REPLACE}
_LEAVING = {Action.FORGET, Action.REPLACE}
_BEGINNING = {Action.CREATE, Action.REPLACE}
_PROTECTION = ("DeletionProtection", "DeletionProtectionEnabled", "DisableApiTermination")
_ON = ("ENABLED", "ACTIVE", "true")
_SHOWN = 4
"""Limit of Regions that a warning lists."""


def risk_warnings(steps: Iterable[Step], context: PlanContext) -> Iterator[Finding]:
    """Warnings about steps that will succeed and that the user may regret.

    Args:
        steps: The plan's steps.
        context: The state and the schemas.
    """
    records = {(record.key, record.generation): record for record in context.snapshot.records}
    steps = list(steps)
    yield from _left_behind(steps, records)
    for step in steps:
        if step.type not in context.catalog:
            continue
        if step.action in _ENDING:
            yield from _ends(step, records.get((step.key, _ending_generation(step))), context)
        if step.action in _BEGINNING:
            yield from _unavailable(step, context)


def _ending_generation(step: Step) -> int:
    return step.generation - 1 if step.action is Action.REPLACE else step.generation


def _ends(step: Step, record: Record | None, context: PlanContext) -> Iterator[Finding]:
    if context.catalog.get(step.type).stateful:
        yield _finding(
            step,
            "plan:data-loss",
            f"{step.identifier} is deleted with all its data; Cloud Control makes no final snapshot (CC64)",
            "save the data first, or keep it with retain=True",
        )
    document = {**record.declared, **record.observed} if record is not None else {}
    for name in _PROTECTION:
        if document.get(name) is True or document.get(name) in _ON:
            yield _finding(
                step,
                "plan:deletion-protection",
                f"{name} is on, so its delete will be refused (CC63)",
                f"deploy once with {name} off",
                f"/{name}",
            )


def _left_behind(steps: Iterable[Step], records: Mapping[tuple[str, int], Record]) -> Iterator[Finding]:
    """Retained resources that refer to what is deleted: they stay in AWS, where no later plan sees them."""
    ending = [(step, record) for step in steps if (record := records.get((step.key, _ending_generation(step))))]
    retained = [(step, record) for step, record in ending if record.retain and step.action in _LEAVING]
    named = Mentions((number, record.declared) for number, (_, record) in enumerate(retained))
    for gone, target in ending:
        if target.retain or gone.action not in _ENDING:
            continue
        for number in named.of(target.identifier):
            yield _left(*retained[number], gone)


def _left(step: Step, record: Record, gone: Step) -> Finding:
    return _finding(
        step,
        "plan:retained",
        f"{record.identifier} is retained, so it stays in AWS; it refers to {gone.key}, which is deleted: "
        "AWS may refuse that delete, or what is retained stops working",
        f"retain {gone.key}, too, or deploy {step.key} once with retain=False",
    )


def _unavailable(step: Step, context: PlanContext) -> Iterator[Finding]:
    offered = context.catalog.regions(step.type)
    region = step.target.region
    if offered and region not in offered:
        where = ", ".join(sorted(offered)[:_SHOWN]) + (", ..." if len(offered) > _SHOWN else "")
        yield _finding(
            step,
            "plan:region",
            f"{step.type} was not offered in {region} when the bundled schemas were built, but in {where} (CC87)",
            "choose one of these Regions, or go on if AWS offers it there by now",
        )


def _finding(step: Step, rule: str, text: str, fix: str, path: str = "") -> Finding:
    return Finding(
        id=rule,
        severity="warning",
        key=step.key,
        path=path,
        text=text,
        fix=fix,
        origin="facts about the type",
        source=step.source,
    )
