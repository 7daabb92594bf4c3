"""A destroy of what is protected names the line that protects it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app_kit import World
from cloudwright.aws import SNS, SSM
from cloudwright.errors import PlanError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def kept() -> None:
    topic = await SNS.Topic("topic", TopicName="topic")
    SSM.Parameter("parameter", Name="/topic", Type="String", Value=topic.TopicArn, protect=True)


def line_of(text: str) -> str:
    lines = Path(__file__).read_text("utf-8").splitlines()
    return f"{__file__}:{next(number for number, line in enumerate(lines, 1) if text in line)}"


async def test_the_line_is_named_where_the_program_declares_it(world: World) -> None:
    await world.deploy(kept)
    with pytest.raises(PlanError) as refused:
        await world.app(kept).destroy()

    assert f"parameter is protected ({line_of('SSM.Parameter(')}) and destroy would delete it" in str(refused.value)
    assert f"set protect=False at {line_of('SSM.Parameter(')} and deploy once" in str(refused.value)
    assert "declare it again" not in str(refused.value)
    assert len(world.live("SNS::Topic")) == 1


@pytest.mark.parametrize("broken", [False, True])
async def test_what_is_not_declared_now_is_protected_all_the_same(world: World, *, broken: bool) -> None:
    def other() -> None:
        if broken:
            raise ValueError("the program fails")

    await world.deploy(kept)
    with pytest.raises(PlanError, match="does not declare it now"):
        await world.app(other).destroy()


async def test_a_program_is_not_run_for_a_destroy_of_what_nobody_protects(world: World) -> None:
    runs: list[str] = []

    def program() -> None:
        runs.append("run")
        SNS.Topic("topic", TopicName="topic")

    await world.deploy(program)
    runs.clear()

    assert (await world.app(program).destroy()).ok
    assert runs == []


async def test_a_plan_that_leaves_it_out_says_to_declare_it_again(world: World) -> None:
    def nothing() -> None:
        """Declares nothing."""

    await world.deploy(kept)
    with pytest.raises(PlanError, match="declare it again; to delete it, deploy once with protect=False first"):
        await world.plan(nothing)
