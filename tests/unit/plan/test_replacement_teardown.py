"""What the plan says where something in use must be replaced old one first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.aws import ImageBuilder
from cloudwright.errors import ConsentNeeded
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARENT = "arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def document(command: str) -> str:
    steps = f"- name: s\n    action: ExecuteBash\n    inputs: {{commands: ['{command}']}}"
    return f"schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  {steps}\n"


def factory(data: str, version: str = "1.0.0", *, own_order: bool = False) -> Callable[[], None]:
    def main() -> None:
        component = ImageBuilder.Component(
            "component",
            Name="component",
            Platform="Linux",
            Version=version,
            Data=document(data),
            delete_before_replace=own_order,
        )
        recipe = ImageBuilder.ImageRecipe(
            "recipe", Name="recipe", Version="1.0.x", ParentImage=PARENT, Components=[{"ComponentArn": component.Arn}]
        )
        infra = ImageBuilder.InfrastructureConfiguration("infra", Name="infra", InstanceProfileName="profile")
        ImageBuilder.ImagePipeline(
            "pipeline", Name="pipeline", ImageRecipeArn=recipe.Arn, InfrastructureConfigurationArn=infra.Arn
        )

    return main


async def test_consent_is_asked_for_everything_at_once_with_the_property_and_both_ways_out(world: World) -> None:
    await world.deploy(factory("a: 1"))

    with pytest.raises(ConsentNeeded) as refused:
        await world.deploy(factory("a: 2"))
    assert "component: /Data changes (createOnly)" in str(refused.value)
    assert "test_replacement_teardown.py:" in str(refused.value)
    assert refused.value.hint == (
        "give component another Name or Version, so that the new one is created first and nothing is torn down; "
        "or, if the teardown is fine: --allow-replace pipeline --allow-replace recipe"
    )


async def test_the_first_way_out_tears_nothing_down(world: World) -> None:
    await world.deploy(factory("a: 1"))
    result = await world.deploy(factory("a: 2", "1.0.1"))

    assert result.ok, result.failed
    orders = {step.key: step.order for step in result.plans[0].steps if step.action is Action.REPLACE}
    assert Order.CREATE_FIRST is orders["component"]
    assert "pipeline" not in orders


async def test_the_second_way_out_is_all_the_consent_it_takes(world: World) -> None:
    await world.deploy(factory("a: 1"))

    assert (await world.deploy(factory("a: 2"), allow_replace=("pipeline", "recipe"))).ok


async def test_another_name_is_no_way_out_of_an_order_that_the_program_sets(world: World) -> None:
    await world.deploy(factory("a: 1", own_order=True))

    with pytest.raises(ConsentNeeded) as refused:
        await world.deploy(factory("a: 2", own_order=True))
    assert "delete_before_replace is set" in str(refused.value)
    assert refused.value.hint == "if the teardown is fine: --allow-replace pipeline --allow-replace recipe"
