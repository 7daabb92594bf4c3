"""What a run does to a target, by its verb: the look that comes first, and what is applied once it is agreed to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cloudwright.fleet.consent import identity, slim
from cloudwright.fleet.model import TargetStatus, Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.app import App
    from cloudwright.engine.outcome import Result
    from cloudwright.fleet.consent import Consent
    from cloudwright.plan.model import Plan

    TargetResult = dict[str, Any]

PLANNED = "planned"
"""In place of a `TargetStatus`, for a target that goes on to its approval."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a verb goes about one target.

    Attributes:
        look: The first step's result: a plan, and whether it may go on.
        apply: Does what was planned, as far as the consent goes.
    """

    look: Callable[[App], Awaitable[TargetResult]]
    apply: Callable[[App, Consent], Awaitable[Result]]


WAYS: Mapping[Verb, Way] = {
    Verb.DEPLOY: Way(lambda app: _judged(app.plan()), lambda app, consent: app.deploy(approve=consent)),
    Verb.DESTROY: Way(lambda app: _judged(app.plan_destroy()), lambda app, consent: app.destroy(approve=consent)),
}


async def _judged(planning: Awaitable[Plan]) -> TargetResult:
    """A plan; findings of severity error end it here."""
    plan = await planning
    errors = [one for one in plan.findings if one.severity == "error" and not one.silenced]
    if not errors:
        return {**about(plan), "status": PLANNED}
    found = "; ".join(dict.fromkeys(f"{one.id}: {one.text}" for one in errors))
    told = f"{found} (correct it, or silence the rule with a reason)"
    return {**about(plan), "status": TargetStatus.FAILED, "error": told}


def about(plan: Plan) -> TargetResult:
    """What is kept of a plan: enough to show it, to approve it, and to tell later whether it covers another.

    Args:
        plan: As it was made.
    """
    return {
        "changes": len(plan.changes),
        "digest": identity(plan),
        "notes": list(plan.notes),
        "plan": json.loads(json.dumps(asdict(slim(plan)))),
    }
