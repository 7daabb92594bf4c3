"""References inside write-only values: known only after deploy, known, and unknown again after a replacement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import Resource, secret
from cloudwright.errors import ReferenceMisuse
from cloudwright.plan.model import Action
from cloudwright.plan.saved import Saved, from_json, to_json
from cloudwright.state.changes import PutRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.plan.model import Plan

ROLE = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
RECIPE = "arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/base/1.0.0"
INFRASTRUCTURE = "arn:aws:imagebuilder:us-east-1:000000000000:infrastructure-configuration/base"

ANSWER = "arn:aws:iam::000000000000:role/another"


def program(settings: Callable[[Any], Any], path: str = "/", **options: Any) -> Callable[[], None]:
    """An image whose write-only `DeletionSettings` refer to a role; another path replaces the role."""

    def declare() -> None:
        document = {**ROLE, "RoleName": f"role{len(path)}", "Path": path}
        role = Resource("role", type="AWS::IAM::Role", properties=document)
        image = {"ImageRecipeArn": RECIPE, "InfrastructureConfigurationArn": INFRASTRUCTURE}
        image["DeletionSettings"] = settings(role)
        Resource("image", type="AWS::ImageBuilder::Image", properties=image, **options)

    return declare


KINDS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda role: {"ExecutionRole": role.Arn},
    "in a text": lambda role: {"ExecutionRole": f"{role.Arn}/more"},
    "of secret text": lambda _: {"ExecutionRole": secret(ANSWER)},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_first_deploy_a_second_and_one_where_the_value_is_unknown_again(world: World, kind: str) -> None:
    first = await world.deploy(program(KINDS[kind]))
    again = await world.deploy(program(KINDS[kind]))
    renewed = await world.deploy(program(KINDS[kind], "/new/"), allow_replace=("role", "image"))

    assert [first.ok, again.ok] == [True, True], [*first.failed, *again.failed]
    assert renewed.ok, [(one.key, one.message) for one in renewed.failed]
    assert again.calls == 0
    (sent,) = world.live("ImageBuilder::Image")
    assert sent["InfrastructureConfigurationArn"] == INFRASTRUCTURE


async def test_the_plan_says_what_is_known_only_after_deploy_and_shows_no_value(world: World) -> None:
    plan = await world.plan(program(KINDS["whole"]))

    (step,) = [step for step in plan.steps if step.key == "image"]
    assert step.desired["DeletionSettings"] == {"ExecutionRole": {"$unknown": "role:/Arn"}}
    assert from_json(to_json(Saved(plan))).plan == plan


async def test_a_saved_plan_holds_when_the_value_turns_out(world: World) -> None:
    plan = from_json(to_json(Saved(await world.plan(program(KINDS["whole"]))))).plan

    result = await world.app(program(KINDS["whole"])).deploy(plan)

    assert result.ok, [(one.key, one.message) for one in result.failed]


async def test_a_record_with_the_fingerprint_of_the_whole_block_is_no_change(world: World) -> None:
    await world.deploy(program(KINDS["whole"]))
    await as_written_before(world)

    assert (await world.plan(program(KINDS["whole"]))).empty
    changed = await world.plan(program(KINDS["in a text"]))
    assert actions_of(changed) == {"role": Action.NONE, "image": Action.UPDATE}
    result = await world.deploy(program(KINDS["in a text"]))
    assert result.ok, [(one.key, one.message) for one in result.failed]
    assert list(await hidden_block(world)) == ["ExecutionRole"]


async def test_a_record_with_the_fingerprint_of_the_whole_block_stands_a_reference_that_is_unknown_again(
    world: World,
) -> None:
    await world.deploy(program(KINDS["whole"]))
    await as_written_before(world)

    result = await world.deploy(program(KINDS["whole"], "/new/"), allow_replace=("role", "image"))

    assert result.ok, [(one.key, one.message) for one in result.failed]


async def test_what_was_one_secret_may_become_a_document_with_a_reference(world: World) -> None:
    def described(description: Callable[[Any], Any]) -> Callable[[], None]:
        def declare() -> None:
            role = Resource("role", type="AWS::IAM::Role", properties={**ROLE, "RoleName": "r"})
            policy = {"PolicyDocument": description(role), "PolicyName": "p"}
            Resource("policy", type="AWS::IAM::RolePolicy", properties={**policy, "RoleName": "other"})

        return declare

    def open_document(role: Any) -> Any:
        return {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": role.RoleId}]}

    await world.deploy(described(lambda _: secret({"Statement": []})))
    replaced = await world.deploy(described(open_document), replace=("role",), allow_replace=("role", "policy"))

    assert replaced.ok, [(one.key, one.message) for one in replaced.failed]


async def test_a_value_in_replace_on_that_is_unknown_again_may_turn_out_the_same(world: World) -> None:
    def bound(name: str) -> Callable[[], None]:
        def declare() -> None:
            role = Resource("role", type="AWS::IAM::Role", properties={**ROLE, "RoleName": name})
            Resource("topic", type="AWS::SNS::Topic", properties={"TopicName": "t"}, replace_on=[role.RoleId])

        return declare

    await world.deploy(bound("one"))
    plan = await world.plan(bound("two"), allow_replace=("role", "topic"))
    (topic,) = [step for step in plan.steps if step.key == "topic"]

    assert (topic.action, topic.maybe) == (Action.REPLACE, True)
    assert ["a value listed in replace_on is known only after deploy"] == [change.reason for change in topic.changes]


async def test_a_short_value_inside_a_hidden_block_cannot_be_guessed_from_what_is_kept(tmp_path: Path) -> None:
    kept = []
    for name in ("one", "two"):
        world = World(tmp_path / name)
        (tmp_path / name).mkdir()
        await world.deploy(program(lambda _: {"ExecutionRole": "1234"}))
        kept.append((await hidden_block(world))["ExecutionRole"]["$secret"])

    assert kept[0].split(":")[-1] != kept[1].split(":")[-1], "the digest does not hang on the key"


async def test_a_reference_inside_a_secret_is_refused_with_the_way_out(world: World) -> None:
    with pytest.raises(ReferenceMisuse, match=r"(?s)DeletionSettings/ExecutionRole.*secret"):
        await world.plan(program(lambda role: {"ExecutionRole": secret(f"x{role.Arn}")}))


async def hidden_block(world: World) -> Any:
    return (await world.records())["image"].declared["DeletionSettings"]


async def as_written_before(world: World) -> None:
    """Give the image's record the form of earlier versions: one fingerprint for the whole write-only block."""
    record = (await world.records())["image"]
    runtime = await world.runtime(world.app(lambda: None).settings)
    (role,) = world.live("IAM::Role")
    whole = {"$secret": runtime.services.sealing.fingerprint({"ExecutionRole": role["Arn"]})}
    former = replace(record, declared={**record.declared, "DeletionSettings": whole})
    snapshot = await world.snapshot()
    await world.app(lambda: None).state_admin.change(lambda _: [PutRecord(former)], serial=snapshot.serial)


def actions_of(plan: Plan) -> dict[str, Action]:
    return {step.key: step.action for step in plan.steps}
