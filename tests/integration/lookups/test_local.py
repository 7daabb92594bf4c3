"""Lookups against the local cloud, in process and over HTTP; they return what boto3 returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import lookup, target
from cloudwright.app.runtime import compose
from cloudwright.aws import EC2, SSM, SecretsManager
from cloudwright.aws.session import Sessions
from cloudwright.clock import SystemClock
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import LookupFailed, ProgramError
from cloudwright.local.access.policy import policy_of
from cloudwright.local.cloud import LocalCloud
from cloudwright.plan.model import Action
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.local.call_log import CallRecord
    from cloudwright.testing import ServedCloud


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def network() -> dict[str, Any]:
    vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16", Tags=[{"Key": "Name", "Value": "main"}])
    for number, zone in enumerate(await lookup.zones()):
        EC2.Subnet(zone, VpcId=vpc.VpcId, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
    SSM.Parameter("pointer", Name="/golden/ami", Type="String", Value="ami-0123456789abcdef0")
    return {"vpc": vpc.VpcId}


async def user() -> dict[str, Any]:
    vpc = await lookup.vpc(tags={"Name": "main"})
    everything = await lookup.subnets(vpc)
    return {
        "vpc": vpc,
        "subnets": everything,
        "first": await lookup.subnets(vpc, zones=["us-east-1a"]),
        "ami": await lookup.ssm("/golden/ami"),
        "identity": vars_of(await lookup.identity()),
        "cidr": (await lookup.resource("AWS::EC2::VPC", Tags=[{"Key": "Name", "Value": "main"}]))["CidrBlock"],
        "subnet": (await lookup.resource("AWS::EC2::Subnet", VpcId=vpc, AvailabilityZone="us-east-1b"))["SubnetId"],
    }


def vars_of(identity: Any) -> dict[str, str]:
    return {name: getattr(identity, name) for name in ("account", "partition", "region", "arn")}


async def answered(world: World) -> tuple[Any, Any]:
    made = (await world.deploy(network)).outputs
    other = world.app(user)
    other.name = "user"
    return made, (await other.deploy()).outputs


async def test_what_is_there_is_found(world: World) -> None:
    made, shown = await answered(world)
    assert shown["vpc"] == made["vpc"]
    assert len(shown["subnets"]) == 3
    assert shown["first"] == shown["subnets"][:1]
    assert shown["subnet"] == shown["subnets"][1]
    assert shown["ami"] == "ami-0123456789abcdef0"
    assert shown["cidr"] == "10.0.0.0/16"
    assert shown["identity"] == {
        "account": "000000000000",
        "partition": "aws",
        "region": "us-east-1",
        "arn": "arn:aws:iam::000000000000:user/local",
    }


async def test_the_same_over_http(
    tmp_path: Path, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": local_cloud_server.url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOUDWRIGHT_KEY_FILE", str(tmp_path / "key"))
    world = World(tmp_path)

    async def runtime(settings: RunSettings) -> Runtime:
        clock = SystemClock()
        store = MemoryStore(settings.app, settings.stage, clock=clock, database=world.database)
        sessions = Sessions()
        transport = HttpTransport(sessions)
        catalog = Catalog.bundled()
        return compose(settings, await store.read(), store, catalog=catalog, transport=transport, sessions=sessions)

    monkeypatch.setattr(world, "runtime", runtime)
    made, shown = await answered(world)
    assert shown["vpc"] == made["vpc"]
    assert len(shown["subnets"]) == 3
    assert shown["ami"] == "ami-0123456789abcdef0"


async def test_zones_are_those_of_the_region_that_is_asked(world: World) -> None:
    async def program() -> dict[str, Any]:
        with target(region="eu-west-1"):
            there = lookup.zones()
        return {
            "there": await there,
            "tokyo": await lookup.zones(region="ap-northeast-1"),
            "here": await lookup.zones(),
        }

    shown: Any = (await world.deploy(program)).outputs
    assert [zones[0] for zones in shown.values()] == ["eu-west-1a", "ap-northeast-1a", "us-east-1a"]
    assert sorted((await world.snapshot()).lookups) == [
        "zones() in 000000000000/ap-northeast-1",
        "zones() in 000000000000/eu-west-1",
        "zones() in 000000000000/us-east-1",
    ]


async def test_each_question_is_one_call_in_a_whole_deploy(world: World) -> None:
    calls: list[CallRecord] = []
    world.cloud.listen(lambda record, _body, _reply: calls.append(record))

    async def program() -> None:
        await network()
        await lookup.zones()

    assert (await world.deploy(program)).ok
    assert [call.action for call in calls if call.service == "ec2"] == ["DescribeAvailabilityZones"]


async def test_a_question_about_what_is_not_made_yet_waits_for_it(world: World) -> None:
    async def program() -> dict[str, Any]:
        vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
        subnet = EC2.Subnet("subnet", VpcId=vpc.VpcId, CidrBlock="10.0.0.0/24")
        await subnet
        return {"found": await lookup.subnets(vpc.VpcId), "made": subnet.SubnetId}

    result: Any = await world.deploy(program)
    assert result.ok
    assert result.outputs["found"] == [result.outputs["made"]]
    plan = await world.app(program).plan()
    assert plan.count(Action.NONE) == 2
    assert not plan.partial


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: lookup.vpc(default=True), r"^lookup vpc\(default=true\) at .*test_local.py:\d+: nothing matches\n"),
        (lambda: lookup.ssm("/none"), r"there is no such parameter\n"),
        (lambda: lookup.subnets("vpc-1"), r"nothing matches\n"),
        (lambda: lookup.secret_value("none"), r"there is no such secret, or no such version of it\n"),
        (lambda: lookup.ami(owner="self", name="*", newest=True, label="base"), r"^base: lookup ami.*nothing matches"),
        (lambda: lookup.resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), r"2 match: vpc-.*, vpc-.*\nnarrow"),
        (lambda: lookup.accounts(ou="ou-abcd-12345678"), r"ParentNotFoundException"),
    ],
)
async def test_no_answer_and_two_are_reported_in_one_line(world: World, ask: Callable[[], Any], words: str) -> None:
    async def two() -> None:
        EC2.VPC("one", CidrBlock="10.0.0.0/16")
        EC2.VPC("other", CidrBlock="10.0.0.0/16")

    async def program() -> None:
        await ask()

    await world.deploy(two)
    with pytest.raises(LookupFailed, match=words):
        await world.app(program).plan()


@pytest.mark.parametrize(
    ("ask", "answer", "given"),
    [
        (lambda: lookup.vpc(default=True), 'answer("vpc", ANSWER, default=True)', {"default": True}),
        (
            lambda: lookup.ami(owner="amazon", name="al2023-*", newest=True),
            "answer(\"ami\", ANSWER, owner='amazon', name='al2023-*', newest=True)",
            {"owner": "amazon", "name": "al2023-*", "newest": True},
        ),
        (lambda: lookup.ssm("/none"), "answer(\"ssm\", ANSWER, path='/none')", {"path": "/none"}),
    ],
)
async def test_what_the_local_cloud_does_not_have_can_be_answered_as_the_error_says(
    world: World, ask: Callable[[], Any], answer: str, given: dict[str, Any]
) -> None:
    async def program() -> dict[str, Any]:
        return {"found": await ask()}

    with pytest.raises(LookupFailed) as missing:
        await world.app(program).plan()
    assert missing.value.hint == (
        "the local cloud finds only what was deployed to it: deploy it first, or set the answer in a test: "
        f"`local_cloud.{answer}`"
    )
    kind = answer.split('"')[1]
    world.cloud.answer(kind, "answered", **given)
    assert (await world.deploy(program)).outputs == {"found": "answered"}


async def test_a_misspelt_property_is_named(world: World) -> None:
    async def program() -> None:
        await lookup.resource("AWS::EC2::VPC", CidrBlok="10.0.0.0/16")

    await world.deploy(network)
    with pytest.raises(ProgramError, match=r"no such resource has a property 'CidrBlok'; did you mean 'CidrBlock'\?"):
        await world.app(program).plan()


async def test_a_refusal_says_what_to_allow(world: World) -> None:
    policy = policy_of({"Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]})
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, policy=policy)

    async def program() -> None:
        await lookup.zones()

    with pytest.raises(LookupFailed, match=r"AWS denies access: User: .* is not authorized") as refused:
        await world.app(program).plan()
    assert refused.value.hint == (
        "allow the caller ec2:DescribeAvailabilityZones; or keep the recorded answer with --frozen"
    )


async def test_a_secret_that_the_program_has_generated_is_found(world: World) -> None:
    async def program() -> None:
        generated: Any = {
            "SecretStringTemplate": '{"user": "app"}',
            "GenerateStringKey": "password",
            "PasswordLength": 20,
            "ExcludeCharacters": '"@/\\',
        }
        login = SecretsManager.Secret("login", Name="login", GenerateSecretString=generated)
        SecretsManager.Secret("copy", Name="copy", SecretString=await lookup.secret_value(login.ref, key="password"))

    assert (await world.deploy(program)).ok
    copied = next(one["SecretString"] for one in world.live("SecretsManager::Secret") if one["Name"] == "copy")
    assert len(copied) == 20
    assert not set(copied) & set('"@/\\')
    assert (await world.app(program).plan()).empty
    (account,) = await world.app(program).permissions()
    assert "secretsmanager:GetSecretValue" in {one.action for one in account.permissions}


async def test_accounts_of_a_unit(world: World) -> None:
    place = ("000000000000", "us-east-1")
    unit = world.cloud.put(*place, "AWS::Organizations::OrganizationalUnit", {"Name": "work", "ParentId": "r-abcd"})
    for number in range(45):
        model = {"AccountName": f"a{number}", "Email": f"a{number}@example.com", "ParentIds": [unit]}
        world.cloud.put(*place, "AWS::Organizations::Account", model)

    async def program() -> dict[str, Any]:
        return {"accounts": await lookup.accounts(ou=unit)}

    shown: Any = (await world.deploy(program)).outputs["accounts"]
    assert len(shown) == 45
    assert shown == sorted(shown)


async def test_accounts_of_a_unit_and_of_all_units_below_it(world: World) -> None:
    place = ("000000000000", "us-east-1")

    def put(kind: str, model: dict[str, Any]) -> str:
        return world.cloud.put(*place, f"AWS::Organizations::{kind}", model)

    top = put("OrganizationalUnit", {"Name": "top", "ParentId": "r-abcd"})
    units = [put("OrganizationalUnit", {"Name": f"u{number}", "ParentId": top}) for number in range(23)]
    units.append(put("OrganizationalUnit", {"Name": "deep", "ParentId": units[-1]}))
    made = [
        put("Account", {"AccountName": f"a{number}", "Email": f"a{number}@example.com", "ParentIds": [unit]})
        for number, unit in enumerate([top, *units])
    ]

    async def program() -> dict[str, Any]:
        return {"right": await lookup.accounts(ou=top), "all": await lookup.accounts(ou=top, recursive=True)}

    assert (await world.deploy(program)).outputs == {"right": made[:1], "all": sorted(made)}
    (account,) = await world.app(program).permissions()
    assert "organizations:ListOrganizationalUnitsForParent" in {one.action for one in account.permissions}


def test_lookups_need_a_running_program() -> None:
    with pytest.raises(ProgramError, match="while an app's program runs"):
        lookup.zones()  # type: ignore[unused-coroutine]


async def test_permissions_list_what_lookups_need(world: World) -> None:
    await world.deploy(network)
    (account,) = await world.app(user).permissions()
    needed = {one.action: one for one in account.permissions}
    assert {"ec2:DescribeVpcs", "ec2:DescribeSubnets", "ssm:GetParameter", "cloudformation:ListResources"} <= set(
        needed
    )
    assert 'the lookup ssm(path="/golden/ami")' in [reason.note for reason in needed["ssm:GetParameter"].reasons]
