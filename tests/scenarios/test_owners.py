"""One resource, two states that would own it: the second one is refused and names the first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import App
from cloudwright.aws import IAM, S3, SNS, CloudFront
from cloudwright.engine.failures import OperationFailed
from cloudwright.errors import PlanError, StateCorrupt
from cloudwright.local.faults import Fault
from cloudwright.plan.options import PlanOptions
from cloudwright.state.memory import MemoryDatabase, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan
    from cloudwright.state.snapshot import Snapshot

OWNER = "cloudwright:owner"
FUNCTION: Any = {"Comment": "", "Runtime": "cloudfront-js-2.0"}


def topic(**more: Any) -> Callable[[], None]:
    def declare() -> None:
        SNS.Topic("topic", TopicName="shared", **more)

    return declare


def app_of(world: World, name: str, program: Callable[[], Any], **options: Any) -> App:
    """An app in the store of the world; `name` is `app/stage`."""
    app, stage = name.split("/")
    made = App(app, stage=stage, **options)
    made.program(program)
    return made.configure(runtime=world.runtime)


async def deploy(world: World, name: str, program: Callable[[], Any], **options: Any) -> Result:
    return await app_of(world, name, program, **options).deploy()


async def adopt(world: World, name: str, **options: Any) -> Result:
    return await app_of(world, name, topic(), **options).deploy(options=PlanOptions(adopt=("topic",)))


async def state_of(world: World, name: str) -> Snapshot:
    return await MemoryStore(*name.split("/"), clock=world.clock, database=world.database).read()


@pytest.mark.parametrize("other", ["shop/prod", "blog/dev"])
async def test_what_another_stage_or_app_of_the_store_owns_is_not_adopted(world: World, other: str) -> None:
    await deploy(world, "shop/dev", topic())

    with pytest.raises(PlanError, match=r"shop/dev.*topic"):
        await adopt(world, other)

    await app_of(world, other, topic()).destroy()
    assert len(world.live("SNS::Topic")) == 1
    assert (await state_of(world, other)).records == ()


async def test_what_another_stage_has_let_go_of_is_adopted(world: World) -> None:
    await deploy(world, "shop/dev", topic(retain=True))
    await app_of(world, "shop/dev", lambda: None).deploy()

    assert (await adopt(world, "shop/prod")).ok


async def test_what_another_stage_only_met_is_adopted(world: World) -> None:
    world.cloud.put("000000000000", "us-east-1", "AWS::S3::Bucket", {"BucketName": "shared"})
    world.cloud.faults.add(Fault("fail", operation="CREATE", count=1, options={"code": "AccessDenied"}))

    def bucket() -> None:
        S3.Bucket("bucket", BucketName="shared")

    await deploy(world, "shop/dev", bucket)
    assert [record.status for record in (await state_of(world, "shop/dev")).records] == ["doubtful"]

    assert (await app_of(world, "shop/prod", bucket).deploy(options=PlanOptions(adopt=("bucket",)))).ok


async def test_two_stages_that_adopt_at_the_same_time_do_not_both_own_it(world: World) -> None:
    world.cloud.put("000000000000", "us-east-1", "AWS::SNS::Topic", {"TopicName": "shared"})
    planned, both = [], asyncio.Event()

    async def agree(plan: Plan) -> bool:
        planned.append(plan)
        if len(planned) == 2:
            both.set()
        await both.wait()
        return True

    options = PlanOptions(adopt=("topic",))
    apps = [app_of(world, name, topic()) for name in ("shop/dev", "shop/prod")]
    results = await asyncio.gather(*(app.deploy(options=options, approve=agree) for app in apps))

    owners = [name for name in ("shop/dev", "shop/prod") if (await state_of(world, name)).records]
    failed = [outcome for result in results for outcome in result.failed]
    assert len(owners) <= 1
    assert len(failed) == 2 - len(owners)
    assert all(isinstance(outcome.error, OperationFailed) for outcome in failed)


async def test_a_tag_names_the_owner_across_stores(world: World) -> None:
    await deploy(world, "shop/dev", topic(), owner_tag=True)
    assert {"Key": OWNER, "Value": "shop/dev"} in world.live("SNS::Topic")[0]["Tags"]
    world.database = MemoryDatabase()

    with pytest.raises(PlanError, match=r"belongs to shop/dev, as its tag cloudwright:owner"):
        await adopt(world, "blog/dev")
    assert (await adopt(world, "shop/dev")).ok

    world.database = MemoryDatabase()
    options = PlanOptions(adopt=("topic",), force=True)
    assert (await app_of(world, "blog/dev", topic(), owner_tag=True).deploy(options=options)).ok
    assert {"Key": OWNER, "Value": "blog/dev"} in world.live("SNS::Topic")[0]["Tags"]


async def test_the_owner_tag_is_shown_in_the_plan_and_added_only_where_it_is_asked_for(world: World) -> None:
    await deploy(world, "shop/dev", topic())
    assert "Tags" not in world.live("SNS::Topic")[0]
    assert (await app_of(world, "shop/dev", topic()).plan()).empty

    plan = await app_of(world, "shop/dev", topic(), owner_tag=True).plan()

    (step,) = plan.changes
    assert [change.path for change in step.changes] == ["/Tags"]
    assert OWNER in str(step.changes[0].new)
    await deploy(world, "shop/dev", topic(), owner_tag=True)
    assert (await app_of(world, "shop/dev", topic(), owner_tag=True).plan()).empty


async def test_a_tag_of_the_programs_own_wins_over_the_owner_tag(world: World) -> None:
    mine: Any = [{"Key": OWNER, "Value": "team-a"}]
    await deploy(world, "shop/dev", topic(Tags=mine), owner_tag=True)

    assert world.live("SNS::Topic")[0]["Tags"] == mine


def nameless() -> None:
    CloudFront.OriginAccessControl(
        "control",
        OriginAccessControlConfig={
            "Name": "control",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        },
    )


async def test_a_type_without_tags_is_left_alone(world: World) -> None:
    assert (await deploy(world, "shop/dev", nameless, owner_tag=True)).ok

    assert "Tags" not in world.live("CloudFront::OriginAccessControl")[0]


async def test_a_neighbour_that_cannot_be_read_is_reported_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cloudwright.state.memory import MemoryBackend

    await deploy(world, "shop/dev", topic())

    def damaged(*_: object) -> Snapshot:
        raise StateCorrupt("it is damaged")

    world.cloud.put("000000000000", "us-east-1", "AWS::SNS::Topic", {"TopicName": "free"})
    monkeypatch.setattr(MemoryBackend, "read_other", damaged)

    def free() -> None:
        SNS.Topic("free", TopicName="free")

    plan = await app_of(world, "shop/prod", free).plan(PlanOptions(adopt=("free",)))

    assert any("shop/dev" in finding.text and "damaged" in finding.text for finding in plan.findings)


def role_in(region: str) -> Callable[[], None]:
    def declare() -> None:
        IAM.Role("role", RoleName="deployer", AssumeRolePolicyDocument={}, region=region)

    return declare


def function_in(region: str) -> Callable[[], None]:
    def declare() -> None:
        CloudFront.Function(
            "role", Name="deployer", AutoPublish=True, FunctionCode="//", FunctionConfig=FUNCTION, region=region
        )

    return declare


@pytest.mark.parametrize("program", [role_in, function_in])
@pytest.mark.parametrize("other", ["shop/prod", "blog/dev"])
async def test_a_global_resource_has_one_owner_whatever_region_it_is_declared_in(
    world: World, other: str, program: Callable[[str], Callable[[], None]]
) -> None:
    await deploy(world, "shop/dev", program("us-east-1"))
    # The local cloud keeps each Region's resources apart; AWS shows this one in all of them.
    (live,) = world.cloud.resources()
    world.cloud.put("000000000000", "eu-west-1", live.type_name, live.properties)

    with pytest.raises(PlanError, match=r"shop/dev.*role"):
        await app_of(world, other, program("eu-west-1")).deploy(options=PlanOptions(adopt=("role",)))
    assert (await state_of(world, other)).records == ()
