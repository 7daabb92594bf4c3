"""A pipeline with a distribution on a served local cloud, as boto3 sees it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BUILD_ACCOUNT = "111111111111"
DEV = "222222222222"
GUEST = "444444444444"
HOME = "us-east-1"
ABROAD = "eu-west-1"
PARAMETER = "/imagebuilder/golden"


@dataclass
class Factory:
    """What a test of builds works with.

    Attributes:
        client: Makes a boto3 client of a service, for an account and a Region.
        pipeline: Its ARN.
        distribution: Its ARN.
        template: The launch template's id.
    """

    client: Callable[..., Any]
    pipeline: str = ""
    distribution: str = ""
    template: str = ""

    def make(self, type_name: str, properties: dict[str, Any], account: str = BUILD_ACCOUNT, region: str = HOME) -> str:
        """Make a resource through Cloud Control, and wait for it."""
        control = self.client("cloudcontrol", account, region)
        event = control.create_resource(TypeName=type_name, DesiredState=json.dumps(properties))["ProgressEvent"]
        while event["OperationStatus"] in {"PENDING", "IN_PROGRESS"}:
            time.sleep(0.02)
            event = control.get_resource_request_status(RequestToken=event["RequestToken"])["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS", event
        return str(event["Identifier"])

    def furnish(self, **pipeline: Any) -> None:
        """Make everything that a run needs."""
        data = {"InstanceType": "m6i.large"}
        self.template = self.make("AWS::EC2::LaunchTemplate", {"LaunchTemplateName": "app", "LaunchTemplateData": data})
        recipe = {
            "Name": "golden",
            "Version": "1.0.0",
            "ParentImage": "arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x",
            "Components": [{"ComponentArn": "arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x"}],
        }
        profile = {"Name": "infra", "InstanceProfileName": "builder"}
        self.distribution = self.make(
            "AWS::ImageBuilder::DistributionConfiguration", {"Name": "dist", "Distributions": self.entries()}
        )
        parts = {
            "ImageRecipeArn": self.make("AWS::ImageBuilder::ImageRecipe", recipe),
            "InfrastructureConfigurationArn": self.make("AWS::ImageBuilder::InfrastructureConfiguration", profile),
            "DistributionConfigurationArn": self.distribution,
        }
        self.pipeline = self.make("AWS::ImageBuilder::ImagePipeline", {"Name": "golden", **parts, **pipeline})

    def entries(self) -> list[dict[str, Any]]:
        """Two Regions, a copy for one account in each, a share with another."""
        ami = {
            "Name": "golden-{{ imagebuilder:buildDate }}",
            "TargetAccountIds": [DEV],
            "LaunchPermissionConfiguration": {"UserIds": [GUEST]},
            "AmiTags": {"team": "platform"},
        }
        common = {
            "AmiDistributionConfiguration": ami,
            "SsmParameterConfigurations": [{"ParameterName": PARAMETER}],
        }
        template = {"LaunchTemplateConfigurations": [{"LaunchTemplateId": self.template}]}
        return [{"Region": HOME, **common, **template}, {"Region": ABROAD, **common}]

    def run(self) -> str:
        """Run the pipeline to its end; the image's ARN."""
        builder = self.client("imagebuilder")
        arn = builder.start_image_pipeline_execution(imagePipelineArn=self.pipeline)["imageBuildVersionArn"]
        self.wait(arn)
        return str(arn)

    def wait(self, arn: str) -> dict[str, Any]:
        """Wait until a build has ended."""
        builder = self.client("imagebuilder")
        for _ in range(500):
            image: dict[str, Any] = builder.get_image(imageBuildVersionArn=arn)["image"]
            if image["state"]["status"] in {"AVAILABLE", "FAILED", "CANCELLED"}:
                return image
            time.sleep(0.02)
        raise AssertionError(image["state"])
