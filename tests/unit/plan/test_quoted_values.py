"""Numbers and booleans in quotes, as templates have them: refused, with one line for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from app_kit import World
from cloudwright.aws import EC2
from cloudwright.errors import InvalidProperties

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def open_to(*ports: str) -> Callable[[], None]:
    def main() -> None:
        rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"} for port in ports]
        EC2.SecurityGroup("group", GroupDescription="web", SecurityGroupIngress=cast("Any", rules))
        EC2.VPC("vpc", CidrBlock="10.0.0.0/16", EnableDnsSupport=cast("Any", "true"))

    return main


async def refusal(world: World, program: Callable[[], None]) -> list[str]:
    with pytest.raises(InvalidProperties) as refused:
        await world.plan(program)
    return str(refused.value).splitlines()


async def test_many_of_one_resource_share_a_line_with_the_fix(world: World) -> None:
    lines = await refusal(world, open_to("443", "80"))

    assert lines[0] == "5 problems, nothing was sent"
    (shared,) = [line for line in lines if "are quoted" in line]
    assert shared == (
        "    4 numbers or booleans are quoted; Cloud Control converts nothing, so write: "
        "/SecurityGroupIngress/0/FromPort = 443, /SecurityGroupIngress/0/ToPort = 443, "
        "/SecurityGroupIngress/1/FromPort = 80, /SecurityGroupIngress/1/ToPort = 80"
    )
    assert not [line for line in lines if "FromPort: expected" in line]


async def test_few_have_a_line_each(world: World) -> None:
    lines = await refusal(world, open_to("443"))

    assert len([line for line in lines if "write it without quotes" in line]) == 3
    assert not [line for line in lines if "are quoted" in line]


async def test_what_is_wrong_next_to_them_is_still_said(world: World) -> None:
    lines = await refusal(world, open_to("443", "any"))

    assert [line for line in lines if 'FromPort: expected an integer, found a string "any"' in line]
    assert len([line for line in lines if "without quotes" in line]) == 3
