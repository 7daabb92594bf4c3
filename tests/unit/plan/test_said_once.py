"""One mistake is one message: schema and rules don't repeat each other, nor does a misspelling its missing property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws.control import AWS
from cloudwright.errors import InvalidProperties

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def refusal(world: World, service: str, short: str, properties: dict[str, Any]) -> str:
    def program() -> None:
        getattr(getattr(AWS, service), short)("one", properties)

    with pytest.raises(InvalidProperties) as refused:
        await world.plan(program)
    return refused.value.message


async def test_a_misspelling_that_a_rule_explains_is_reported_by_the_rule_alone(world: World) -> None:
    ami = {"Name": "x-{{ imagebuilder:buildDate }}", "LaunchPermissions": {"UserIds": ["222222222222"]}}
    entry = {"Region": "us-east-1", "AmiDistributionConfiguration": ami}

    found = await refusal(
        world, "ImageBuilder", "DistributionConfiguration", {"Name": "dist", "Distributions": [entry]}
    )

    assert 1 == found.count("/LaunchPermissions:")
    assert "IB148 /Distributions/0/AmiDistributionConfiguration/LaunchPermissions" in found
    assert "fix: Write LaunchPermissionConfiguration." in found


async def test_a_required_property_that_is_misspelt_is_one_problem(world: World) -> None:
    found = await refusal(world, "S3", "BucketPolicy", {"Bucket": "b", "PolicyDocumnt": {}})

    assert found.startswith("1 problem, nothing was sent")
    assert "/PolicyDocumnt: unknown property; did you mean 'PolicyDocument'?" in found
    assert "missing" not in found


async def test_a_missing_property_next_to_a_misspelling_is_reported(world: World) -> None:
    found = await refusal(world, "S3", "BucketPolicy", {"Bukket": "b"})

    assert "missing required property 'PolicyDocument'" in found
    assert "missing required property 'Bucket'" not in found


async def test_the_heading_counts_what_the_schema_and_the_rules_report(world: World) -> None:
    ami = {"Name": "x-{{ imagebuilder:buildDate }}", "LaunchPermissions": {"UserIds": ["222222222222"]}}
    entry = {"Region": "us-east1", "AmiDistributionConfiguration": ami}

    found = await refusal(
        world, "ImageBuilder", "DistributionConfiguration", {"Name": "dist", "Distributions": [entry]}
    )

    assert found.startswith("2 problems, nothing was sent")
    assert "IB110 /Distributions/0/Region" in found
    assert "IB148 /Distributions/0/AmiDistributionConfiguration/LaunchPermissions" in found
