"""What others added to a collection stays until a plan shows its removal (no update may take it along)."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from catalogue.kit import ACCOUNT, REGION, failed, live, one, only_step, patches, switch
from cloudwright.errors import PlanDeviation

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

DISTRIBUTION = "ImageBuilder::DistributionConfiguration"
GROUP = "EC2::SecurityGroup"


def tamper(world: World, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the one live resource outside of the program."""
    (found,) = world.cloud.resources()
    document = copy.deepcopy(dict(found.properties))
    edit(document)
    world.cloud.modify(ACCOUNT, REGION, found.type_name, found.identifier, document)


def region(name: str, description: str = "old", **more: Any) -> dict[str, Any]:
    settings = {"Name": "image-{{ imagebuilder:buildDate }}", "Description": description, **more}
    return {"Region": name, "AmiDistributionConfiguration": settings}


def distribution(*regions: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"Name": "images", "Distributions": list(regions), **properties}


def rule(port: int, description: str = "old") -> dict[str, Any]:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "CidrIp": f"10.{port % 200}.0.0/16",
        "Description": description,
    }


def group(*rules: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"GroupName": "g", "GroupDescription": "d", "SecurityGroupIngress": list(rules), **properties}


@pytest.mark.parametrize("at", [0, 1], ids=["before ours", "after ours"])
@pytest.mark.parametrize(
    ("type_name", "before", "after", "name", "foreign"),
    [
        pytest.param(
            DISTRIBUTION,
            distribution(region("us-east-1")),
            distribution(region("us-east-1", "new")),
            "Distributions",
            region("eu-west-1", "theirs"),
            id="elements with a key",
        ),
        pytest.param(
            GROUP, group(rule(443)), group(rule(443, "new")), "SecurityGroupIngress", rule(22, "theirs"), id="rules"
        ),
        pytest.param(
            GROUP, group(rule(443)), group(rule(8443)), "SecurityGroupIngress", rule(22, "theirs"), id="another rule"
        ),
        pytest.param(
            GROUP, group(rule(443)), group(), "SecurityGroupIngress", rule(22, "theirs"), id="the last of ours"
        ),
        pytest.param(
            GROUP,
            group(rule(443)),
            {"GroupName": "g", "GroupDescription": "d"},
            "SecurityGroupIngress",
            rule(22, "theirs"),
            id="a list that is no longer declared",
        ),
        pytest.param(
            "IAM::Role",
            {"RoleName": "r", "AssumeRolePolicyDocument": {}, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A"]},
            {"RoleName": "r", "AssumeRolePolicyDocument": {}, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/B"]},
            "ManagedPolicyArns",
            "arn:aws:iam::aws:policy/Theirs",
            id="a set of texts",
        ),
        pytest.param(
            "SNS::Topic",
            {"TopicName": "t", "Tags": [{"Key": "a", "Value": "1"}]},
            {"TopicName": "t", "Tags": [{"Key": "a", "Value": "2"}]},
            "Tags",
            {"Key": "theirs", "Value": "x"},
            id="tags",
        ),
    ],
)
async def test_an_element_of_others_survives_an_edit_and_is_reported_and_is_drift(
    world: World, type_name: str, before: dict[str, Any], after: dict[str, Any], name: str, foreign: Any, at: int
) -> None:
    assert (await world.deploy(one(type_name, before))).ok
    tamper(world, lambda document: document[name].insert(at, foreign))

    result = await world.deploy(one(type_name, after))

    assert result.ok, result.failed
    assert foreign in live(world)[name]
    assert [declared for declared in after.get(name, []) if declared not in live(world)[name]] == []
    assert len(live(world)[name]) == len(after.get(name, [])) + 1
    assert any("added outside cloudwright" in note for outcome in result.outcomes for note in outcome.notes)
    if name in after:
        (drifted,) = (await world.app(one(type_name, after)).drift()).drifted
        assert [path.live for path in drifted.paths] == [foreign]
        refreshed = await world.plan(one(type_name, after), refresh=True)
        assert refreshed.empty
        assert any("added outside cloudwright" in note for note in refreshed.notes)


THEIRS = {"Sid": "theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}


def policy(*sids: str, action: str = "s3:GetObject") -> dict[str, Any]:
    statements = [{"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"} for sid in sids]
    return {"Version": "2012-10-17", "Statement": statements}


def bucket_policy(document: Any) -> dict[str, Any]:
    return {"Bucket": "b", "PolicyDocument": document}


@pytest.mark.parametrize("spelt", [dict, json.dumps], ids=["as a document", "as a text"])
async def test_a_statement_that_others_added_to_a_policy_stays(world: World, spelt: Callable[[Any], Any]) -> None:
    before = one("S3::BucketPolicy", bucket_policy(policy("ours", "gone")))
    after = one("S3::BucketPolicy", bucket_policy(policy("ours", "new", action="s3:GetObjectTagging")))
    assert (await world.deploy(before)).ok
    whole = {**policy("ours", "gone"), "Statement": [THEIRS, *policy("ours", "gone")["Statement"]]}
    tamper(world, lambda document: document.update(PolicyDocument=spelt(whole)))

    result = await world.deploy(after)

    assert result.ok, result.failed
    found = live(world)["PolicyDocument"]
    statements = (json.loads(found) if isinstance(found, str) else found)["Statement"]
    assert {"theirs", "ours", "new"} == {statement["Sid"] for statement in statements}
    assert THEIRS in statements
    (drifted,) = (await world.app(after).drift()).drifted
    assert [THEIRS] == [path.live for path in drifted.paths]


async def test_a_map_keeps_the_entries_that_others_added(world: World) -> None:
    def function(**variables: str) -> dict[str, Any]:
        code = {"ZipFile": "x"}
        role = "arn:aws:iam::000000000000:role/r"
        return {"FunctionName": "f", "Role": role, "Code": code, "Environment": {"Variables": variables}}

    assert (await world.deploy(one("Lambda::Function", function(OURS="1", GONE="1")))).ok
    tamper(world, lambda document: document["Environment"]["Variables"].update(THEIRS="x"))

    result = await world.deploy(one("Lambda::Function", function(OURS="2")))

    assert result.ok, result.failed
    assert {"OURS": "2", "THEIRS": "x"} == live(world)["Environment"]["Variables"]
    (drifted,) = (await world.app(one("Lambda::Function", function(OURS="2"))).drift()).drifted
    assert ["/Environment/Variables/THEIRS"] == [path.path for path in drifted.paths if path.kind != "unobservable"]


async def test_a_change_of_others_inside_of_our_element_stays_and_is_drift(world: World) -> None:
    assert (await world.deploy(one(GROUP, group(rule(443))))).ok
    tamper(world, lambda document: document["SecurityGroupIngress"][0].update(CidrIp="172.16.0.0/12"))

    result = await world.deploy(one(GROUP, group(rule(443, "new"))))

    assert result.ok, result.failed
    (found,) = live(world)["SecurityGroupIngress"]
    assert ("172.16.0.0/12", "new") == (found["CidrIp"], found["Description"])
    (drifted,) = (await world.app(one(GROUP, group(rule(443, "new")))).drift()).drifted
    assert ["/SecurityGroupIngress/0/CidrIp"] == [path.path for path in drifted.paths]


async def test_a_removal_that_would_take_along_what_others_added_inside_is_refused_until_the_plan_shows_it(
    world: World,
) -> None:
    def permitted(*users: str) -> dict[str, Any]:
        return region("eu-west-1", LaunchPermissionConfiguration={"UserIds": list(users)})

    assert (await world.deploy(one(DISTRIBUTION, distribution(region("us-east-1"), permitted("111111111111"))))).ok

    def permit(document: dict[str, Any]) -> None:
        for entry in document["Distributions"]:
            if entry["Region"] == "eu-west-1":
                settings = entry["AmiDistributionConfiguration"]["LaunchPermissionConfiguration"]
                settings["UserIds"].append("999999999999")

    tamper(world, permit)
    sent = patches(world)
    after = one(DISTRIBUTION, distribution(region("us-east-1")))

    result = await world.deploy(after)

    assert isinstance(failed(result).error, PlanDeviation)
    assert "added outside cloudwright" in failed(result).message
    assert [] == sent
    refreshed = await world.deploy(after, refresh=True)
    assert refreshed.ok, refreshed.failed
    assert "999999999999" in json.dumps([change.old for change in only_step(refreshed).changes])
    assert ["us-east-1"] == [entry["Region"] for entry in live(world)["Distributions"]]


async def test_an_edit_of_a_listed_text_that_others_changed_is_refused_until_the_plan_shows_it(world: World) -> None:
    def logs(*fields: str) -> Callable[[], None]:
        stream = {
            "RoleArn": "arn:aws:iam::000000000000:role/r",
            "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        }
        ends = [{"StreamType": "Kinesis", "KinesisStreamConfig": stream}]
        properties = {"Name": "n", "EndPoints": ends, "Fields": list(fields), "SamplingRate": 1}
        return one("CloudFront::RealtimeLogConfig", properties)

    assert (await world.deploy(logs("a", "b"))).ok
    tamper(world, lambda document: document.update(Fields=["a", "theirs"]))

    result = await world.deploy(logs("a", "c"))

    assert isinstance(failed(result).error, PlanDeviation)
    assert "/Fields/1 was changed outside cloudwright" in failed(result).message
    refreshed = await world.deploy(logs("a", "c"), refresh=True)
    assert refreshed.ok, refreshed.failed
    (change,) = only_step(refreshed).changes
    assert ("theirs", "c") == (change.old, change.new)
    assert ["a", "c"] == live(world)["Fields"]


@pytest.mark.parametrize("shuffled", [False, True])
async def test_a_new_element_takes_no_place_in_a_full_list_until_the_plan_shows_it(
    world: World, *, shuffled: bool
) -> None:
    def targets(*names: str) -> list[dict[str, Any]]:
        return [{"Id": name, "Arn": f"arn:aws:sqs:us-east-1:000000000000:{name}"} for name in names]

    def rule_with(*names: str) -> Callable[[], None]:
        return one("Events::Rule", {"Name": "r", "EventPattern": {"source": ["s"]}, "Targets": targets(*names)})

    if shuffled:
        switch(world, "CC9")
    sent = patches(world)
    assert (await world.deploy(rule_with("a", "b", "c"))).ok
    # at most five; what a foreign element says beside the declared properties must not become ours
    theirs = [{**target, "Input": "{}"} for target in targets("x", "y")]
    tamper(world, lambda document: document["Targets"].extend(theirs))

    result = await world.deploy(rule_with("a", "b", "c", "d"))

    assert isinstance(failed(result).error, PlanDeviation)
    assert "/Targets/3 would replace what was added outside cloudwright" in failed(result).message
    assert sent == []
    refreshed = await world.deploy(rule_with("a", "b", "c", "d"), refresh=True)
    assert refreshed.ok, refreshed.failed
    (change,) = only_step(refreshed).changes
    assert ("replace", "/Targets/3", theirs[0], targets("d")[0]) == (change.kind, change.path, change.old, change.new)
    left = sorted(live(world)["Targets"], key=lambda target: str(target["Id"]))
    assert left == [*targets("a", "b", "c", "d"), theirs[1]]


async def test_a_list_that_somebody_emptied_is_left_out_of_an_update_and_stays_drift_until_it_is_repaired(
    world: World,
) -> None:
    def images(description: str) -> Callable[[], None]:
        return one(
            DISTRIBUTION, distribution(region("us-east-1", TargetAccountIds=["111111111111"]), Description=description)
        )

    def settings(document: dict[str, Any]) -> Any:
        return document["Distributions"][0]["AmiDistributionConfiguration"]

    switch(world, "CC14")
    assert (await world.deploy(images("old"))).ok
    tamper(world, lambda document: settings(document).update(TargetAccountIds=[]))

    result = await world.deploy(images("new"))

    assert result.ok, result.failed
    notes = "\n".join(note for outcome in result.outcomes for note in outcome.notes)
    assert "AWS reported success, but" not in notes
    assert (
        "drift that this update left unchanged: /Distributions/0/AmiDistributionConfiguration/TargetAccountIds" in notes
    )
    (drifted,) = (await world.app(images("new")).drift()).drifted
    assert ["/Distributions/0/AmiDistributionConfiguration/TargetAccountIds/0"] == [path.path for path in drifted.paths]
    assert (await world.deploy(images("new"), refresh=True)).ok
    assert settings(live(world))["TargetAccountIds"] == ["111111111111"]


async def test_a_list_that_is_declared_no_more_and_read_as_empty_is_not_said_to_be_kept(world: World) -> None:
    switch(world, "CC14")
    before = distribution(region("us-east-1", TargetAccountIds=["111111111111"]))
    assert (await world.deploy(one(DISTRIBUTION, before))).ok

    result = await world.deploy(one(DISTRIBUTION, distribution(region("us-east-1", "new"))))

    assert result.ok, result.failed
    assert "kept" not in "\n".join(note for outcome in result.outcomes for note in outcome.notes)


async def test_a_block_of_write_only_values_is_said_to_be_sent_again_not_to_be_shown_by_reads(world: World) -> None:
    def function(description: str) -> Callable[[], None]:
        code = {"S3Bucket": "code", "S3Key": "f.zip"}
        role = "arn:aws:iam::000000000000:role/r"
        return one(
            "Lambda::Function",
            {"Code": code, "Role": role, "Handler": "f.g", "Runtime": "python3.13", "Description": description},
        )

    sent = patches(world)
    assert (await world.deploy(function("old"))).ok

    result = await world.deploy(function("new"))

    assert {"/Code", "/Description"} == {operation["path"] for operation in sent[0]}
    (outcome,) = result.outcomes
    assert outcome.notes == ("sent again as declared, since AWS never shows it: /Code",)


def topic(name: str) -> str:
    return f"arn:aws:sns:us-east-1:000000000000:{name}"


async def test_what_others_added_goes_from_an_exclusive_collection_once_the_plan_shows_it(world: World) -> None:
    program = one(GROUP, group(rule(443)), exclusive=["/SecurityGroupIngress"])
    assert (await world.deploy(program)).ok
    tamper(world, lambda document: document["SecurityGroupIngress"].insert(0, rule(22, "theirs")))
    edited = one(GROUP, group(rule(443, "new")), exclusive=["/SecurityGroupIngress"])

    unseen = await world.deploy(edited)

    assert unseen.ok, unseen.failed
    assert rule(22, "theirs") in live(world)["SecurityGroupIngress"]
    result = await world.deploy(edited, refresh=True)
    (change,) = only_step(result).changes
    assert ("remove", rule(22, "theirs")) == (change.kind, change.old)
    assert [rule(443, "new")] == live(world)["SecurityGroupIngress"]
    assert () == (await world.app(edited).drift()).drifted


@pytest.mark.parametrize("still", [True, False], ids=["still exclusive", "no longer exclusive"])
async def test_an_exclusive_collection_that_is_declared_no_more_takes_others_along_only_as_the_plan_shows(
    world: World, *, still: bool
) -> None:
    options: dict[str, Any] = {"exclusive": ["/SecurityGroupIngress"]} if still else {}
    program = one(GROUP, group(rule(443)), exclusive=["/SecurityGroupIngress"])
    assert (await world.deploy(program)).ok
    tamper(world, lambda document: document["SecurityGroupIngress"].append(rule(22, "theirs")))
    without = one(GROUP, {"GroupName": "g", "GroupDescription": "d"}, **options)

    result = await world.deploy(without)

    if still:
        assert isinstance(failed(result).error, PlanDeviation)
        assert "/SecurityGroupIngress was changed outside cloudwright" in failed(result).message
        refreshed = await world.deploy(without, refresh=True)
        assert refreshed.ok, refreshed.failed
        assert '"theirs"' in json.dumps([change.old for change in only_step(refreshed).changes])
        assert not live(world).get("SecurityGroupIngress")
    else:
        assert live(world)["SecurityGroupIngress"] == [rule(22, "theirs")]


@pytest.mark.parametrize("spelt", [dict, json.dumps], ids=["as a document", "as a text"])
@pytest.mark.parametrize("place", ["/PolicyDocument", "/PolicyDocument/Statement"])
async def test_a_statement_of_others_leaves_an_exclusive_policy_once_the_plan_shows_it(
    world: World, place: str, spelt: Callable[[Any], Any]
) -> None:
    before, after = (
        one("S3::BucketPolicy", bucket_policy(policy("ours", action=action)), exclusive=[place])
        for action in ("s3:GetObject", "s3:GetObjectTagging")
    )
    assert (await world.deploy(before)).ok
    whole = {**policy("ours"), "Statement": [THEIRS, *policy("ours")["Statement"]]}
    tamper(world, lambda document: document.update(PolicyDocument=spelt(whole)))

    result = await world.deploy(after)

    assert isinstance(failed(result).error, PlanDeviation)
    assert "/PolicyDocument was changed outside cloudwright" in failed(result).message
    refreshed = await world.deploy(after, refresh=True)
    assert refreshed.ok, refreshed.failed
    assert '"theirs"' in json.dumps([change.old for change in only_step(refreshed).changes])
    assert live(world)["PolicyDocument"] == policy("ours", action="s3:GetObjectTagging")


async def test_what_others_added_and_the_program_declares_now_is_ours(world: World) -> None:
    assert (await world.deploy(one(GROUP, group(rule(443))))).ok
    tamper(world, lambda document: document["SecurityGroupIngress"].append(rule(8443)))

    assert (await world.deploy(one(GROUP, group(rule(8443))))).ok
    assert [rule(8443)] == live(world)["SecurityGroupIngress"]
    assert () == (await world.app(one(GROUP, group(rule(8443)))).drift()).drifted
    assert (await world.deploy(one(GROUP, group()))).ok
    assert [] == live(world).get("SecurityGroupIngress", [])


async def test_what_an_unclear_update_may_have_added_is_ours_and_what_others_added_is_not(world: World) -> None:
    assert (await world.deploy(one(GROUP, group(rule(443))))).ok
    switch(world, "fail-after", count=1, operation="UPDATE", code="InvalidRequest")
    assert not (await world.deploy(one(GROUP, group(rule(443), rule(80))))).ok
    tamper(world, lambda document: document.update(SecurityGroupIngress=[rule(22, "theirs"), rule(80), rule(443)]))

    result = await world.deploy(one(GROUP, group(rule(443))))

    assert result.ok, result.failed
    assert [rule(22, "theirs"), rule(443)] == live(world)["SecurityGroupIngress"]


INSIDE = {"LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "t4g.large"}}


@pytest.mark.parametrize("edit", [{"VersionDescription": "v"}, INSIDE], ids=["beside", "inside"])
async def test_an_ignored_part_of_a_write_only_block_is_sent_only_as_the_plan_shows(
    world: World, edit: dict[str, Any]
) -> None:
    before = {"LaunchTemplateName": "t", "LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "t4g.small"}}
    ignoring = {"ignore_changes": ["/LaunchTemplateData/ImageId"]}
    assert (await world.deploy(one("EC2::LaunchTemplate", before, **ignoring))).ok

    plan = await world.plan(one("EC2::LaunchTemplate", {**before, **edit}, **ignoring))

    (step,) = plan.changes
    shown = {change.path: change for change in step.changes}
    assert shown["/LaunchTemplateData/ImageId"].new == "ami-1"
    assert "each update has to send it" in shown["/LaunchTemplateData/ImageId"].reason


async def test_a_json_text_that_others_changed_is_not_overwritten_unless_the_plan_shows_it(world: World) -> None:
    def dashboard(*widgets: str) -> Callable[[], None]:
        body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": text}} for text in widgets]})
        return one("CloudWatch::Dashboard", {"DashboardName": "d", "DashboardBody": body})

    assert (await world.deploy(dashboard("ours"))).ok

    def add_widget(document: dict[str, Any]) -> None:
        body = json.loads(document["DashboardBody"])
        body["widgets"].append({"type": "text", "properties": {"markdown": "theirs"}})
        document["DashboardBody"] = json.dumps(body)

    tamper(world, add_widget)

    result = await world.deploy(dashboard("ours", "new"))

    assert isinstance(failed(result).error, PlanDeviation)
    assert "theirs" in live(world)["DashboardBody"]
    refreshed = await world.deploy(dashboard("ours", "new"), refresh=True)
    assert refreshed.ok, refreshed.failed
    assert "theirs" in str(only_step(refreshed).changes[0].old)


async def test_what_somebody_else_has_added_already_is_ours_once_it_is_declared(world: World) -> None:
    def alarm(*actions: str) -> Callable[[], None]:
        properties = {"AlarmName": "a", "AlarmRule": "TRUE", "AlarmActions": list(map(topic, actions))}
        return one("CloudWatch::CompositeAlarm", properties)

    assert (await world.deploy(alarm("old"))).ok
    tamper(world, lambda document: document.update(AlarmActions=[topic("old"), topic("new")]))

    result = await world.deploy(alarm("new"))

    assert result.ok, result.failed
    assert [topic("new")] == live(world)["AlarmActions"]
    assert (await world.plan(alarm("new"), refresh=True)).empty
