"""Pitfalls of updates (docs/pitfalls.md, A): what a patch must hold, and what it must not."""

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
    patches,
    switch,
)
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from app_kit import World

PLACES = [{"Region": REGION, "AmiDistributionConfiguration": {"Name": "a-{{ imagebuilder:buildDate }}"}}]


def distribution(**more: Any) -> Any:
    return one("ImageBuilder::DistributionConfiguration", {"Name": "golden", "Distributions": PLACES, **more})


async def test_cc1_a_change_next_to_a_create_only_leaf_leaves_that_leaf_alone(world: World) -> None:
    def template(subject: str) -> Any:
        return one("SES::Template", {"Template": {"TemplateName": "welcome", "SubjectPart": subject}})

    sent = patches(world)
    result = await changed(world, template("Hello"), template("Welcome"))

    assert only_step(result).action is Action.UPDATE
    assert [operation["path"] for patch in sent for operation in patch] == ["/Template/SubjectPart"]


async def test_cc2_a_hidden_leaf_inside_of_a_list_is_sent_again(world: World) -> None:
    def listener(port: int) -> Any:
        oidc = {
            **dict.fromkeys(("AuthorizationEndpoint", "Issuer", "TokenEndpoint"), "https://x.example"),
            "ClientId": "id",
            "ClientSecret": "hidden",
            "UserInfoEndpoint": "https://x.example",
        }
        actions = [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": oidc}]
        properties = {"LoadBalancerArn": "arn:aws:x", "Port": port, "Protocol": "HTTP", "DefaultActions": actions}
        return one("ElasticLoadBalancingV2::Listener", properties)

    await changed(world, listener(80), listener(81))

    assert live(world)["DefaultActions"][0]["AuthenticateOidcConfig"]["ClientSecret"] == "hidden"
    await holds_still(world, listener(81))


async def test_cc3_what_is_hidden_and_fixed_is_never_sent_again(world: World) -> None:
    def cluster(period: int) -> Any:
        return one(
            "RDS::DBCluster",
            {"Engine": "aurora-mysql", "SnapshotIdentifier": "snap", "BackupRetentionPeriod": period},
        )

    sent = patches(world)
    await changed(world, cluster(1), cluster(2))

    assert [operation["path"] for patch in sent for operation in patch] == ["/BackupRetentionPeriod"]
    await holds_still(world, cluster(2))


async def test_cc3_a_block_that_no_read_shows_is_not_rebuilt_of_what_is_fixed(world: World) -> None:
    def cluster(version: str) -> Any:
        network = {"SubnetIds": ["subnet-1", "subnet-2"]}
        access = {"BootstrapClusterCreatorAdminPermissions": True}
        role = "arn:aws:iam::000000000000:role/r"
        properties = {"RoleArn": role, "ResourcesVpcConfig": network, "AccessConfig": access, "Version": version}
        return one("EKS::Cluster", {"Name": "c", **properties})

    sent = patches(world)
    await changed(world, cluster("1.30"), cluster("1.31"))

    assert [operation["path"] for patch in sent for operation in patch] == ["/Version"]
    await holds_still(world, cluster("1.31"))


def user(password: str, path: str = "/") -> Any:
    return one("IAM::User", {"UserName": "u", "Path": path, "LoginProfile": {"Password": password}})


async def test_cc4_a_changed_hidden_value_is_added_where_no_read_shows_it(world: World) -> None:
    sent = patches(world)
    await changed(world, user("one-password"), user("two-password"))

    ((operation,),) = sent
    assert operation["op"] == "add"
    assert live(world)["LoginProfile"]["Password"] == "two-password"


async def test_cc5_an_unrelated_update_sends_hidden_values_again(world: World) -> None:
    await changed(world, user("one-password"), user("one-password", "/team/"))

    assert (live(world)["Path"], live(world)["LoginProfile"]["Password"]) == ("/team/", "one-password")


async def test_cc6_an_update_that_can_not_go_through_is_planned_as_a_replacement(world: World) -> None:
    def project(text: str) -> Any:
        return one("DataZone::Project", {"DomainIdentifier": "dzd_1", "Name": "p", "Description": text})

    result = await changed(world, project("a"), project("b"))

    assert only_step(result).action is Action.REPLACE


async def test_cc7_a_read_only_property_is_refused_before_any_call_and_never_patched(world: World) -> None:
    sent = patches(world)
    await changed(world, distribution(), distribution(Description="d"))

    assert [operation["path"] for patch in sent for operation in patch] == ["/Description"]


async def test_cc8_what_nobody_declared_is_never_removed(world: World) -> None:
    await world.deploy(one("SNS::Topic", {"TopicName": "t"}))
    switch(world, "CC8", property="SignatureVersion", value="2")
    sent = patches(world)

    await changed(
        world, one("SNS::Topic", {"TopicName": "t"}), one("SNS::Topic", {"TopicName": "t", "DisplayName": "d"})
    )

    assert [(operation["op"], operation["path"]) for patch in sent for operation in patch] == [("add", "/DisplayName")]


async def test_cc9_a_list_that_is_shuffled_on_each_read_is_patched_right(world: World) -> None:
    switch(world, "CC9")
    tags = [{"Key": f"k{number}", "Value": "a"} for number in range(8)]
    after = [*tags[:3], {"Key": "k3", "Value": "b"}, *tags[5:]]

    await changed(
        world, one("SNS::Topic", {"TopicName": "t", "Tags": tags}), one("SNS::Topic", {"TopicName": "t", "Tags": after})
    )

    assert sorted(live(world)["Tags"], key=str) == sorted(after, key=str)
    await holds_still(world, one("SNS::Topic", {"TopicName": "t", "Tags": after}))


async def test_cc10_several_removals_take_away_the_right_elements(world: World) -> None:
    places = [{**PLACES[0], "Region": region} for region in ("us-east-1", "us-west-1", "us-west-2", "eu-west-1")]

    await changed(world, distribution(Distributions=places), distribution(Distributions=[places[0], places[3]]))

    assert [place["Region"] for place in live(world)["Distributions"]] == ["us-east-1", "eu-west-1"]


async def test_cc11_a_hidden_value_that_is_no_longer_declared_is_told_to_stay(world: World) -> None:
    def parameter(**more: Any) -> Any:
        return one("SSM::Parameter", {"Name": "/p", "Type": "String", "Value": "v", **more})

    await world.deploy(parameter(Description="d"))
    plan = await world.plan(parameter())

    shown = [*(change.reason for step in plan.changes for change in step.changes), *(f.text for f in plan.findings)]
    assert any("an update can't unset it" in text for text in shown), shown


async def test_cc12_no_patch_is_sent_where_nothing_differs(world: World) -> None:
    await world.deploy(distribution())
    world.cloud.modify(
        ACCOUNT, REGION, "AWS::ImageBuilder::DistributionConfiguration", live(world)["Arn"], {"Description": "d"}
    )

    result = await world.deploy(distribution(Description="d"))

    assert (result.ok, operations(world)) == (True, ["CREATE"])


async def test_cc13_a_removed_property_that_the_service_keeps_is_reported(world: World) -> None:
    switch(world, "CC13")
    await world.deploy(distribution(Description="d"))

    result = await world.deploy(distribution())

    assert live(world)["Description"] == "d"
    assert "Description" in str([outcome.notes for outcome in result.outcomes])


async def test_cc14_empty_husks_that_the_handler_refuses_are_removed_with_the_change(world: World) -> None:
    switch(world, "CC14")

    await changed(world, distribution(), distribution(Description="d"))

    await holds_still(world, distribution(Description="d"))


async def test_cc15_the_undeclared_twin_of_a_property_is_dropped(world: World) -> None:
    def balancer(kind: str) -> Any:
        return one(
            "ElasticLoadBalancingV2::LoadBalancer", {"Name": "b", "Subnets": ["subnet-1"], "IpAddressType": kind}
        )

    await world.deploy(balancer("ipv4"))
    switch(world, "CC15", property="Subnets", twin="SubnetMappings")

    result = await world.deploy(balancer("dualstack"))

    assert result.ok, result.failed
    assert "SubnetMappings" not in live(world)


async def test_cc16_null_elements_of_a_read_are_not_sent_back(world: World) -> None:
    switch(world, "CC16", property="Subscription")

    await changed(
        world, one("SNS::Topic", {"TopicName": "t"}), one("SNS::Topic", {"TopicName": "t", "DisplayName": "d"})
    )

    await holds_still(world, one("SNS::Topic", {"TopicName": "t", "DisplayName": "d"}))


async def test_cc17_an_empty_text_that_nobody_set_is_not_sent_back(world: World) -> None:
    switch(world, "CC17", property="Description")

    await changed(world, distribution(), distribution(Tags={"a": "b"}))

    await holds_still(world, distribution(Tags={"a": "b"}))


async def test_cc18_keys_with_slashes_and_tildes_hit_their_own_place(world: World) -> None:
    await changed(world, distribution(Tags={"a/b~c": "1", "a": "0"}), distribution(Tags={"a/b~c": "2", "a": "0"}))

    assert live(world)["Tags"] == {"a/b~c": "2", "a": "0"}


async def test_cc19_a_number_as_text_reaches_the_service_as_a_number(world: World) -> None:
    result = await world.deploy(one("SQS::Queue", {"QueueName": "q", "VisibilityTimeout": 300}))

    assert result.ok, result.failed
    assert live(world)["VisibilityTimeout"] == 300


async def test_cc20_an_explicit_none_is_not_sent(world: World) -> None:
    switch(world, "CC20")
    program = one(
        "Events::Rule",
        {
            "Name": "r",
            "Description": None,
            "ScheduleExpression": "rate(1 hour)",
            "Targets": [{"Arn": "arn:aws:sns:us-east-1:1:t", "Id": "1", "Input": None}],
        },
    )

    result = await world.deploy(program)

    assert result.ok, result.failed
    await holds_still(world, program)


async def test_cc21_a_document_goes_in_the_form_that_the_handler_takes(world: World) -> None:
    switch(world, "CC21")
    program = one("Events::Rule", {"Name": "r", "EventPattern": {"source": ["aws.ec2"]}})

    result = await world.deploy(program)

    assert result.ok, result.failed
    await holds_still(world, program)


async def test_cc22_large_numbers_stay_exact(world: World) -> None:
    def alarm(threshold: int) -> Any:
        compared = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "m"}
        return one("CloudWatch::Alarm", {"AlarmName": "a", **compared, "Threshold": threshold})

    await changed(world, alarm(2**40), alarm(2**40 + 1))

    assert live(world)["Threshold"] == 2**40 + 1
    await holds_still(world, alarm(2**40 + 1))


