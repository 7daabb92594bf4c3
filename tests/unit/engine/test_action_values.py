"""An action is not called with values that the plan did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import ResourceDescription
from cloudwright.engine.actions import ActionRunner
from cloudwright.errors import PlanDeviation
from cloudwright.plan.actions import PlannedAction, ResolvedAction
from cloudwright.plan.model import Action, Declared
from cloudwright.plan.planner import Planner
from cloudwright.program.declaration import ActionSpec, Declaration
from cloudwright.program.reference import Ref
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, running
from render_samples import step
from subject_kit import context_of

if TYPE_CHECKING:
    from pathlib import Path


async def never(_: Any, __: Any) -> None:
    raise NotImplementedError


async def test_an_argument_that_changed_is_blamed_on_the_attribute_that_it_refers_to(tmp_path: Path) -> None:
    spec = ActionSpec(when="changed", once=False, after=(), runs_locally=True, call=never, result=None)
    document = {"name": Ref("b", ("DisplayName",))}
    declaration = Declaration(key="act", type=ActionSpec.TYPE, document=document, action=spec)
    context = context_of()
    planner, shown = Planner(context), {"name": "old"}
    planner.existing["b"] = ResourceDescription("b", {"DisplayName": "old"})
    planner.declared["b"] = Declared(key="b", type=TOPIC, target=HERE, properties={})
    planned = step("act", Action.RUN, type=ActionSpec.TYPE, desired=shown)
    subject = ResolvedAction(declaration=declaration, spec=spec, target=HERE, arguments=shown, masked=shown)
    planner.actions["act"] = PlannedAction(subject=subject, step=planned)
    async with running(World(tmp_path, clock=VirtualClock())) as run:
        runner = ActionRunner(
            run=run,
            context=context,
            planner=planner,
            value=lambda _: "new",
            deployed=lambda _: None,
            simulated=True,
        )
        with pytest.raises(PlanDeviation, match="DisplayName of b was expected to keep its value"):
            await runner.carry_out(planned, declaration)
