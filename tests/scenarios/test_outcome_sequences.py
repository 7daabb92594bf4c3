"""Sequences that break naive engines: what the ends of requests mean, and whose a resource is.

Numbers are those of the scenario catalogue in docs/scenarios.md.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import target
from cloudwright.aws import EC2, S3, SNS, SSM, CloudFront, ImageBuilder
from cloudwright.engine.outcome import Status
from cloudwright.errors import ConsentNeeded, NotAnswered, PlanError, WrongAccount
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action, Order
from cloudwright.schema.catalog import Catalog
from cloudwright.state.model import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.engine.outcome import Result

ACCOUNT, REGION = "000000000000", "us-east-1"
BUCKET = "AWS::S3::Bucket"


def bucket(name: str = "shared-name") -> None:
    S3.Bucket("bucket", BucketName=name)


def nothing() -> None:
    pass


def nameless() -> None:
    """The service makes its identifier, and it has no tags."""
    CloudFront.OriginAccessControl(
        "control",
        OriginAccessControlConfig={
            "Name": "control",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        },
    )


def failing(code: str, *, after: bool = False, count: int = 1) -> Fault:
    return Fault("fail-after" if after else "fail", operation="CREATE", count=count, options={"code": code})


async def statuses(world: World) -> dict[str, RecordStatus]:
    return {record.key: record.status for record in (await world.snapshot()).records}


def verdicts(result: Result) -> dict[str, Status]:
    return {outcome.key: outcome.status for outcome in result.outcomes}


@pytest.mark.parametrize("code", ["AccessDenied", "GeneralServiceException", "InvalidRequest"])
async def test_s1_a_failed_create_on_a_foreign_name_is_doubtful_and_never_deleted(world: World, code: str) -> None:
    world.cloud.put(ACCOUNT, REGION, BUCKET, {"BucketName": "shared-name"})
    world.cloud.faults.add(failing(code))

    failed = await world.deploy(bucket)

    assert verdicts(failed) == {"bucket": Status.FAILED}
    assert await statuses(world) == {"bucket": RecordStatus.DOUBTFUL}
    with pytest.raises(PlanError, match="--adopt bucket"):
        await world.deploy(bucket)
    await world.deploy(nothing)
    await world.destroy()
    assert [found["BucketName"] for found in world.live("S3::Bucket")] == ["shared-name"]


async def test_s1_a_doubtful_resource_is_the_users_to_adopt(world: World) -> None:
    world.cloud.put(ACCOUNT, REGION, BUCKET, {"BucketName": "shared-name"})
    world.cloud.faults.add(failing("AccessDenied"))
    await world.deploy(bucket)

    adopted = await world.deploy(bucket, adopt=("bucket",))

    assert adopted.ok
    assert await statuses(world) == {"bucket": RecordStatus.LIVE}


async def test_s2_somebody_elses_create_of_the_same_name_is_waited_for_and_stays_theirs(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    theirs = {"TypeName": BUCKET, "DesiredState": '{"BucketName":"shared-name"}', "ClientToken": "theirs"}
    world.cloud.handle("cloudcontrolapi", "CreateResource", json.dumps(theirs).encode(), ACCOUNT, REGION)

    failed = await world.deploy(bucket)

    (outcome,) = failed.failed
    assert "not ours" in outcome.message
    assert ((await world.snapshot()).records, (await world.snapshot()).journal) == ((), ())
    assert len(world.live("S3::Bucket")) == 1


class _LosesAnswers:
    """Every answer to a create is lost on its way back, a number of times."""

    def __init__(self, inner: Transport, times: int) -> None:
        self._inner, self._left = inner, times

    async def send(self, call: Call) -> Reply:
        reply = await self._inner.send(call)
        if call.action == "CreateResource" and self._left:
            self._left -= 1
            raise NotAnswered("lost on the way back")
        return reply

    async def close(self) -> None:
        await self._inner.close()


class _Unread:
    """No read of a resource is answered."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    async def send(self, call: Call) -> Reply:
        if call.action == "GetResource":
            raise NotAnswered("no answer in time")
        return await self._inner.send(call)

    async def close(self) -> None:
        await self._inner.close()


async def test_what_no_read_has_shown_yet_is_not_given_up_on_the_word_of_a_late_one(world: World) -> None:
    world.cloud.faults.add(Fault("CC54", count=1))
    world.wrap = _Unread
    await world.deploy(nameless)
    world.wrap = lambda inner: inner
    await asyncio.sleep(3600.0)

    again = await world.deploy(nameless)

    assert (again.ok, [plan.changes for plan in again.plans]) == (True, [()])
    assert len(world.live("CloudFront::OriginAccessControl")) == 1


async def test_s3_a_conflict_of_client_tokens_is_our_own_request(world: World) -> None:
    world.cloud.faults.add(Fault("CC70"))
    world.wrap = lambda inner: _LosesAnswers(inner, 1)

    result = await world.deploy(nameless)

    assert result.ok, result.failed
    assert len(world.live("CloudFront::OriginAccessControl")) == 1
    assert await statuses(world) == {"control": RecordStatus.LIVE}


