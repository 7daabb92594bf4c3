"""Partitions of Regions: one table for the client, the rules and the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import target
from cloudwright.aws import SNS
from cloudwright.imagebuilder.regions import regions as bundled_regions
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from app_kit import World


def botocore_regions() -> dict[str, str]:
    from botocore.loaders import Loader

    partitions = Loader().load_data("endpoints")["partitions"]
    return {region: each["partition"] for each in partitions for region in each["regions"]}


ONE_REGION_OF_EACH = {partition: region for region, partition in botocore_regions().items()}


def test_partitions_agree_with_botocores_data_for_every_region() -> None:
    regions = botocore_regions()

    assert {region: partition_of(region) for region in regions} == regions
    assert len(regions) > 30


def test_partitions_agree_with_the_bundled_list_of_regions() -> None:
    listed = {name: region.partition for name, region in bundled_regions().by_name.items()}

    assert {name: partition_of(name) for name in listed} == listed


@pytest.mark.parametrize(("partition", "region"), ONE_REGION_OF_EACH.items())
async def test_the_local_cloud_makes_arns_of_the_regions_partition(world: World, partition: str, region: str) -> None:
    def program() -> dict[str, Any]:
        with target(region=region):
            return {"Arn": SNS.Topic("topic").TopicArn}

    result = await world.deploy(program)

    assert result.ok
    assert str(result.outputs["Arn"]).startswith(f"arn:{partition}:sns:{region}:")
    assert [record.target.partition for record in (await world.records()).values()] == [partition]
