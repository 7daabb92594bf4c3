from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from cloudwright.fleet.model import TargetStatus, Verb
from cloudwright.fleet.verb_handlers import HANDLERS, PLANNED
from cloudwright.plan.model import Consent, Plan
from cloudwright.plan.options import PlanOptions
from render_samples import plan


class App:
    """An app whose plan is given."""

    def __init__(self, made: Plan) -> None:
        self.made = made

    async def plan(self, options: PlanOptions) -> Plan:
        del options
        return self.made


async def inspection(made: Plan) -> dict[str, Any]:
    result = await HANDLERS[Verb.DEPLOY].inspect(cast("Any", App(made)), PlanOptions())
    return dict(cast("Any", result))


async def test_a_target_whose_plan_needs_consent_fails_with_its_plan_and_the_reason() -> None:
    consent = Consent(keys=("db",), text="db may be replaced", fix="--allow-replace db")
    result = await inspection(replace(plan(), consents=(consent,)))

    assert result["status"] == TargetStatus.FAILED
    assert result["error"] == "db may be replaced (--allow-replace db)"
    assert result["plan"]["consents"] == [{"keys": ["db"], "text": "db may be replaced", "fix": "--allow-replace db"}]


async def test_a_plan_without_any_is_planned() -> None:
    assert (await inspection(plan()))["status"] == PLANNED