async def test_cc23_a_union_that_changes_its_branch_leaves_nothing_of_the_old_one(world: World) -> None:
    def acl(action: str) -> Any:
        visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
        return one(
            "WAFv2::WebACL",
            {"Name": "a", "Scope": "REGIONAL", "DefaultAction": {action: {}}, "VisibilityConfig": visible},
        )

    await changed(world, acl("Allow"), acl("Block"))

    assert live(world)["DefaultAction"] == {"Block": {}}


async def test_cc24_a_type_without_an_update_handler_is_replaced(world: World) -> None:
    def cidr(block: str) -> Any:
        return one("EC2::VPCCidrBlock", {"VpcId": "vpc-1", "CidrBlock": block})

    result = await changed(world, cidr("10.1.0.0/16"), cidr("10.2.0.0/16"))

    (change,) = [change for change in only_step(result).changes if change.forces]
    assert change.rule == "noUpdateHandler"


async def test_cc25_an_update_that_always_fails_is_reported_in_the_services_words(world: World) -> None:
    switch(world, "CC25")
    await world.deploy(distribution())

    result = await world.deploy(distribution(Description="d"))

    assert "can not be updated in its current configuration" in failed(result).message
    assert (await world.deploy(distribution(Description="d"), replace=("one",))).ok