async def test_s4_a_renamed_id_moves_its_record_and_sends_nothing(world: World) -> None:
    def program(key: str) -> Callable[[], None]:
        def declare() -> None:
            S3.Bucket(key, BucketName="one")

        return declare

    await world.deploy(program("a"))
    result = await world.deploy(program("b"))

    assert [(step.action, step.key) for step in result.plans[0].changes] == [(Action.MOVE, "b")]
    assert (result.calls, list(await world.records())) == (0, ["b"])


def images(name: str, *, pipeline: bool = False) -> Callable[[], None]:
    def declare() -> None:
        ami: Any = {"Name": "ami-{{ imagebuilder:buildDate }}"}
        places: Any = [{"Region": REGION, "AmiDistributionConfiguration": ami}]
        made = ImageBuilder.DistributionConfiguration("golden", Name=name, Distributions=places)
        infra = ImageBuilder.InfrastructureConfiguration("infra", Name="infra", InstanceProfileName="profile")
        recipe = ImageBuilder.ImageRecipe("recipe", Name="recipe", Version="1.0.x", ParentImage="ami-0123456789abcdef0")
        if pipeline:
            ImageBuilder.ImagePipeline(
                "pipeline",
                Name="pipeline",
                ImageRecipeArn=recipe.Arn,
                InfrastructureConfigurationArn=infra.Arn,
                DistributionConfigurationArn=made.Arn,
            )

    return declare


async def test_s6_a_name_that_differs_in_case_alone_lets_the_old_one_go_first(world: World) -> None:
    await world.deploy(images("Golden Images"))
    result = await world.deploy(images("golden-images"))

    steps = {step.key: (step.action, step.order) for step in result.plans[0].changes}
    assert steps == {"golden": (Action.REPLACE, Order.DELETE_FIRST)}
    assert result.ok, result.failed
    assert [found["Name"] for found in world.live("ImageBuilder::DistributionConfiguration")] == ["golden-images"]


async def test_s6_with_a_dependent_it_needs_consent(world: World) -> None:
    await world.deploy(images("Golden Images", pipeline=True))

    with pytest.raises(ConsentNeeded, match="--allow-replace pipeline"):
        await world.deploy(images("golden-images", pipeline=True))


@pytest.mark.parametrize("code", ["Throttling", "ServiceTimeout", "NetworkFailure"])
async def test_s10_a_create_that_failed_after_its_effect_is_never_made_twice(world: World, code: str) -> None:
    world.cloud.faults.add(failing(code, after=True))

    result = await world.deploy(nameless)

    assert len(world.live("CloudFront::OriginAccessControl")) == 1
    assert len((await world.snapshot()).records) == 1
    assert (await statuses(world))["control"] is not RecordStatus.LIVE or result.ok


@pytest.mark.parametrize("code", ["Throttling", "ServiceTimeout", "NetworkFailure"])
async def test_s10_a_create_that_failed_before_its_effect_is_made_again(world: World, code: str) -> None:
    world.cloud.faults.add(failing(code))

    result = await world.deploy(nameless)

    assert result.ok, result.failed
    assert len(world.live("CloudFront::OriginAccessControl")) == 1
    assert await statuses(world) == {"control": RecordStatus.LIVE}


async def test_s11_a_second_attempt_that_meets_a_fixed_name_is_doubtful(world: World) -> None:
    world.cloud.faults.add(failing("Throttling", after=True))
    world.cloud.faults.add(Fault("CC66", options={"polls": 100}))

    await world.deploy(bucket)

    assert len(world.live("S3::Bucket")) == 1
    assert await statuses(world) == {"bucket": RecordStatus.DOUBTFUL}


async def test_s11_a_second_attempt_that_meets_our_own_random_name_is_ours(world: World) -> None:
    world.cloud.faults.add(failing("Throttling", after=True))

    def program() -> None:
        ImageBuilder.InfrastructureConfiguration("infra", InstanceProfileName="profile")

    await world.deploy(program)

    assert len(world.live("ImageBuilder::InfrastructureConfiguration")) == 1
    assert await statuses(world) == {"infra": RecordStatus.TAINTED}
    assert (await world.deploy(program)).ok
    assert len(world.live("ImageBuilder::InfrastructureConfiguration")) == 1
    assert await statuses(world) == {"infra": RecordStatus.LIVE}


async def test_a_name_that_the_service_makes_is_ours_even_if_its_create_failed(world: World) -> None:
    world.cloud.faults.add(failing("InvalidRequest", after=True))

    def program() -> None:
        S3.Bucket("bucket")

    await world.deploy(program)

    assert await statuses(world) == {"bucket": RecordStatus.TAINTED}


def parameter(value: str, **more: Any) -> Callable[[], None]:
    def declare() -> None:
        SSM.Parameter("parameter", Name="/p", Type="String", Value=value, **more)

    return declare


