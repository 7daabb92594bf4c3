"""Pitfalls of creating, replacing and deleting (docs/pitfalls.md, C): whose a resource is, and which one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalogue.kit import (
    ACCOUNT,
    REGION,
    changed,
    failed,
    holds_still,
    live,
    nothing,
    one,
    only_step,
    operations,
    switch,
)
from cloudwright.aws import IAM, SSM
from cloudwright.errors import ConsentNeeded, InvalidProperties
from cloudwright.plan.model import Action, Order
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

BUCKET = one("S3::Bucket", {"BucketName": "bucket"})


def topic(name: str = "t", **options: Any) -> Callable[[], None]:
    return one("SNS::Topic", {"TopicName": name}, **options)


def control(name: str = "c") -> Callable[[], None]:
    config = {
        "Name": name,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return one("CloudFront::OriginAccessControl", {"OriginAccessControlConfig": config})


async def status(world: World) -> RecordStatus | None:
    records = await world.records()
    return records["one"].status if records else None


async def test_cc49_what_a_failed_create_leaves_behind_is_recorded_and_replaced(world: World) -> None:
    switch(world, "CC49", count=1)
    await world.deploy(control())
    assert await status(world) is RecordStatus.TAINTED

    result = await world.deploy(control())

    assert (result.ok, only_step(result).action, len(world.cloud.resources())) == (True, Action.REPLACE, 1)


async def test_cc50_somebody_elses_resource_is_never_owned(world: World) -> None:
    world.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "bucket"})

    result = await world.deploy(BUCKET)

    assert "--adopt one" in str(getattr(failed(result).error, "hint", ""))
    assert await world.records() == {}
    await world.destroy()
    assert len(world.cloud.resources()) == 1


async def test_cc51_an_identifier_of_what_never_existed_is_not_recorded(world: World) -> None:
    switch(world, "CC51", count=1)

    result = await world.deploy(BUCKET)

    assert (result.ok, await world.records()) == (False, {})
    assert (await world.deploy(BUCKET)).ok


async def test_cc52_a_name_that_is_taken_in_another_account_is_reported(world: World) -> None:
    world.cloud.put("111111111111", REGION, "AWS::S3::Bucket", {"BucketName": "bucket"})
    switch(world, "CC52")

    result = await world.deploy(BUCKET)

    assert "taken in another account or Region" in failed(result).message or "not ours" in failed(result).message
    assert await world.records() == {}


async def test_cc53_a_create_that_says_already_exists_of_its_own_work_is_never_deleted_unasked(world: World) -> None:
    switch(world, "CC53", count=1)

    result = await world.deploy(BUCKET)

    assert not result.ok
    await world.destroy()
    assert len(world.cloud.resources()) == 1
    assert (await world.deploy(BUCKET, adopt=("one",))).ok
    assert await status(world) is RecordStatus.LIVE


async def test_cc54_a_read_that_lags_behind_a_create_is_waited_for(world: World) -> None:
    switch(world, "CC54", calls=3)

    result = await world.deploy(topic())

    assert result.ok, result.failed
    assert (await world.records())["one"].observed["TopicName"] == "t"


async def test_cc55_a_kept_name_lets_the_old_one_go_first(world: World) -> None:
    def role(path: str) -> Callable[[], None]:
        document = {"Version": "2012-10-17", "Statement": []}
        return one("IAM::Role", {"RoleName": "r", "Path": path, "AssumeRolePolicyDocument": document})

    result = await changed(world, role("/a/"), role("/b/"))

    assert (only_step(result).action, only_step(result).order) == (Action.REPLACE, Order.DELETE_FIRST)


async def test_cc56_a_type_that_allows_no_second_one_lets_the_old_one_go_first(world: World) -> None:
    switch(world, "CC56", type_name="AWS::Logs::MetricFilter")

    def metric(name: str) -> Callable[[], None]:
        transformation = {"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}
        properties = {
            "FilterName": name,
            "LogGroupName": "g",
            "FilterPattern": "",
            "MetricTransformations": [transformation],
        }
        return one("Logs::MetricFilter", properties)

    result = await changed(world, metric("a"), metric("b"))

    assert only_step(result).order is Order.DELETE_FIRST
    assert "replacementStrategy" in str(only_step(result).reasons)


def analyzer(age: int) -> Callable[[], None]:
    configuration = {"UnusedAccessConfiguration": {"UnusedAccessAge": age}}
    return one(
        "AccessAnalyzer::Analyzer",
        {"AnalyzerName": "a", "Type": "ACCOUNT_UNUSED_ACCESS", "AnalyzerConfiguration": configuration},
    )


async def test_cc57_what_may_need_a_replacement_is_reported_before_it_is_tried(world: World) -> None:
    await world.deploy(analyzer(90))

    with pytest.raises(ConsentNeeded, match=r"AnalyzerConfiguration.*conditionalCreateOnly"):
        await world.deploy(analyzer(60))


async def test_cc57_with_consent_an_update_that_can_not_be_made_becomes_a_replacement(world: World) -> None:
    await world.deploy(analyzer(90))
    switch(world, "CC57")

    result = await world.deploy(analyzer(60), allow_replace=("one",))

    assert result.ok, result.failed
    assert live(world)["AnalyzerConfiguration"]["UnusedAccessConfiguration"]["UnusedAccessAge"] == 60
    assert operations(world)[-2:] != ["UPDATE", "UPDATE"]
    await holds_still(world, analyzer(60))


async def test_cc58_a_change_next_to_a_create_only_child_is_no_replacement(world: World) -> None:
    def stack(kind: str, text: str) -> Callable[[], None]:
        source = {"Type": kind, "S3Configuration": {"BucketArn": f"arn:aws:s3:::{text}"}}
        return one(
            "Bedrock::DataSource", {"Name": "d", "KnowledgeBaseId": "0123456789", "DataSourceConfiguration": source}
        )

    await world.deploy(stack("S3", "one"))

    (step,) = (await world.plan(stack("S3", "two"))).changes
    assert step.action is Action.UPDATE


async def test_cc59_a_create_only_default_that_is_read_back_is_no_replacement(world: World) -> None:
    switch(world, "CC59", property="KmsMasterKeyId", value="alias/aws/sns")
    await world.deploy(topic())

    await holds_still(world, topic())


async def test_cc60_what_is_gone_already_is_deleted_well(world: World) -> None:
    await world.deploy(topic())
    (found,) = world.cloud.resources()
    world.cloud.remove(ACCOUNT, REGION, found.type_name, found.identifier)

    result = await world.deploy(nothing)

    assert (result.ok, await world.records()) == (True, {})


async def test_cc62_a_delete_that_waits_for_dependencies_is_tried_again(world: World) -> None:
    await world.deploy(topic())
    switch(world, "CC62", count=2)

    result = await world.deploy(nothing)

    assert (result.ok, world.cloud.resources()) == (True, [])


async def test_cc65_an_identifier_that_an_update_changes_is_followed(world: World) -> None:
    def named(text: str) -> Callable[[], None]:
        return one(
            "ImageBuilder::InfrastructureConfiguration",
            {"Name": "infra", "InstanceProfileName": "p", "Description": text},
        )

    await world.deploy(named("a"))
    switch(world, "CC65", count=1)
    await world.deploy(named("b"))
    (found,) = world.cloud.resources()

    assert (await world.records())["one"].identifier == found.identifier
    assert found.identifier.endswith("-2")


async def test_cc66_an_identifier_that_comes_late_is_waited_for(world: World) -> None:
    switch(world, "CC66", polls=4)

    result = await world.deploy(control())

    assert (result.ok, await status(world)) == (True, RecordStatus.LIVE)


async def test_cc67_identifiers_are_joined_in_the_schemas_order_or_given_as_json(world: World) -> None:
    filter_ = {
        "FilterName": "f",
        "LogGroupName": "g",
        "FilterPattern": "",
        "MetricTransformations": [{"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}],
    }
    world.cloud.put(ACCOUNT, REGION, "AWS::Logs::MetricFilter", filter_)
    program = one("Logs::MetricFilter", filter_)

    with pytest.raises(InvalidProperties, match="LogGroupName"):
        await world.app(program).import_("one", "f")
    result = await world.app(program).import_("one", '{"LogGroupName": "g", "FilterName": "f"}')

    assert result.ok
    assert (await world.records())["one"].identifier == "g|f"


async def test_cc80_a_role_that_is_not_known_everywhere_yet_is_waited_for(world: World) -> None:
    switch(world, "CC80", seconds=8)

    def program() -> None:
        role = IAM.Role("role", RoleName="r", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
        SSM.Parameter("user", Name="/role", Type="String", Value=role.Arn)

    result = await world.deploy(program)

    assert result.ok, result.failed


async def test_cc61_a_resource_is_deleted_only_where_it_was_made(world: World) -> None:
    world.cloud.put(ACCOUNT, "eu-west-1", "AWS::S3::Bucket", {"BucketName": "bucket"})
    await world.deploy(BUCKET)

    await world.destroy()

    assert [found.place.region for found in world.cloud.resources()] == ["eu-west-1"]


async def shown(world: World, program: Callable[[], None]) -> list[tuple[str, str]]:
    plan = await world.plan(program)
    return [(finding.id, finding.key) for finding in plan.findings if finding.id.startswith("plan:")]


async def test_cc63_a_delete_that_protection_will_refuse_is_reported_in_the_plan(world: World) -> None:
    key = {"AttributeName": "k", "KeyType": "HASH"}
    attribute = {"AttributeName": "k", "AttributeType": "S"}
    table = {"KeySchema": [key], "AttributeDefinitions": [attribute], "DeletionProtectionEnabled": True}
    await world.deploy(one("DynamoDB::Table", {"TableName": "orders", **table}))
    switch(world, "CC63")

    assert await shown(world, nothing) == [("plan:data-loss", "one"), ("plan:deletion-protection", "one")]
    result = await world.deploy(nothing)
    assert "deletion protection is on" in failed(result).message
    assert list(await world.records()) == ["one"]


async def test_cc64_what_is_deleted_with_its_data_is_reported_in_the_plan(world: World) -> None:
    await world.deploy(BUCKET)
    await world.deploy(one("S3::Bucket", {"BucketName": "bucket"}, retain=True))

    assert await shown(world, one("S3::Bucket", {"BucketName": "other"})) == [("plan:data-loss", "one")]
    assert await shown(world, nothing) == []


async def test_cc87_a_region_that_does_not_offer_the_type_is_reported_in_the_plan(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDWRIGHT_REGIONS", "xx-north-9")
    program = one("ImageBuilder::Workflow", {"Name": "w", "Version": "1.0.0", "Type": "BUILD"}, region="xx-north-9")

    assert await shown(world, program) == [("plan:region", "one")]
