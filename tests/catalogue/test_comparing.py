"""Pitfalls of comparing (docs/pitfalls.md, B): what is no drift although it looks like it, and the other way round."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from catalogue.kit import ACCOUNT, REGION, changed, holds_still, live, one, only_step, switch
from cloudwright.plan.model import Action
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "1",
            "Effect": "Allow",
            "Principal": {"Service": ["ec2.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
        }
    ],
}


async def deployed(world: World, program: Callable[[], None]) -> None:
    result = await world.deploy(program)
    assert result.ok, result.failed


def by_hand(world: World, **changes: Any) -> None:
    (found,) = world.cloud.resources()
    world.cloud.modify(ACCOUNT, REGION, found.type_name, found.identifier, changes)


def topic(**more: Any) -> Callable[[], None]:
    return one("SNS::Topic", {"TopicName": "t", **more})


async def test_cc29_an_unordered_list_in_another_order_is_no_change(world: World) -> None:
    switch(world, "CC29")
    subnets = [f"subnet-{number}" for number in range(6)]
    program = one("RDS::DBSubnetGroup", {"DBSubnetGroupDescription": "d", "SubnetIds": subnets})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc30_a_list_that_the_schema_wrongly_calls_ordered_is_no_change(world: World) -> None:
    switch(world, "CC30", property="ManagedPolicyArns")
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in "cba"]
    program = one("IAM::Role", {"RoleName": "r", "AssumeRolePolicyDocument": POLICY, "ManagedPolicyArns": arns})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc31_what_the_service_fills_in_is_no_drift(world: World) -> None:
    switch(world, "CC31")
    switch(world, "CC31", property="TracingConfig", value="PassThrough")

    await deployed(world, topic())

    await holds_still(world, topic())


async def test_cc32_an_import_of_a_resource_with_defaults_changes_nothing(world: World) -> None:
    identifier = world.cloud.put(ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": "t", "TracingConfig": "Active"})

    result = await world.app(topic()).import_("one", identifier)

    assert [step.action for step in result.plans[0].changes] == [Action.IMPORT]
    await holds_still(world, topic())


async def test_cc33_a_policy_in_another_spelling_is_no_change(world: World) -> None:
    switch(world, "CC33")
    program = one("IAM::Role", {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(POLICY)})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc34_a_value_that_the_service_transforms_is_no_change(world: World) -> None:
    switch(world, "CC34")
    program = one(
        "RDS::DBInstance", {"DBInstanceIdentifier": "My-DB", "Engine": "MySQL", "DBInstanceClass": "db.t3.micro"}
    )

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc35_one_of_several_answers_that_a_transform_allows_is_no_change(world: World) -> None:
    program = one("EFS::FileSystem", {"FileSystemProtection": {"ReplicationOverwriteProtection": "DISABLED"}})
    await deployed(world, program)
    switch(world, "CC35", property="FileSystemProtection", value={"ReplicationOverwriteProtection": "REPLICATING"})

    for _ in range(3):
        assert (await world.plan(program, refresh=True)).empty


async def test_cc36_a_difference_in_case_that_the_service_makes_is_no_change(world: World) -> None:
    switch(world, "CC36", property="DBInstanceIdentifier")
    program = one(
        "RDS::DBInstance", {"DBInstanceIdentifier": "My-DB", "Engine": "mysql", "DBInstanceClass": "db.t3.micro"}
    )

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc37_a_name_that_comes_back_as_an_arn_is_no_change(world: World) -> None:
    switch(world, "CC37", property="TaskDefinition")
    program = one("ECS::Service", {"ServiceName": "s", "TaskDefinition": "web"})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc38_a_number_that_comes_back_as_text_is_no_change(world: World) -> None:
    switch(world, "CC38", property="VisibilityTimeout")
    program = one("SQS::Queue", {"QueueName": "q", "VisibilityTimeout": 300})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc39_an_identifier_in_another_form_is_no_lost_resource(world: World) -> None:
    switch(world, "CC39")
    program = one("S3::Bucket", {"BucketName": "bucket"})
    await deployed(world, program)

    plan = await world.plan(program, refresh=True)

    assert (await world.records())["one"].identifier == "bucket."
    assert [step.action for step in plan.changes if step.action is Action.CREATE] == []
    assert (await world.deploy(program)).calls == 0


async def test_cc40_a_version_wildcard_stays_what_it_was_resolved_to(world: World) -> None:
    parent = "arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x"
    program = one("ImageBuilder::ImageRecipe", {"Name": "recipe", "Version": "1.0.x", "ParentImage": parent})

    await deployed(world, program)

    assert live(world)["Version"] == "1.0.0"
    await holds_still(world, program)


async def test_cc41_system_tags_are_no_drift(world: World) -> None:
    switch(world, "CC41")
    program = one("S3::Bucket", {"BucketName": "bucket", "Tags": [{"Key": "a", "Value": "1"}]})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc42_a_change_by_hand_is_found_and_put_right(world: World) -> None:
    await deployed(world, topic(DisplayName="ours"))
    by_hand(world, DisplayName="theirs")

    (drifted,) = (await world.app(topic(DisplayName="ours")).drift()).drifted
    assert [(path.path, path.declared, path.live) for path in drifted.paths] == [("/DisplayName", "ours", "theirs")]

    await world.deploy(topic(DisplayName="ours"), refresh=True)
    assert live(world)["DisplayName"] == "ours"


async def test_cc43_the_state_does_not_grow_with_refreshes(world: World) -> None:
    program = one("SSM::Parameter", {"Name": "/p", "Type": "String", "Value": Secret("hidden")})
    await deployed(world, program)
    before = (await world.snapshot()).records

    for _ in range(50):
        await world.deploy(program, refresh=True)

    assert len(repr((await world.snapshot()).records)) == len(repr(before))


async def test_cc44_whitespace_in_a_json_text_is_no_change(world: World) -> None:
    switch(world, "CC44", property="PolicyText")
    switch(world, "CC44", property="PolicyDocument")
    program = one("Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(POLICY)})

    await deployed(world, program)

    await holds_still(world, program)


async def test_cc45_a_declared_value_that_was_set_back_to_its_default_is_drift(world: World) -> None:
    program = one("SQS::Queue", {"QueueName": "q", "DelaySeconds": 5})
    await deployed(world, program)
    by_hand(world, DelaySeconds=0)

    (drifted,) = (await world.app(program).drift()).drifted

    assert [path.path for path in drifted.paths] == ["/DelaySeconds"]


async def test_cc46_what_a_child_wrote_into_its_parent_is_left_alone(world: World) -> None:
    def role(text: str) -> Callable[[], None]:
        return one("IAM::Role", {"RoleName": "r", "AssumeRolePolicyDocument": POLICY, "Description": text})

    await deployed(world, role("a"))
    child = [{"PolicyName": "child", "PolicyDocument": POLICY}]
    by_hand(world, Policies=child)

    await holds_still(world, role("a"))
    await changed(world, role("a"), role("b"))
    assert live(world)["Policies"] == child


async def test_cc47_a_declared_value_that_is_never_returned_is_learned_and_told(world: World) -> None:
    switch(world, "CC47", property="DisplayName")

    result = await world.deploy(topic(DisplayName="d"))

    assert "DisplayName" in str([outcome.notes for outcome in result.outcomes])
    await holds_still(world, topic(DisplayName="d"))


async def test_cc48_a_read_only_time_that_moves_is_no_drift(world: World) -> None:
    switch(world, "CC48")

    def map_of(text: str) -> Callable[[], None]:
        style = {"Style": "VectorEsriStreets"}
        return one("Location::Map", {"MapName": "m", "Configuration": style, "Description": text})

    await deployed(world, map_of("a"))
    before = live(world)["UpdateTime"]
    result = await changed(world, map_of("a"), map_of("b"))

    assert [change.path for change in only_step(result).changes] == ["/Description"]
    assert live(world)["UpdateTime"] >= before
    await holds_still(world, map_of("b"))