async def test_s19_drift_on_a_path_that_the_plan_did_not_touch_is_shown_and_not_reverted(world: World) -> None:
    def program(key_id: str) -> Callable[[], None]:
        def declare() -> None:
            SNS.Topic("topic", TopicName="topic", DisplayName="as declared", KmsMasterKeyId=key_id)

        return declare

    await world.deploy(program("alias/a"))
    (topic,) = world.cloud.resources()
    world.cloud.modify(ACCOUNT, REGION, "AWS::SNS::Topic", topic.identifier, {"DisplayName": "by hand"})

    result = await world.deploy(program("alias/b"))

    (live,) = world.live("SNS::Topic")
    assert (live["KmsMasterKeyId"], live["DisplayName"]) == ("alias/b", "by hand")
    assert "/DisplayName" in str([outcome.notes for outcome in result.outcomes])


async def test_s21_an_old_generation_that_a_record_still_names_stays(world: World) -> None:
    def program(name: str) -> Callable[[], None]:
        def declare() -> None:
            topic = SNS.Topic("topic", TopicName=name)
            SSM.Parameter("user", Name="/user", Type="String", Value=topic.TopicArn, ignore_changes=["Value"])

        return declare

    await world.deploy(program("old"))
    result = await world.deploy(program("new"))

    assert result.ok, result.failed
    assert sorted(found["TopicName"] for found in world.live("SNS::Topic")) == ["new", "old"]
    (left,) = [step for step in (await world.plan(program("new"))).steps if step.superseded]
    assert (left.action, left.reasons) == (Action.NONE, (f"it stays: user still names {left.identifier}",))


async def test_s21_a_target_deletes_nothing_outside(world: World) -> None:
    def program(name: str) -> Callable[[], None]:
        def declare() -> None:
            topic = SNS.Topic("topic", TopicName=name)
            SSM.Parameter("user", Name="/user", Type="String", Value=topic.TopicArn)

        return declare

    await world.deploy(program("old"))
    await world.deploy(program("new"), targets=("topic",))

    assert sorted(found["TopicName"] for found in world.live("SNS::Topic")) == ["new", "old"]
    result = await world.deploy(program("new"))
    assert result.ok, result.failed
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == ["new"]


async def test_s24_an_update_that_failed_after_its_effect_is_undone_by_reverting(world: World) -> None:
    def program(**more: Any) -> Callable[[], None]:
        def declare() -> None:
            SNS.Topic("topic", TopicName="topic", **more)

        return declare

    await world.deploy(program())
    world.cloud.faults.add(Fault("fail-after", operation="UPDATE", count=1, options={"code": "InvalidRequest"}))
    failed = await world.deploy(program(DisplayName="added"))
    assert not failed.ok
    assert world.live("SNS::Topic")[0]["DisplayName"] == "added"

    result = await world.deploy(program())

    assert result.ok, result.failed
    assert "DisplayName" not in world.live("SNS::Topic")[0]
    assert (await world.deploy(program())).calls == 0


async def test_s25_orphans_of_a_removed_block_are_deleted_where_they_are(world: World) -> None:
    def before() -> None:
        SNS.Topic("here", TopicName="here")
        with target(role_arn="arn:aws:iam::222222222222:role/deploy", region="eu-west-1"):
            SNS.Topic("there", TopicName="there")

    def after() -> None:
        SNS.Topic("here", TopicName="here")

    await world.deploy(before)
    (there,) = [found for found in world.cloud.resources() if found.place.account == "222222222222"]
    assert there.place.region == "eu-west-1"

    result = await world.deploy(after)

    assert result.ok, result.failed
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == ["here"]


async def test_s26_credentials_of_another_account_are_refused_before_any_call(world: World) -> None:
    await world.deploy(parameter("a"))
    calls: list[str] = []

    class Elsewhere:
        """The credentials belong to another account now."""

        def __init__(self, inner: Transport) -> None:
            self._inner = inner

        async def send(self, call: Call) -> Reply:
            calls.append(call.action)
            return await self._inner.send(replace(call, target=replace(call.target, account="333333333333")))

        async def close(self) -> None:
            await self._inner.close()

    world.wrap = Elsewhere
    result = await world.deploy(parameter("b"))

    (failed,) = result.failed
    assert isinstance(failed.error, WrongAccount)
    assert calls == ["GetCallerIdentity"]
    assert world.live("SSM::Parameter")[0]["Value"] == "a"


async def test_s33_an_operation_past_its_deadline_goes_on_and_the_next_run_takes_it_up(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=600.0)

    def program() -> None:
        S3.Bucket("bucket", BucketName="slow", timeout=60.0)

    first = await world.deploy(program)

    (outcome,) = first.failed
    assert (outcome.status, [entry.key for entry in (await world.snapshot()).journal]) == (Status.RUNNING, ["bucket"])
    second = await world.deploy(program)
    assert second.ok, second.failed
    assert [step.action for plan in second.plans for step in plan.changes] == [Action.RESUME]
    assert len(world.live("S3::Bucket")) == 1


async def test_an_identifier_that_is_the_account_proves_nothing(world: World) -> None:
    world.cloud.faults.add(failing("InvalidRequest", after=True))

    def program() -> None:
        EC2.SnapshotBlockPublicAccess("block", State="block-all-sharing")

    await world.deploy(program)

    assert await statuses(world) == {"block": RecordStatus.DOUBTFUL}