async def test_cc26_an_update_touches_only_what_was_declared(world: World) -> None:
    export = {"RoleName": "r", "DiskImageFormat": "RAW", "S3Bucket": "b"}
    await world.deploy(distribution())
    arn = live(world)["Arn"]
    world.cloud.modify(ACCOUNT, REGION, "AWS::ImageBuilder::DistributionConfiguration", arn, {"Hidden": export})

    result = await world.deploy(distribution(Description="d"))

    assert result.ok, result.failed


@pytest.mark.parametrize(
    ("type_name", "name", "mode"),
    [("SQS::Queue", "QueueName", "kept out"), ("SNS::Topic", "TopicName", "stripped")],
)
async def test_cc27_system_tags_are_kept_or_left_out_as_the_type_wants(
    world: World, type_name: str, name: str, mode: str
) -> None:
    def tagged(value: str) -> Any:
        return one(type_name, {name: "t", "Tags": [{"Key": "a", "Value": value}]})

    await world.deploy(tagged("1"))
    (found,) = world.cloud.resources()
    stamped = [*found.properties["Tags"], {"Key": "aws:servicecatalog:x", "Value": "y"}]
    world.cloud.modify(ACCOUNT, REGION, found.type_name, found.identifier, {"Tags": stamped})
    switch(world, "CC27", mode=mode)

    result = await world.deploy(tagged("2"))

    assert result.ok, result.failed
    assert {"Key": "a", "Value": "2"} in live(world)["Tags"]


async def test_cc28_an_empty_list_that_was_declared_is_sent_and_an_undeclared_one_is_not(world: World) -> None:
    await world.deploy(distribution())
    assert "Tags" not in live(world)
    await world.deploy(nothing)

    await world.deploy(one("SQS::Queue", {"QueueName": "q", "Tags": []}))
    assert live(world)["Tags"] == []
