"""The golden image of the examples, built on the local cloud that it was deployed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.app.loading import load
from cloudwright.local.protocols.model import service_models

if TYPE_CHECKING:
    from app_kit import World

EXAMPLE = Path(__file__).parents[2] / "examples" / "golden_image.py"
BUILD, HOME = "111111111111", "us-east-1"
COPIES = {
    HOME: ["222222222222", "333333333333", "444444444444", "555555555555"],
    "eu-west-1": ["333333333333", "444444444444", "555555555555"],
    "ap-southeast-2": ["444444444444", "555555555555"],
}


def ask(world: World, service: str, action: str, **members: Any) -> dict[str, Any]:
    path = service_models()[service].operations[action].path
    reply = world.cloud.handle(service, action, json.dumps(members).encode(), BUILD, HOME, path)
    assert reply.status == 200, reply.body
    document: dict[str, Any] = json.loads(reply.body)
    return document


async def test_a_run_fills_every_cell_and_nothing_drifts(world: World) -> None:
    app = load(EXAMPLE).configure(stage="test", runtime=world.runtime)
    await app.deploy()
    (pipeline,) = ask(world, "imagebuilder", "ListImagePipelines")["imagePipelineList"]
    token = "0123456789abcdef0123456789abcdef"
    ask(world, "imagebuilder", "StartImagePipelineExecution", imagePipelineArn=pipeline["arn"], clientToken=token)
    listed = ask(world, "imagebuilder", "ListImagePipelineImages", imagePipelineArn=pipeline["arn"])
    (image,) = listed["imageSummaryList"]

    assert image["state"] == {"status": "AVAILABLE"}
    there = {(one["region"], one["accountId"]) for one in image["outputResources"]["amis"]}
    assert there == {(region, account) for region, copies in COPIES.items() for account in (BUILD, *copies)}
    shown = ask(world, "ssm", "GetParameter", Name="/imagebuilder/golden/al2023")["Parameter"]
    assert shown["Value"] == image["outputResources"]["amis"][0]["image"]
    report = await app.drift()
    assert [one.key for one in report.drifted] == []
