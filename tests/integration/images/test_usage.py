"""Who uses an AMI: EC2's usage report and the references of its account, over the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.imagebuilder.delivery.usage import NOT_COVERED
from cloudwright.local.faults import Fault
from images_kit import ABROAD, BUILD, DEV, HOME, deployed

if TYPE_CHECKING:
    from app_kit import World


async def test_the_launch_template_of_the_distribution_is_a_use(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    amis = {one.place: one for one in (await app.images.usage()).amis}

    assert "ec2:LaunchTemplate" in {use.type for use in amis[Place(BUILD, HOME)].uses}
    assert ["ssm:Parameter"] == [use.type for use in amis[Place(BUILD, ABROAD)].uses]
    assert amis[Place(DEV, HOME)].unused
    assert NOT_COVERED


async def test_nothing_is_unused_without_a_full_report(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    refusal = {"code": "UnauthorizedOperation", "message": "You are not authorized"}
    world.cloud.faults.add(Fault("refuse", operation="DescribeImageReferences", options=refusal, count=1))
    report = await app.images.usage()

    (unread,) = [one for one in report.amis if not one.full]
    assert not unread.unused
    assert "You are not authorized" in unread.problem
