"""What a run does to a target, by its verb: inspect it, then apply what was approved."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cloudwright.fleet.consent import identity, slim
from cloudwright.fleet.model import TargetStatus, Verb
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.findings import blocking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.app.app import App
    from cloudwright.engine.outcome import Result
    from cloudwright.fleet.consent import FleetConsent
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions

    TargetResult = dict[str, Any]
    Apply = Callable[[App, PlanOptions, FleetConsent], Awaitable[Result]]

PLANNED = "planned"
"""Used in place of a `TargetStatus` if the target's plan needs approval next."""


@dataclass(frozen=True, slots=True)
class VerbHandler:
    """What a verb does with one target.

    Attributes:
        inspect: The first step. Returns a plan and whether to continue, or a complete drift report.
        apply: Applies the plan, within the consent; `None` for a verb that only reads.
    """

    inspect: Callable[[App, PlanOptions], Awaitable[TargetResult]]
    apply: Apply | None = None


async def _judged(planning: Awaitable[Plan]) -> TargetResult:
    """A plan; findings of severity error and unapproved replacements end the attempt here."""
    plan = await planning
    if plan.consents:
        text = "; ".join(f"{consent.text} ({consent.fix})" for consent in plan.consents)
        return {**about(plan), "status": TargetStatus.FAILED, "error": text}
    found = blocking(plan)
    if not found:
        return {**about(plan), "status": PLANNED}
    reasons = "; ".join(dict.fromkeys(f"{one.id}: {one.text}" for one in found))
    text = f"{reasons} (correct it, or silence the rule with a reason)"
    return {**about(plan), "status": TargetStatus.FAILED, "error": text}


async def _compared(app: App) -> TargetResult:
    """The drift report; a target fails if a read was denied or nothing could be compared: nothing is known then."""
    report = await app.drift()
    return {
        "status": TargetStatus.DONE,
        "drifted": len(report.drifted),
        "notes": list(report.notes),
        "report": _document(report),
        **({} if report.trustworthy else {"status": TargetStatus.FAILED, "error": _unread(report)}),
    }


def _unread(report: DriftReport) -> str:
    """Why a report promises nothing."""
    denied = "; ".join(f"{one.key}: {one.reason}" for one in report.resources if one.denied)
    if denied:
        return f"{denied} (let the role read these types)"
    reasons = [f"{one.key}: {one.reason}" for one in report.resources]
    return f"nothing could be compared: {'; '.join([*reasons, *report.notes])}"


def _document(made: Plan | DriftReport) -> Any:
    return json.loads(json.dumps(asdict(made)))


HANDLERS: Mapping[Verb, VerbHandler] = {
    Verb.DEPLOY: VerbHandler(
        lambda app, options: _judged(app.plan(options)),
        lambda app, options, consent: app.deploy(options=options, approve=consent, answers=consent.agreed.lookups),
    ),
    Verb.DESTROY: VerbHandler(
        lambda app, options: _judged(app.plan_destroy(options)),
        lambda app, options, consent: app.destroy(options=options, approve=consent),
    ),
    Verb.DRIFT: VerbHandler(lambda app, _: _compared(app)),
}


def about(plan: Plan) -> TargetResult:
    """The stored parts of a plan: enough to show it, approve it, and decide later whether it covers another one."""
    return {
        "changes": len(plan.changes),
        "digest": identity(plan),
        "notes": list(plan.notes),
        "plan": _document(slim(plan)),
    }
