"""Pitfalls of requests, reads, lists, tags, secrets, hooks and schemas (docs/pitfalls.md, D to I)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from catalogue.kit import ACCOUNT, REGION, changed, failed, holds_still, live, nothing, one, operations, switch
from cloudwright import Resource
from cloudwright.app.import_ import generate_program
from cloudwright.app.runtime import RunSettings
from cloudwright.aws import SNS
from cloudwright.engine.outcome import Status
from cloudwright.errors import InvalidProperties, NotAnswered, ProgramError, ServiceError
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.patterns import matches
from cloudwright.schema.validation.validate import validate
from cloudwright.secret import Secret
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.control.model import Call, Reply, Transport

TOPIC = one("SNS::Topic", {"TopicName": "t"})


def topics(number: int) -> Callable[[], None]:
    def declare() -> None:
        for each in range(number):
            SNS.Topic(f"t{each}", TopicName=f"t{each}")

    return declare


SURVIVED: dict[str, dict[str, Any]] = {
    "CC72": {"count": 3},
    "CC73": {"count": 3},
    "CC74": {"count": 20},
    "CC75": {"count": 20},
    "CC79": {},
    "CC80": {},
    "CC82": {"count": 2, "type_name": "AWS::RDS::DBInstance"},
    "CC85": {},
    "CC90": {"count": 2},
    "pending": {},
}
"""Pitfalls through which a deploy gets as if they were not there."""


@pytest.mark.parametrize("name", SURVIVED, ids=lambda name: name.lower())
async def test_a_deploy_gets_through(world: World, name: str) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=2.0)
    switch(world, name, **SURVIVED[name])

    result = await world.deploy(topics(20))

    assert result.ok, result.failed
    assert (len(world.cloud.resources()), len((await world.snapshot()).records)) == (20, 20)
    assert (await world.deploy(topics(20))).calls == 0


class Lossy:
    """Loses the first answers to some calls on their way back."""

    def __init__(self, inner: Transport, actions: frozenset[str], times: int) -> None:
        self._inner, self._actions, self._left = inner, actions, times

    async def send(self, call: Call) -> Reply:
        reply = await self._inner.send(call)
        if call.action in self._actions and self._left:
            self._left -= 1
            raise NotAnswered("lost on the way back")
        return reply

    async def close(self) -> None:
        await self._inner.close()


@pytest.mark.parametrize(
    ("number", "action"),
    [("CC68", "GetResourceRequestStatus"), ("CC69", "CreateResource")],
    ids=["cc68", "cc69"],
)
async def test_a_lost_answer_makes_no_second_resource(world: World, number: str, action: str) -> None:
    del number
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=2.0)
    world.wrap = lambda inner: Lossy(inner, frozenset({action}), 4)

    result = await world.deploy(topics(3))

    assert result.ok, result.failed
    assert (operations(world), len(world.cloud.resources())) == (["CREATE"] * 3, 3)


async def test_cc70_a_refused_repetition_names_our_own_request(world: World) -> None:
    switch(world, "CC70")
    world.wrap = lambda inner: Lossy(inner, frozenset({"CreateResource"}), 1)

    result = await world.deploy(TOPIC)

    assert (result.ok, len(world.cloud.resources())) == (True, 1)


async def test_cc71_another_writer_is_waited_for(world: World) -> None:
    await world.deploy(TOPIC)
    (found,) = world.cloud.resources()
    world.cloud = _slower(world)
    patch = [{"op": "add", "path": "/DisplayName", "value": "theirs"}]
    fields = {"TypeName": found.type_name, "Identifier": found.identifier, "PatchDocument": json.dumps(patch)}
    world.cloud.handle("cloudcontrolapi", "UpdateResource", json.dumps(fields).encode(), ACCOUNT, REGION)

    result = await world.deploy(one("SNS::Topic", {"TopicName": "t", "KmsMasterKeyId": "alias/k"}))

    assert result.ok, result.failed
    assert (live(world)["DisplayName"], live(world)["KmsMasterKeyId"]) == ("theirs", "alias/k")


def _slower(world: World) -> LocalCloud:
    """The same topic in a cloud whose operations take five seconds."""
    slower = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    for found in world.cloud.resources():
        slower.put(found.place.account, found.place.region, found.type_name, found.properties)
    return slower


async def test_cc76_a_throttled_look_at_a_schema_is_an_error_and_no_empty_schema(world: World) -> None:
    switch(world, "CC76")

    def program() -> None:
        Resource("w", type="MyOrg::Thing::Widget", properties={})

    with pytest.raises(ServiceError, match="Rate exceeded"):
        await world.deploy(program)
    assert operations(world) == []


async def test_cc77_a_slow_type_has_the_time_that_its_schema_says(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5_000.0)

    result = await world.deploy(one("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}))

    assert result.ok, result.failed


@pytest.mark.parametrize("effect", [True, False], ids=["after its effect", "before its effect"])
async def test_cc78_a_cancelled_create_is_looked_at(world: World, *, effect: bool) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    switch(world, "CC78", **({} if effect else {"exists": "false"}))

    class Cancelling(Lossy):
        """Somebody cancels each request as soon as it runs."""

        async def send(self, call: Call) -> Reply:
            reply = await self._inner.send(call)
            if call.action == "CreateResource":
                token = json.loads(reply.body)["ProgressEvent"]["RequestToken"]
                body = json.dumps({"RequestToken": token}).encode()
                world.cloud.handle("cloudcontrolapi", "CancelResourceRequest", body, ACCOUNT, REGION)
            return reply

    world.wrap = lambda inner: Cancelling(inner, frozenset(), 0)
    result = await world.deploy(one("S3::Bucket", {"BucketName": "bucket"}))

    assert not result.ok
    assert len((await world.snapshot()).records) == len(world.cloud.resources())


async def test_cc81_a_misleading_403_of_a_handler_is_reported_as_the_handlers(world: World) -> None:
    switch(world, "CC81")

    result = await world.deploy(TOPIC)

    assert "InvalidCredentials: The security token included in the request is invalid" in failed(result).message
    assert (await world.snapshot()).journal == ()


async def test_cc83_credentials_that_expire_in_the_middle_leave_a_journal(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    switch(world, "CC83", calls=3)

    result = await world.deploy(topics(3))
    assert not result.ok
    world.cloud.faults.clear()

    assert (await world.deploy(topics(3))).ok
    assert (operations(world).count("CREATE"), len(world.cloud.resources())) == (3, 3)


async def test_cc84_an_interrupt_starts_nothing_new_and_loses_nothing(world: World) -> None:
    world.cloud = LocalCloud(Catalog.bundled(), clock=world.clock, operation_time=5.0)
    app = world.app(topics(3))

    def interrupt(event: object) -> None:
        if type(event).__name__ == "StepStarted":
            app.interrupt(2)

    result = await app.deploy(observer=interrupt, concurrency=1)

    assert (result.interrupted, len((await world.snapshot()).records)) == (2, len(world.cloud.resources()))
    assert {one.status for one in result.outcomes} == {Status.DONE, Status.SKIPPED}
    assert (await world.deploy(topics(3))).ok


async def test_cc86_a_type_whose_read_is_broken_is_not_taken_for_deleted(world: World) -> None:
    await world.deploy(TOPIC)
    switch(world, "CC86")

    (found,) = (await world.app(TOPIC).drift()).resources

    assert found.condition == "unreadable"
    assert (await world.plan(TOPIC, refresh=True)).empty


async def test_cc88_a_type_without_a_create_is_refused_before_any_call(world: World) -> None:
    with pytest.raises(InvalidProperties, match="Cloud Control can't provision AWS::SNS::TopicPolicy"):
        await world.deploy(one("SNS::TopicPolicy", {"PolicyDocument": {}, "Topics": ["t"]}))
    assert operations(world) == []


async def generated(world: World, type_name: str, parent: dict[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    runtime = await world.runtime(RunSettings("g", "s", world.folder))
    found = await generate_program(runtime, "g", [type_name], DeclaredTarget(region=REGION), parent)
    return found.resources


async def test_cc89_what_lives_in_another_region_is_left_out_of_an_import(world: World) -> None:
    switch(world, "CC89")
    world.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "here"})
    world.cloud.put(ACCOUNT, "eu-west-1", "AWS::S3::Bucket", {"BucketName": "there"})

    assert await generated(world, "AWS::S3::Bucket") == (("AWS::S3::Bucket", "here"),)


async def test_cc91_a_list_that_needs_a_parent_asks_for_it(world: World) -> None:
    with pytest.raises(ProgramError, match="can only be listed within RestApiId"):
        await generated(world, "AWS::ApiGateway::Stage")


async def test_cc92_what_a_list_does_not_show_is_read_singly(world: World) -> None:
    places = [{"Region": REGION, "AmiDistributionConfiguration": {"Name": "a-{{ imagebuilder:buildDate }}"}}]
    properties = {"Name": "golden", "Distributions": places}
    world.cloud.put(ACCOUNT, REGION, "AWS::ImageBuilder::DistributionConfiguration", properties)

    ((name, _),) = await generated(world, "AWS::ImageBuilder::DistributionConfiguration")

    assert name == "AWS::ImageBuilder::DistributionConfiguration"


async def test_cc93_accounts_and_regions_are_kept_apart(world: World) -> None:
    world.cloud.put("111111111111", REGION, "AWS::SNS::Topic", {"TopicName": "t"})

    assert (await world.deploy(TOPIC)).ok
    assert len(world.cloud.resources()) == 2


async def test_cc94_a_denied_call_is_reported_with_its_code(world: World) -> None:
    switch(world, "CC94")

    result = await world.deploy(TOPIC)

    assert "AccessDenied" in failed(result).message


@pytest.mark.parametrize(
    ("type_name", "properties", "tags"),
    [
        ("SNS::Topic", {"TopicName": "t"}, [{"Key": "team", "Value": "core"}]),
        ("Lambda::LayerVersion", {"LayerName": "l", "Content": {"S3Bucket": "bucket", "S3Key": "key"}}, None),
        ("SSM::Parameter", {"Name": "/p", "Type": "String", "Value": "v"}, {"team": "core"}),
        ("ImageBuilder::InfrastructureConfiguration", {"Name": "infra", "InstanceProfileName": "p"}, {"team": "core"}),
    ],
    ids=["list", "none", "map", "flagship"],
)
async def test_cc95_default_tags_take_the_types_own_shape(
    world: World, type_name: str, properties: dict[str, Any], tags: Any
) -> None:
    result = await world.app(one(type_name, properties), tags={"team": "core"}).deploy()

    assert result.ok, result.failed
    assert live(world).get("Tags") == tags


async def test_cc96_shuffled_default_tags_are_no_change(world: World) -> None:
    switch(world, "CC96")
    app = world.app(TOPIC, tags=dict.fromkeys("dbca", "x"))
    await app.deploy()

    assert (await app.plan()).empty
    assert (await app.drift()).drifted == ()


async def test_cc97_default_tags_never_force_a_replacement(world: World) -> None:
    program = one(
        "EC2::LaunchTemplate", {"LaunchTemplateName": "l", "LaunchTemplateData": {"InstanceType": "m5.large"}}
    )
    await world.app(program, tags={"team": "a"}).deploy()

    plan = await world.app(program, tags={"team": "b"}).plan()

    assert [step.action for step in plan.changes if step.action == "replace"] == []


async def test_cc99_neither_side_of_a_changed_secret_is_shown(world: World) -> None:
    def parameter(value: str) -> Callable[[], None]:
        return one("SSM::Parameter", {"Name": "/p", "Type": "String", "Value": Secret(value)})

    await world.deploy(parameter("first-canary"))
    plan = await world.plan(parameter("second-canary"))

    assert [change.path for step in plan.changes for change in step.changes] == ["/Value"]
    assert "canary" not in repr(plan)
    assert "canary" not in repr(await world.snapshot())


async def test_cc100_a_document_that_is_too_large_is_refused_in_the_plan(world: World) -> None:
    with pytest.raises(InvalidProperties, match="262,144"):
        await world.plan(one("SSM::Parameter", {"Name": "/p", "Type": "String", "Value": "x" * 300_000}))


@pytest.mark.parametrize(("mode", "ok"), [("FAIL", False), ("WARN", True)], ids=["fail", "warn"])
async def test_cc101_a_hook_is_reported_by_name_and_message(world: World, mode: str, *, ok: bool) -> None:
    switch(world, "CC101", mode=mode)

    result = await world.deploy(TOPIC)

    (outcome,) = result.outcomes
    assert result.ok is ok
    assert "Local::Policy::Hook" in f"{outcome.message} {outcome.notes}"
    assert "does not comply with the policy of this organisation" in f"{outcome.message} {outcome.notes}"


def test_cc102_every_pattern_of_every_type_compiles_or_is_skipped() -> None:
    patterns = {
        text for name in Catalog.bundled().names()[::20] for text in _patterns(Catalog.bundled().get(name).schema)
    }

    answers = {matches(text, "a-sample-1") for text in patterns}

    assert len(patterns) > 200
    assert answers <= {True, False, None}


def _patterns(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
        return own.union(*map(_patterns, node.values()))
    return set[str]().union(*map(_patterns, node)) if isinstance(node, list) else set()


async def test_cc103_a_recursive_type_goes_as_deep_as_it_is_declared(world: World) -> None:
    statement: dict[str, Any] = {"GeoMatchStatement": {"CountryCodes": ["CH"]}}
    for _ in range(5):
        statement = {"NotStatement": {"Statement": statement}}
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules: Any = [
        {"Name": "r", "Priority": 1, "Statement": statement, "Action": {"Block": {}}, "VisibilityConfig": visible}
    ]

    group = {"Name": "g", "Capacity": 10, "Scope": "REGIONAL", "Rules": rules, "VisibilityConfig": visible}
    program = one("WAFv2::RuleGroup", group)
    result = await world.deploy(program)

    assert result.ok, result.failed
    await holds_still(world, program)


def test_cc104_property_names_keep_their_own_spelling() -> None:
    kind = Catalog.bundled().get("AWS::IAM::Role")

    assert {"RoleName", "AssumeRolePolicyDocument"} <= set(kind.property_names)


def test_cc105_every_contradictory_schema_loads_and_validates() -> None:
    catalog = Catalog.bundled()

    assert all(isinstance(validate(catalog.get(name), {}), tuple) for name in catalog.names()[::7])


async def test_cc106_what_a_branch_of_a_union_requires_is_checked(world: World) -> None:
    with pytest.raises(InvalidProperties):
        await world.plan(one("Batch::JobQueue", {"Priority": 1}), strict_values=True)


async def test_a_delete_of_everything_leaves_nothing(world: World) -> None:
    await changed(world, TOPIC, nothing)

    assert world.cloud.resources() == []
