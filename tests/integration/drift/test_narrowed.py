"""Runs that `--target` and `--exclude` narrow: what they leave out is not a failure, and keeps its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import Status

if TYPE_CHECKING:
    from app_kit import World


def program() -> dict[str, Any]:
    one = AWS.Logs.LogGroup("one", LogGroupName="/one")
    two = AWS.Logs.LogGroup("two", LogGroupName="/two")
    return {"One": one.Arn, "Two": [two.Arn], "Fixed": 1}


async def test_a_first_deploy_of_a_part_succeeds_and_knows_its_own_outputs(world: World) -> None:
    result = await world.deploy(program, targets=("one",))

    assert result.ok
    assert {"one": Status.DONE, "two": Status.UNCHANGED} == {o.key: o.status for o in result.outcomes}
    assert {"One", "Fixed"} == set(result.outputs)
    assert {"one"} == set(await world.records())
    assert {"One", "Fixed"} == set((await world.deploy(program, targets=("one",))).outputs)


async def test_the_rest_follows_and_outputs_of_what_is_left_alone_stay(world: World) -> None:
    await world.deploy(program, targets=("one",))
    whole = await world.deploy(program)
    assert {"One", "Two", "Fixed"} == set(whole.outputs)

    world.cloud.remove("000000000000", "us-east-1", "AWS::Logs::LogGroup", "/two")
    again = await world.deploy(program, targets=("one",))
    assert (True, whole.outputs) == (again.ok, again.outputs)
