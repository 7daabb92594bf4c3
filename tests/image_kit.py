"""A pipeline on a local cloud in process, asked through Image Builder's own API on a clock that tests move."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cloudwright.local.protocols.model import service_models
from local_kit import ACCOUNT, REGION

if TYPE_CHECKING:
    from local_kit import Api

DEV = "222222222222"
ABROAD = "eu-west-1"


@dataclass
class ServiceError(Exception):
    """A refusal of a service."""

    status: int
    code: str
    text: str


@dataclass
class Studio:
    """A build account in `REGION` that distributes to `DEV`, and to `ABROAD` too.

    Attributes:
        api: The cloud.
        entries: Of the distribution; without any, the usual ones.
        pipeline: The pipeline's ARN, once it is there.
        parent: The parent image's name.
    """

    api: Api
    entries: list[dict[str, Any]] = field(default_factory=list)
    pipeline: str = ""
    arns: dict[str, str] = field(default_factory=dict)
    number: int = 0
    parent: str = "amazon-linux-2023-x86"

    async def furnish(self, **pipeline: Any) -> str:
        """Make everything that a run needs; the pipeline's ARN."""
        recipe = {
            "Name": "golden",
            "Version": "1.0.0",
            "ParentImage": f"arn:aws:imagebuilder:{REGION}:aws:image/{self.parent}/x.x.x",
            "Components": [{"ComponentArn": f"arn:aws:imagebuilder:{REGION}:aws:component/update-linux/x.x.x"}],
        }
        profile = {"Name": "infra", "InstanceProfileName": "builder"}
        entries = self.entries or [entry(REGION), entry(ABROAD)]
        made = self.api.made
        self.arns = {
            "ImageRecipeArn": await made("AWS::ImageBuilder::ImageRecipe", recipe),
            "InfrastructureConfigurationArn": await made("AWS::ImageBuilder::InfrastructureConfiguration", profile),
            "DistributionConfigurationArn": await made(
                "AWS::ImageBuilder::DistributionConfiguration", {"Name": "dist", "Distributions": entries}
            ),
        }
        self.pipeline = await made("AWS::ImageBuilder::ImagePipeline", {"Name": "golden", **self.arns, **pipeline})
        return self.pipeline

    def ask(
        self,
        action: str,
        *,
        service: str = "imagebuilder",
        account: str = ACCOUNT,
        region: str = REGION,
        **members: Any,
    ) -> dict[str, Any]:
        """Call an operation of a JSON service.

        Raises:
            ServiceError: The service refused.
        """
        operation = service_models()[service].operations[action]
        queried = {name: value for name, value in members.items() if operation.method == "GET"}
        body = b"" if queried else json.dumps(members).encode()
        path = f"{operation.path}?{urlencode(queried)}" if queried else operation.path
        reply = self.api.cloud.handle(service, action, body, account, region, path)
        document: dict[str, Any] = json.loads(reply.body)
        if reply.status != 200:
            code = reply.headers.get("x-amzn-errortype") or document.get("__type", "")
            raise ServiceError(reply.status, code, document.get("message", ""))
        return document

    def act(self, action: str, **members: Any) -> dict[str, Any]:
        """The same, for an operation that takes a client token."""
        self.number += 1
        return self.ask(action, clientToken=f"token-{self.number:032}", **members)

    async def started(self) -> str:
        """Begin a run; the image's ARN."""
        if not self.pipeline:
            await self.furnish()
        answer = self.act("StartImagePipelineExecution", imagePipelineArn=self.pipeline)
        return str(answer["imageBuildVersionArn"])

    async def ended(self) -> dict[str, Any]:
        """Begin a run, and let time pass until it has ended; the image as GetImage tells it."""
        return self.later(await self.started())

    async def retried(self, arn: str) -> dict[str, Any]:
        """Retry a run, and let time pass."""
        self.act("RetryImage", imageBuildVersionArn=arn)
        return self.later(arn)

    def later(self, arn: str, seconds: float = 3600.0) -> dict[str, Any]:
        """The image, some time later."""
        self.api.clock.advance(seconds)
        return self.image(arn)

    def image(self, arn: str) -> dict[str, Any]:
        """The image as GetImage tells it."""
        image: dict[str, Any] = self.ask("GetImage", imageBuildVersionArn=arn)["image"]
        return image


def entry(region: str, **more: Any) -> dict[str, Any]:
    """An entry of a distribution: a copy for `DEV`."""
    ami = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": [DEV]}
    return {"Region": region, "AmiDistributionConfiguration": ami, **more}
