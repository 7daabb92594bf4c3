"""Deletes that come before the end of a run, and what happens if the state does not hold what they delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app_kit import World
from catalog_kit import CATALOG
from cloudwright import Resource
from cloudwright.aws import SNS
from cloudwright.engine.apply_pass import ApplyDriver
from cloudwright.errors import PlanDeviation
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


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
    assert "has no record" in failed.message
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == ["old"]


async def test_what_is_deleted_for_a_value_that_turns_out_the_same_is_created_again(tmp_path: Path) -> None:
    catalog = CATALOG.with_overlay(_source("One"))
    catalog.learn(_source("Two"))
    world = World(tmp_path, catalog=lambda: catalog)

    def bound(name: str, description: str) -> Callable[[], None]:
        def declare() -> None:
            source = Resource("source", type=f"Acme::Test::{name}", properties={})
            SNS.Topic(
                "topic",
                TopicName="t",
                DisplayName=description,
                replace_on=[source.Answer],
                delete_before_replace=True,
            )

        return declare

    await world.deploy(bound("One", "old"))
    for description in ("old", "new"):
        result = await world.deploy(bound("Two", description), allow_replace=("source", "topic"))
        (topic,) = [step for step in result.plans[0].changes if step.key == "topic"]

        assert result.ok
        assert (topic.action, topic.order, topic.maybe) == (Action.REPLACE, Order.DELETE_FIRST, description == "old")
        assert [found["DisplayName"] for found in world.live("SNS::Topic")] == [description]
        assert (await world.plan(bound("Two", description))).empty
        await world.deploy(bound("One", description), allow_replace=("source", "topic"))


def _source(name: str) -> dict[str, object]:
    """A type whose attribute is known only after deploy, and always the same."""
    return {
        "typeName": f"Acme::Test::{name}",
        "additionalProperties": False,
        "properties": {"Id": {"type": "string"}, "Answer": {"type": "string", "enum": ["42"]}},
        "readOnlyProperties": ["/properties/Id", "/properties/Answer"],
        "primaryIdentifier": ["/properties/Id"],
        "handlers": {verb: {"permissions": []} for verb in ("create", "read", "update", "delete", "list")},
    }
