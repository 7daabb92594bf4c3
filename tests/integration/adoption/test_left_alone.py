"""A plan that is limited to some resources says how many others would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.aws import SNS
from cloudwright.plan.options import PlanOptions

if TYPE_CHECKING:
    from app_kit import World


def program(shown: str = "") -> None:
    for name in ("one", "two", "three"):
        SNS.Topic(name, TopicName=name, DisplayName=shown if name == "two" else "")


async def test_an_import_tells_what_it_leaves_alone_from_what_is_unchanged(world: World) -> None:
    await world.deploy(program, targets=("one", "two"))
    plan = await world.app(lambda: program("new")).plan(PlanOptions(targets=("three",)))

    assert str(plan).splitlines()[-1] == "1 create, 1 left alone, 1 unchanged"
    assert (plan.left_alone, [step.key for step in plan.changes]) == (1, ["three"])


async def test_a_whole_plan_leaves_nothing_alone(world: World) -> None:
    await world.deploy(program)

    assert "left alone" not in str(await world.plan(lambda: program("new")))
