"""A document that holds references is checked before the first deploy: what is known of it is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright import secret
from cloudwright.aws.control import AWS

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.plan.model import Finding

DOCUMENT = """
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Fetch
        action: {action}
        inputs:
          commands: ["aws s3 cp s3://{bucket}/app . # {arn}"]
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def about_documents(world: World, action: str) -> list[Finding]:
    def program() -> None:
        bucket = AWS.S3.Bucket("bucket")
        data = DOCUMENT.format(action=action, bucket=bucket.BucketName, arn=bucket.Arn)
        AWS.ImageBuilder.Component("c", Name="fetch", Version="1.0.0", Platform="Linux", Data=data)

    plan = await world.plan(program)
    (component,) = [single for single in plan.declared if single.key == "c"]
    assert component.properties["Data"] == {"$unknown": "bucket:/BucketName"}
    return [found for found in plan.findings if found.id == "IB211"]


async def test_a_mistake_next_to_a_reference_is_found_before_the_first_deploy(world: World) -> None:
    (found,) = await about_documents(world, "ExecuteBsh")

    assert found.text.startswith("Line 7, column 17 (phases[0].steps[0].action): the action 'ExecuteBsh'")


async def test_a_reference_itself_is_no_mistake(world: World) -> None:
    assert [] == await about_documents(world, "ExecuteBash")


async def test_a_secret_document_is_not_read(world: World) -> None:
    def program() -> None:
        AWS.ImageBuilder.Component("c", Name="fetch", Version="1.0.0", Platform="Linux", Data=secret("a: ["))

    plan = await world.plan(program)

    assert [] == [found for found in plan.findings if found.id == "IB211"]
