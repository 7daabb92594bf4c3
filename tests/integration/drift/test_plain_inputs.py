"""Write-only values that are not secrets: the plan shows what changes in them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cloudwright import secret
from cloudwright.aws.control import AWS
from cloudwright.diff.masking import marker
from cloudwright.render.plan.edits import edits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from app_kit import World


def program(size: str = "m6i.large", user_data: Any = "#!/bin/sh", **more: Any) -> Callable[[], None]:
    def main() -> None:
        data: Any = {"InstanceType": size, "UserData": user_data, **more}
        AWS.EC2.LaunchTemplate("app", LaunchTemplateName="app", LaunchTemplateData=data)

    return main


async def edits(world: World, changed: Callable[[], None]) -> dict[str, tuple[Any, Any]]:
    (step,) = (await world.plan(changed)).steps
    return {edit.path: (edit.old, edit.new) for change in step.changes for edit in edits_of(change)}


async def test_the_plan_tells_which_member_changes(world: World) -> None:
    await world.deploy(program())

    assert {"/LaunchTemplateData/InstanceType": ("m6i.large", "m6i.xlarge")} == await edits(
        world, program("m6i.xlarge")
    )


async def test_a_member_that_comes_and_one_that_goes_are_reported_and_sent(world: World) -> None:
    await world.deploy(program(EbsOptimized=True))
    changed = program(KeyName="ops")

    assert {
        "/LaunchTemplateData/EbsOptimized": (True, None),
        "/LaunchTemplateData/KeyName": (None, "ops"),
    } == await edits(world, changed)
    assert (await world.deploy(changed)).ok
    assert (await world.plan(changed)).empty


async def test_user_data_stays_hidden_and_its_change_is_seen(world: World) -> None:
    await world.deploy(program(user_data="token-0123"))
    (record,) = (await world.snapshot()).records
    found = await edits(world, program(user_data="token-4567"))

    assert ["/LaunchTemplateData/UserData"] == list(found)
    assert "token" not in repr(found)
    assert "token" not in repr(record)


async def test_a_secret_inside_is_a_secret_and_no_change_by_itself(world: World) -> None:
    hidden = secret(base64.b64encode(b"password=hunter2").decode())
    await world.deploy(program(KeyName=hidden))
    (record,) = (await world.snapshot()).records

    assert hidden.reveal() not in repr(record)
    assert (await world.plan(program(KeyName=hidden))).empty
    assert "/LaunchTemplateData/KeyName" in await edits(world, program(KeyName=secret("other")))


async def test_a_record_that_hides_the_whole_block_is_no_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        for module in ("plan.masking", "diff.context"):
            patch.setattr(f"cloudwright.{module}.masked_inputs", lambda _, write_only: write_only)
            patch.setattr(f"cloudwright.{module}.leaf_markers", lambda value, key, _: marker(value, key))
        await world.deploy(program())
    (record,) = (await world.snapshot()).records
    declared: Any = record.declared

    assert ["$secret"] == list(declared["LaunchTemplateData"])
    assert (await world.plan(program())).empty
    assert not (await world.plan(program("m6i.xlarge"))).empty
