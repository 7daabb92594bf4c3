"""A state that goes away at any commit: answers are recorded before anything is sent that depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import lookup
from cloudwright.aws import EC2, SNS
from cloudwright.errors import LookupFailed, StateUnavailable
from cloudwright.state.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = "ami-0aaaaaaaaaaaaaaaa", "ami-0bbbbbbbbbbbbbbbb"


async def program() -> None:
    SNS.Topic("alarms", TopicName="alarms")
    image = await lookup.ami(owner="amazon", name="al2023-*", newest=True, label="base-ami")
    EC2.LaunchTemplate("server", LaunchTemplateName="server", LaunchTemplateData={"ImageId": image})


def dying_at(number: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let no commit of this number or a later one reach the state."""
    made: list[int] = []
    commit = MemoryStore.commit

    async def counted(self: MemoryStore, *arguments: Any, **options: Any) -> int:
        if len(made) >= number:
            raise StateUnavailable("the state is away")
        made.append(1)
        return await commit(self, *arguments, **options)

    monkeypatch.setattr(MemoryStore, "commit", counted)
    return made


def templates(world: World) -> list[Any]:
    return [one["LaunchTemplateData"]["ImageId"] for one in world.live("EC2::LaunchTemplate")]


async def after_death(world: World, number: int, *, frozen: bool) -> bool:
    """Lose the state, let the AMI move, and deploy again; whether the first run was interrupted at all."""
    world.cloud.answer("ami", OLD)
    with pytest.MonkeyPatch.context() as patch:
        dying_at(number, patch)
        try:
            if (await world.deploy(program)).ok:
                return False
        except StateUnavailable:
            pass
    world.cloud.answer("ami", NEW)
    app = world.app(program)
    holder = await app.holder()
    if holder is not None:
        await app.unlock(holder.id)
    try:
        result = await world.deploy(program, frozen=frozen)
        assert result.ok, result.failed
    except LookupFailed:
        assert frozen
        assert not world.cloud.resources(), "nothing was sent before the answer was recorded"
        return True
    assert templates(world) == [OLD if frozen else NEW]
    return True


@pytest.mark.parametrize("frozen", [True, False])
async def test_the_next_deploy_sees_the_recorded_answer_if_it_is_frozen(tmp_path: Path, frozen: bool) -> None:  # noqa: FBT001 - a parameter
    points = 0
    while await after_death(World(tmp_path), points, frozen=frozen):
        points += 1
        assert points < 40
    assert points >= 4
