"""Lookups, assets and transformations that both type checkers have to accept; checked, never run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, assert_type

from cloudwright import App, Secret, asset, lookup
from cloudwright.aws import EC2, Lambda

if TYPE_CHECKING:
    from cloudwright.program.transformation import ResourceDraft

app = App("typing", assets="ours-{account}-{region}")


@lookup
async def releases(repository: str, *, limit: int = 3) -> list[str]:
    return [repository] * limit


@app.each
def company(resource: ResourceDraft) -> None:
    resource.tags["team"] = "typing"
    resource.properties.setdefault("Description", resource.key)


@app.program
async def main() -> dict[str, object]:
    who = await lookup.identity()
    assert_type((who.account, who.partition, who.region, who.arn), tuple[str, str, str, str])
    assert_type(await lookup.zones(region="eu-west-1"), list[str])
    assert_type(await lookup.ssm("/a", label="a"), str)
    assert_type(await lookup.secret("/b"), Secret)
    assert_type(await lookup.resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), dict[str, Any])
    assert_type(await releases("web", limit=2), list[str])
    zones, accounts = await asyncio.gather(lookup.zones(), lookup.accounts(ou="ou-abcd-12345678"))
    assert_type(zones, list[str])
    assert_type(accounts, list[str])
    assert_type(await lookup.accounts(ou="r-abcd", recursive=True, label="all"), list[str])
    image = await lookup.ami(owner="amazon", name="al2023-*", newest=True, filters={"root-device-type": ["ebs"]})
    assert_type(image, str)
    vpc = await lookup.vpc(default=True)
    assert_type(vpc, str)
    assert_type(await lookup.subnets(vpc, tags={"tier": "public"}, zones=zones), list[str])
    EC2.LaunchTemplate("server", LaunchTemplateData={"ImageId": image})
    Lambda.Function(
        "function",
        Role="arn:aws:iam::000000000000:role/x",
        Code=asset("lambda", exclude=["tests"]),
        VpcConfig={"SubnetIds": await lookup.subnets(vpc), "SecurityGroupIds": []},
    )
    return {"accounts": accounts}
