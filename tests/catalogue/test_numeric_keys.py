"""A map's key that looks like a list's position (`/Tags/7`) is a key: nothing decides by the look of a pointer."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from catalogue.kit import ACCOUNT, REGION, live, one, switch
from cloudwright.plan.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.plan.model import Plan

DISTRIBUTION = "ImageBuilder::DistributionConfiguration"
KEYS = pytest.mark.parametrize("key", ["k", "7"])


def images(description: str, tags: dict[str, str], **options: Any) -> Callable[[], None]:
    settings = {"Name": "image-{{ imagebuilder:buildDate }}"}
    regions = [{"Region": "us-east-1", "AmiDistributionConfiguration": settings}]
    document = {"Name": "images", "Description": description, "Distributions": regions, "Tags": tags}
    return one(DISTRIBUTION, document, **options)


def tag(world: World, **tags: str | None) -> None:
    """Set or remove tags outside cloudwright."""
    (found,) = world.cloud.resources()
    document = copy.deepcopy(dict(found.properties))
    merged = {**document["Tags"], **tags}
    document["Tags"] = {key: value for key, value in merged.items() if value is not None}
    world.cloud.modify(ACCOUNT, REGION, found.type_name, found.identifier, document)


@KEYS
async def test_an_entry_that_others_changed_and_the_program_drops_is_removed(world: World, key: str) -> None:
    await world.deploy(images("one", {"a": "b", key: "ours"}))
    tag(world, **{key: "theirs"})

    result = await world.deploy(images("one", {"a": "b"}))

    assert result.ok, result.failed
    assert {"a": "b"} == live(world)["Tags"]


@KEYS
async def test_a_foreign_entry_is_named_by_its_key_alone(world: World, key: str) -> None:
    await world.deploy(images("one", {"a": "b"}))
    tag(world, **{key: "theirs"})

    result = await world.deploy(images("two", {"a": "b"}))

    assert (f"/Tags/{key} was added outside cloudwright and stays",) == result.outcomes[0].notes


@KEYS
async def test_an_unclear_update_of_one_entry_sends_no_other_again(world: World, key: str) -> None:
    await world.deploy(images("one", {"a": "b", key: "ours"}))
    switch(world, "fail", operation="UPDATE", count=1, code="InvalidRequest")
    edited = images("one", {"a": "b", key: "edited"})
    await world.deploy(edited)
    (record,) = (await world.records()).values()
    assert (f"/Tags/{key}",) == record.dirty

    async def meddle(plan: Plan) -> bool:
        assert [] == [change.path for step in plan.changes for change in step.changes if change.path == "/Tags/a"]
        tag(world, a="theirs")
        return True

    result = await world.app(edited).deploy(approve=meddle, allow_findings=True)

    assert result.ok, result.failed
    assert {"a": "theirs", key: "edited"} == live(world)["Tags"]


@KEYS
async def test_a_foreign_entry_that_the_plan_did_not_show_stays_in_an_exclusive_map(world: World, key: str) -> None:
    await world.deploy(images("one", {"a": "b"}, exclusive=["/Tags"]))
    tag(world, shown="theirs")

    async def meddle(plan: Plan) -> bool:
        ((change,),) = (step.changes for step in plan.changes)
        assert ("/Tags/shown", "remove", "theirs") == (change.path, change.kind, change.old)
        tag(world, shown=None, **{key: "theirs"})
        return True

    program = images("one", {"a": "b"}, exclusive=["/Tags"])
    await world.app(program).deploy(options=PlanOptions(refresh=True), approve=meddle, allow_findings=True)

    assert {"a": "b", key: "theirs"} == live(world)["Tags"]
