"""Where EC2 Image Builder distributes images, and how: three configurations in one app.

python image_distribution.py deploy --local
"""

from __future__ import annotations

from cloudwright import App
from cloudwright.aws import ImageBuilder

app = App("image-distribution")


@app.program
async def main() -> dict[str, object]:
    basic = await ImageBuilder.DistributionConfiguration(
        "basicDistributionConfig",
        Name="BasicDistributionConfig",
        Description="A simple distribution configuration for image builder.",
        Distributions=[
            {
                "Region": "us-west-2",
                "AmiDistributionConfiguration": {"Name": "basic-ami", "TargetAccountIds": ["123456789012"]},
            }
        ],
        Tags={"Project": "ImageBuilderDemo"},
    )

    # A mapping instead of keywords, and the API's name LaunchPermission: both are accepted.
    advanced = await ImageBuilder.DistributionConfiguration(
        "advancedDistributionConfig",
        {
            "Name": "AdvancedDistributionConfig",
            "Description": "An advanced distribution configuration with multiple distributions.",
            "Distributions": [
                {
                    "Region": "us-west-2",
                    "AmiDistributionConfiguration": {
                        "Name": "advanced-ami-west",
                        "TargetAccountIds": ["123456789012"],
                        "Description": "AMI for west region",
                        "LaunchPermission": {"UserIds": ["987654321098"]},
                    },
                },
                {
                    "Region": "us-east-1",
                    "AmiDistributionConfiguration": {
                        "Name": "advanced-ami-east",
                        "TargetAccountIds": ["123456789012"],
                        "Description": "AMI for east region",
                        "LaunchPermission": {"UserIds": ["987654321098"]},
                    },
                },
            ],
            "Tags": {"Project": "ImageBuilderAdvancedDemo", "Environment": "Production"},
        },
    )

    multi_region = await ImageBuilder.DistributionConfiguration(
        "multiRegionDistributionConfig",
        Name="MultiRegionDistributionConfig",
        Description="A configuration to distribute images in multiple regions.",
        Distributions=[
            {
                "Region": "us-west-2",
                "AmiDistributionConfiguration": {"Name": "multi-region-ami-west", "TargetAccountIds": ["123456789012"]},
            },
            {
                "Region": "eu-central-1",
                "AmiDistributionConfiguration": {"Name": "multi-region-ami-eu", "TargetAccountIds": ["123456789012"]},
            },
        ],
        Tags={"Project": "MultiRegionImageBuilder"},
    )
    return {"Basic": basic.Arn, "Advanced": advanced.Arn, "MultiRegion": multi_region.Arn}


if __name__ == "__main__":
    app.cli()
