"""Deletes that come before the end of a run, and what happens if the state does not hold what they delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.aws import SNS
from cloudwright.engine.apply_pass import ApplyDriver
from cloudwright.errors import PlanDeviation
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    import pytest

    from app_kit import World


def topic(name: str) -> None:
    SNS.Topic("topic", TopicName=name, delete_before_replace=True)


async def test_a_replacement_whose_old_half_the_state_lost_is_reported(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.deploy(lambda: topic("old"))
    prepare = ApplyDriver.__post_init__

    def without_its_record(driver: ApplyDriver) -> None:
        prepare(driver)
        (key,) = driver.steps
        driver.steps[key] = replace(driver.steps[key], identifier="arn:aws:sns:us-east-1:000000000000:unknown")

    monkeypatch.setattr(ApplyDriver, "__post_init__", without_its_record)
    result = await world.deploy(lambda: topic("new"))

    assert [(s.action, s.order) for s in result.plans[0].changes] == [(Action.REPLACE, Order.DELETE_FIRST)]
    (failed,) = result.failed
    assert isinstance(failed.error, PlanDeviation)
    assert failed.key == "topic"
    assert "holds no record" in failed.message
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == ["old"]
