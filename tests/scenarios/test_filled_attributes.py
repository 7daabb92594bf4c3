"""Attributes that another resource fills after their owner was created, such as the IPv6 blocks of a VPC."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import EC2, SSM
from cloudwright.converted import cidr
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.state.changes import PutRecord
from cloudwright.state.memory import MemoryStore
from cloudwright.testing.loop import VirtualClock
from conformance.state import BEN, TTL

if TYPE_CHECKING:
    from pathlib import Path

LONG = 900.0
"""Virtual seconds after which a run counts as hanging."""


@pytest.fixture
def ipv6(tmp_path: Path) -> World:
    clock = VirtualClock()
    world = World(tmp_path, clock=clock)
    world.cloud = LocalCloud(Catalog.bundled(), clock=clock, operation_time=2.0)
    return world


async def network() -> None:
    vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
    block = EC2.VPCCidrBlock("block", VpcId=vpc.VpcId, AmazonProvidedIpv6CidrBlock=True)
    await vpc
    await block
    EC2.Subnet(
        "subnet", VpcId=vpc.VpcId, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=cidr(vpc.Ipv6CidrBlocks[0], 256, 64)[0]
    )


def address() -> None:
    instance = EC2.Instance("web", ImageId="ami-0123456789abcdef0", InstanceType="t3.micro")
    ip = EC2.EIP("ip", Domain="vpc")
    association = EC2.EIPAssociation("association", AllocationId=ip.AllocationId, InstanceId=instance.InstanceId)
    SSM.Parameter("address", Type="String", Value=instance.PublicIp, depends_on=association)


def shown(world: World, type_name: str) -> dict[str, Any]:
    (found,) = (one for one in world.cloud.resources() if one.type_name == type_name)
    return world.cloud.shown(found.place.account, found.place.region, type_name, found.identifier)


async def test_a_subnet_lies_in_the_block_that_another_resource_gave_its_network(ipv6: World) -> None:
    done = await ipv6.deploy(network)

    assert done.ok, done.failed
    (given,) = shown(ipv6, "AWS::EC2::VPC")["Ipv6CidrBlocks"]
    assert shown(ipv6, "AWS::EC2::Subnet")["Ipv6CidrBlock"] == given.replace("/56", "/64")
    assert (await ipv6.records())["vpc"].observed["Ipv6CidrBlocks"] == [given]
    assert (await ipv6.deploy(network)).calls == 0


async def test_a_reference_gets_the_value_that_another_resource_filled_in(ipv6: World) -> None:
    plan = await ipv6.plan(address)
    done = await ipv6.deploy(address)

    step = next(step for step in plan.steps if step.key == "address")
    assert step.desired["Value"] == {"$unknown": "web:/PublicIp"}
    assert done.ok, done.failed
    assert shown(ipv6, "AWS::SSM::Parameter")["Value"] == shown(ipv6, "AWS::EC2::EIP")["PublicIp"]
    assert (await ipv6.deploy(address)).calls == 0


async def test_a_new_block_of_an_existing_network_is_known_after_deploy(ipv6: World) -> None:
    def before() -> None:
        EC2.VPC("vpc", CidrBlock="10.0.0.0/16")

    await ipv6.deploy(before)
    done = await ipv6.deploy(network)

    assert done.ok, done.failed
    assert shown(ipv6, "AWS::EC2::Subnet")["Ipv6CidrBlock"].endswith("00::/64")


async def test_of_several_blocks_none_is_lost(ipv6: World) -> None:
    def several() -> None:
        vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
        for number in range(1, 6):
            EC2.VPCCidrBlock(f"block{number}", VpcId=vpc.VpcId, CidrBlock=f"10.{number}.0.0/16")

    await ipv6.deploy(several)

    recorded: Any = (await ipv6.records())["vpc"].observed["CidrBlockAssociations"]
    assert recorded == shown(ipv6, "AWS::EC2::VPC")["CidrBlockAssociations"]
    assert len(recorded) == 6


@pytest.mark.parametrize("moment", [0.5 * number for number in range(1, 20)])
async def test_a_killed_run_leaves_no_attribute_as_it_was_before(ipv6: World, moment: float) -> None:
    run = asyncio.create_task(ipv6.app(network).deploy())
    await asyncio.wait([run], timeout=moment)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)

    done = await asyncio.wait_for(ipv6.deploy(network), LONG)

    assert done.ok, done.failed
    assert len(ipv6.cloud.resources()) == 3
    assert (await ipv6.deploy(network)).calls == 0


async def test_a_change_of_something_else_waits_for_no_attribute(ipv6: World) -> None:
    def tagged(value: str) -> None:
        instance = EC2.Instance("web", ImageId="ami-0123456789abcdef0", InstanceType="t3.micro")
        EC2.EIP("ip", Domain="vpc", InstanceId=instance.InstanceId, Tags=[{"Key": "k", "Value": value}])

    await ipv6.deploy(lambda: tagged("one"))
    before = ipv6.clock.now()

    done = await ipv6.deploy(lambda: tagged("two"))

    assert done.ok, done.failed
    assert ipv6.clock.now() - before < 4.0
    assert (await ipv6.deploy(lambda: tagged("two"))).calls == 0


async def test_a_state_without_the_filled_attributes_is_read_once(ipv6: World) -> None:
    await ipv6.deploy(network)
    old = (await ipv6.records())["vpc"]
    store = MemoryStore("test", "dev", clock=ipv6.clock, database=ipv6.database)
    lease = await store.acquire(BEN, ttl=TTL)
    before = {**old.observed, "Ipv6CidrBlocks": []}
    await store.commit(lease, [PutRecord(replace(old, observed=before, filled_at=0.0))])
    await store.release(lease)

    first, second = await ipv6.deploy(network), await ipv6.deploy(network)

    assert first.ok, first.failed
    assert (first.calls > 0, second.calls) == (True, 0)
