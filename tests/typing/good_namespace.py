"""The spelling `AWS.` is typed like the services' own modules; checked, never run."""

from __future__ import annotations

from typing import assert_type

from cloudwright.aws import ImageBuilder
from cloudwright.aws.control import AWS


def copies(configuration: AWS.ImageBuilder.DistributionConfiguration) -> str:
    return configuration.Arn


async def program() -> None:
    configuration = await AWS.ImageBuilder.DistributionConfiguration(
        "config",
        Name="Config",
        Distributions=[{"Region": "us-west-2", "AmiDistributionConfiguration": {"Name": "ami"}}],
    )
    assert_type(configuration, ImageBuilder.DistributionConfiguration)
    assert_type(copies(configuration), str)
    AWS.S3.Bucket("bucket", BucketName=f"images-{configuration.Name}")
    AWS.ImageBuilder.DistributionConfiguration.get("found", configuration.Arn)
