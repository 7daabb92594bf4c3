"""200 accounts in 3 Regions: the calls of `images --live`, and what it holds in memory."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

from cloudwright.aws.control import AWS
from cloudwright.target import target
from images_kit import BUILD

if TYPE_CHECKING:
    from app_kit import World

ACCOUNTS = [f"{number:012d}" for number in range(200_000_000_001, 200_000_000_200)]
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


def program() -> None:
    with target(account=BUILD, region=REGIONS[0]):
        entries: list[Any] = [
            {
                "Region": region,
                "AmiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "TargetAccountIds": ACCOUNTS,
                },
                "SsmParameterConfigurations": [{"ParameterName": "/imagebuilder/golden", "DataType": "aws:ec2:image"}],
            }
            for region in REGIONS
        ]
        images = AWS.ImageBuilder.DistributionConfiguration("images", Name="golden", Distributions=entries)
        owner = f"arn:aws:imagebuilder:{REGIONS[0]}:aws"
        recipe = AWS.ImageBuilder.ImageRecipe(
            "recipe",
            Name="golden",
            Version="1.0.0",
            ParentImage=f"{owner}:image/amazon-linux-2023-x86/x.x.x",
            Components=[{"ComponentArn": f"{owner}:component/update-linux/x.x.x"}],
        )
        infra = AWS.ImageBuilder.InfrastructureConfiguration("infra", Name="golden", InstanceProfileName="builder")
        AWS.ImageBuilder.ImagePipeline(
            "pipeline",
            Name="golden",
            ImageRecipeArn=recipe.Arn,
            InfrastructureConfigurationArn=infra.Arn,
            DistributionConfigurationArn=images.Arn,
        )


async def test_six_hundred_cells_take_two_calls_each_and_little_memory(world: World) -> None:
    app = world.app(program)
    await app.deploy()
    await app.images.run()
    tracemalloc.start()
    try:
        live = await app.images.live()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 600 == len(live.matrices[0].cells)
    assert not live.drifted
    assert (
        2 * 600 + len(REGIONS) + 1 == live.calls
    )  # AMIs and permissions of each, three parameters, the pipeline's images
    assert peak < 150 * 2**20
