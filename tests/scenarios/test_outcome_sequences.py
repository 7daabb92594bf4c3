"""Sequences that break naive engines: what the ends of requests mean, and whose a resource is.

Numbers are those of the scenario catalogue in docs/scenarios.md.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import scope, target
from cloudwright.aws import EC2, S3, SNS, SSM, CloudFront, ImageBuilder
from cloudwright.control.model import Reply
from cloudwright.engine.outcome import Status
from cloudwright.errors import ConsentNeeded, NotAnswered, PlanError, WrongAccount
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action, Order
from cloudwright.schema.catalog import Catalog
from cloudwright.state.changes import DropRecord, PutRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.memory import MemoryStore
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.control.model import Call, Transport
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


class _BusyWithOurOwn:
    """The first answer to a create is lost; its repeated bytes meet the request that they began themselves."""

    def __init__(self, inner: Transport, *, named: bool = True, times: int = 1) -> None:
        self._inner, self._named, self._times = inner, named, times
        self._first = ""

    async def send(self, call: Call) -> Reply:
        if call.action != "CreateResource" or (self._first and not self._times):
            return await self._inner.send(call)
        if not self._first:
            self._first = json.loads((await self._inner.send(call)).body)["ProgressEvent"]["RequestToken"]
            raise NotAnswered("lost on the way back")
        self._times -= 1
        return busy(f" with RequestToken {self._first}" if self._named else "")

    async def close(self) -> None:
        await self._inner.close()


def busy(naming: str = "") -> Reply:
    text = f"Another resource operation is currently being performed on this resource{naming}"
    body = {"__type": "com.amazon.cloudapiservice#ConcurrentOperationException", "Message": text}
    return Reply(400, {"content-type": "application/x-amz-json-1.0"}, json.dumps(body).encode())


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("times", [1, 3, 1000])
async def test_a_create_that_meets_its_own_first_delivery_is_not_made_twice(
    world: World, *, named: bool, times: int
) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    world.wrap = lambda inner: _BusyWithOurOwn(inner, named=named, times=times)
    first = await world.deploy(nameless)
    known = len((await world.snapshot()).records) + len((await world.snapshot()).journal)
    assert (len(world.live("CloudFront::OriginAccessControl")), known) == (1, 1)
    assert first.ok or [outcome.status for outcome in first.failed] == [Status.RUNNING]
    world.wrap = lambda inner: inner

    assert (await world.deploy(nameless)).ok

    assert len(world.live("CloudFront::OriginAccessControl")) == 1
    assert await statuses(world) == {"control": RecordStatus.LIVE}


async def test_a_create_that_meets_its_own_first_delivery_continues_in_the_same_run(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    world.wrap = _BusyWithOurOwn

    assert (await world.deploy(nameless)).ok


class _Late:
    """The first delivery of a create is lost, and somebody else creates the same name before the second one."""

    def __init__(self, inner: Transport, cloud: LocalCloud) -> None:
        self._inner, self._cloud, self._lost = inner, cloud, False

    async def send(self, call: Call) -> Reply:
        if call.action == "CreateResource" and not self._lost:
            self._lost = True
            theirs = {"TypeName": BUCKET, "DesiredState": '{"BucketName":"shared-name"}', "ClientToken": "theirs"}
            self._cloud.handle("cloudcontrolapi", "CreateResource", json.dumps(theirs).encode(), ACCOUNT, REGION)
            raise NotAnswered("lost on the way there")
        return await self._inner.send(call)

    async def close(self) -> None:
        await self._inner.close()


async def test_a_concurrent_create_of_somebody_else_is_not_ours_though_our_first_answer_was_lost(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    world.wrap = lambda inner: _Late(inner, world.cloud)

    await world.deploy(bucket)
    world.wrap = lambda inner: inner
    await world.destroy()

    assert len(world.live("S3::Bucket")) == 1


@pytest.mark.parametrize("readable", [True, False])
async def test_a_delete_that_found_something_else_missing_keeps_the_record(world: World, *, readable: bool) -> None:
    await world.deploy(bucket)
    shown = {"code": "NotFound", "message": "The specified key policy was not found"}
    world.cloud.faults.add(Fault("fail", operation="DELETE", count=1, options=shown))
    if not readable:
        world.cloud.faults.add(Fault("CC86"))

    failed = await world.destroy()

    (outcome,) = failed.failed
    assert "key policy" in outcome.message
    assert (await statuses(world), len(world.live("S3::Bucket"))) == ({"bucket": RecordStatus.LIVE}, 1)
    world.cloud.faults.clear()
    assert (await world.destroy()).ok
    assert (await statuses(world), world.live("S3::Bucket")) == ({}, [])


async def test_s4_a_renamed_id_moves_its_record_and_sends_nothing(world: World) -> None:
    def program(key: str) -> Callable[[], None]:
        def declare() -> None:
            S3.Bucket(key, BucketName="one")

        return declare

    await world.deploy(program("a"))
    result = await world.deploy(program("b"))

    assert [(step.action, step.key) for step in result.plans[0].changes] == [(Action.MOVE, "b")]
    assert (result.calls, list(await world.records())) == (0, ["b"])


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


def named_control(key: str) -> Callable[[], None]:
    def declare() -> None:
        with scope(key):
            made = CloudFront.OriginAccessControl(
                key,
                OriginAccessControlConfig={
                    "Name": "control",
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                },
            )
        SSM.Parameter("user", Name="/user", Type="String", Value=made.Id, depends_on=[f"{key}/{key}"])

    return declare


@pytest.mark.parametrize(("first", "second"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
async def test_two_spellings_of_one_key_that_look_alike_are_one(world: World, first: str, second: str) -> None:
    await world.deploy(named_control(first))
    again = await world.deploy(named_control(second))

    assert (again.ok, again.calls, again.plans[0].changes) == (True, 0, ())


async def respelt(world: World) -> None:
    """Write the state as a machine does whose editor decomposes letters."""

    def decomposed(key: str) -> str:
        return unicodedata.normalize("NFD", key)

    store = MemoryStore("test", "dev", clock=world.clock, database=world.database)
    lease = await store.acquire(Holder(user="u", host="h", pid=1, command="c", since=0.0), ttl=60.0)
    for record in (await store.read()).records:
        other = replace(record, key=decomposed(record.key), depends_on=tuple(map(decomposed, record.depends_on)))
        await store.commit(lease, [DropRecord(record.key, record.generation), PutRecord(other)])
    await store.release(lease)
    await store.close()


async def test_a_key_that_was_recorded_in_another_spelling_moves(world: World) -> None:
    await world.deploy(named_control(COMPOSED))
    await respelt(world)

    moved = await world.deploy(named_control(COMPOSED))

    assert [(step.action, step.key) for step in moved.plans[0].changes] == [(Action.MOVE, f"{COMPOSED}/{COMPOSED}")]
    assert (moved.ok, moved.calls, sorted(await world.records())) == (True, 0, [f"{COMPOSED}/{COMPOSED}", "user"])


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
    assert (left.action, left.reasons) == (Action.NONE, (f"it is kept: user still refers to {left.identifier}",))


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


class _HalfDone:
    """Once an update was sent, a part of it is in place."""

    def __init__(self, inner: Transport, cloud: LocalCloud) -> None:
        self._inner, self._cloud = inner, cloud

    async def send(self, call: Call) -> Reply:
        reply = await self._inner.send(call)
        if call.action == "UpdateResource":
            identifier = json.loads(call.body)["Identifier"]
            self._cloud.modify(ACCOUNT, REGION, "AWS::SNS::Topic", identifier, {"DisplayName": "added"})
        return reply

    async def close(self) -> None:
        await self._inner.close()


async def test_s24_what_an_earlier_attempt_of_an_update_applied_is_undone_by_reverting_too(world: World) -> None:
    def program(**more: Any) -> Callable[[], None]:
        def declare() -> None:
            SNS.Topic("topic", TopicName="topic", **more)

        return declare

    await world.deploy(program())
    for code in ("Throttling", "InvalidRequest"):
        world.cloud.faults.add(Fault("fail", operation="UPDATE", count=1, options={"code": code}))
    world.wrap = lambda inner: _HalfDone(inner, world.cloud)
    assert not (await world.deploy(program(DisplayName="added", KmsMasterKeyId="alias/a"))).ok
    world.wrap = lambda inner: inner
    assert set((await world.records())["topic"].dirty) == {"/DisplayName", "/KmsMasterKeyId"}

    assert (await world.deploy(program())).ok

    assert "DisplayName" not in world.live("SNS::Topic")[0]


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


async def test_s33_an_operation_past_its_deadline_continues_and_the_next_run_takes_it_up(world: World) -> None:
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
