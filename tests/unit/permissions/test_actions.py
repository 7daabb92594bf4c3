"""Which permissions a plan needs, and why."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from cloudwright.permissions.actions import permissions_of
from cloudwright.permissions.model import AccountPermissions, Permission, Purpose
from cloudwright.permissions.own import Storage
from cloudwright.plan.model import Action, PinnedAnswer, Plan, Step
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.override import override_for
from cloudwright.target import CredentialSource, Target

ACCOUNT = "111122223333"
HERE = Target(ACCOUNT, "eu-west-1")
ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/*"
TOPIC, ROLE, FUNCTION = "AWS::SNS::Topic", "AWS::IAM::Role", "AWS::Lambda::Function"
CATALOG = Catalog.bundled()


def step(key: str, kind: str, action: Action = Action.CREATE, **more: Any) -> Step:
    return Step(key=key, type=kind, action=action, target=more.pop("target", HERE), **more)


def needed(
    *steps: Step, purpose: Purpose = Purpose.DEPLOY, storage: Storage | None = None, catalog: Catalog = CATALOG
) -> tuple[AccountPermissions, ...]:
    plan = Plan(app="a", stage="s", serial=0, digest="", steps=steps)
    return permissions_of(plan, catalog, purpose, storage)


def actions(*steps: Step, **more: Any) -> set[str]:
    return {one.action for account in needed(*steps, **more) for one in account.permissions}


def find(action: str, *steps: Step, **more: Any) -> list[Permission]:
    return [one for account in needed(*steps, **more) for one in account.permissions if one.action == action]


def listed(kind: str, *operations: str) -> set[str]:
    """What the handlers call for a resource without properties."""
    handlers = CATALOG.get(kind).handlers
    spares = override_for(kind).spared
    return {action for name in operations for action in {*handlers[name].permissions} - spares(name, {})}


FOLLOWED = {"cloudformation:GetResourceRequestStatus", "cloudformation:ListResourceRequests"}


@pytest.mark.parametrize(
    ("action", "operations", "own"),
    [
        (Action.CREATE, ("create", "read"), {"CreateResource", "GetResource"}),
        (Action.UPDATE, ("update", "read"), {"UpdateResource", "GetResource"}),
        (Action.REPLACE, ("create", "read", "delete"), {"CreateResource", "GetResource", "DeleteResource"}),
        (Action.DELETE, ("delete", "read"), {"DeleteResource", "GetResource"}),
    ],
)
def test_a_deploy_needs_the_handlers_that_its_steps_call(
    action: Action, operations: tuple[str, ...], own: set[str]
) -> None:
    made = step("log", "AWS::Logs::LogGroup", action, identifier="log")

    assert actions(made) == listed(made.type, *operations) | {f"cloudformation:{name}" for name in own} | FOLLOWED


def test_an_update_that_may_replace_needs_what_a_replacement_needs() -> None:
    update = step("log", "AWS::Logs::LogGroup", Action.UPDATE, identifier="log", may_replace=True)

    assert {"logs:CreateLogGroup", "logs:DeleteLogGroup", "cloudformation:UpdateResource"} <= actions(update)


def test_what_a_deploy_leaves_alone_is_only_read() -> None:
    kept = step("log", "AWS::Logs::LogGroup", Action.NONE, identifier="log")

    assert actions(kept) == listed(kept.type, "read") | {"cloudformation:GetResource"}


def test_each_purpose_asks_for_its_own_handlers() -> None:
    kept = step("log", "AWS::Logs::LogGroup", Action.NONE, identifier="log")
    read = step("found", TOPIC, Action.READ, identifier="arn")

    assert "logs:CreateLogGroup" not in actions(kept, purpose=Purpose.DESTROY)
    assert "logs:DeleteLogGroup" in actions(kept, purpose=Purpose.DESTROY)
    assert listed(kept.type, "create", "read", "update", "delete") <= actions(kept, purpose=Purpose.LIFECYCLE)
    assert actions(read, purpose=Purpose.PLAN) == listed(TOPIC, "read") | {"cloudformation:GetResource"}
    assert needed(read, purpose=Purpose.DRIFT) == ()
    assert actions(kept, purpose=Purpose.IMAGES) == actions(kept, purpose=Purpose.PLAN)


INFRA = "AWS::ImageBuilder::InfrastructureConfiguration"


def test_asking_the_service_needs_the_creates_that_it_checks() -> None:
    profile = step("profile", "AWS::IAM::InstanceProfile", Action.NONE, desired={"Roles": ["run"]})
    desired = {"Name": "i", "InstanceProfileName": {"$unknown": "profile:/Arn"}, "Tags": {"a": "b"}}
    infra = step("infra", INFRA, Action.UPDATE, identifier="arn", desired=desired)
    kept = step("kept", "AWS::ImageBuilder::Workflow", Action.NONE, identifier="arn")
    more = actions(profile, infra, kept, purpose=Purpose.ASK_SERVICE) - actions(
        profile, infra, kept, purpose=Purpose.PLAN
    )

    assert more == {"imagebuilder:CreateInfrastructureConfiguration", "imagebuilder:TagResource", "iam:PassRole"}
    bare = step("bare", INFRA, desired={"Name": "i"})
    assert actions(bare, purpose=Purpose.ASK_SERVICE) - actions(bare, purpose=Purpose.PLAN) == {
        "imagebuilder:CreateInfrastructureConfiguration"
    }


def test_a_forgotten_resource_needs_nothing() -> None:
    assert needed(step("log", "AWS::Logs::LogGroup", Action.FORGET)) == ()


def test_a_role_that_a_property_hands_over_may_be_passed() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/service/runner"
    (passed,) = find("iam:PassRole", step("fn", FUNCTION, desired={"Role": arn}))

    assert passed.resources == (arn,)
    assert {(why.key, why.operation, why.path) for why in passed.reasons} == {("fn", "create", "/Role")}


def test_a_role_that_the_plan_declares_is_named_before_it_exists() -> None:
    role = step("runner", ROLE, desired={"RoleName": "run", "Path": "/app/"})
    unnamed = step("free", ROLE, desired={})
    function = step("fn", FUNCTION, desired={"Role": {"$unknown": "runner:/Arn"}})
    other = step("fn2", FUNCTION, desired={"Role": {"$unknown": "free:/Arn"}})

    assert [one.resources for one in find("iam:PassRole", role, function)] == [
        (f"arn:aws:iam::{ACCOUNT}:role/app/run",)
    ]
    assert [one.resources for one in find("iam:PassRole", unnamed, other)] == [(ANY_ROLE,)]


def test_an_instance_profile_hands_over_its_roles() -> None:
    role = step("runner", ROLE, desired={"RoleName": "run"})
    profile = step("profile", "AWS::IAM::InstanceProfile", desired={"Roles": [{"$unknown": "runner:/RoleName"}]})
    infra = step(
        "infra",
        "AWS::ImageBuilder::InfrastructureConfiguration",
        desired={"InstanceProfileName": {"$unknown": "profile:/InstanceProfileName"}},
    )
    (passed,) = find("iam:PassRole", role, profile, infra)

    assert passed.resources == (f"arn:aws:iam::{ACCOUNT}:role/run",)
    assert {(why.key, why.path) for why in passed.reasons} == {
        ("profile", "/Roles/0"),
        ("infra", "/InstanceProfileName"),
    }


def test_a_role_by_its_name_alone_may_have_a_path() -> None:
    profile = step("profile", "AWS::IAM::InstanceProfile", desired={"Roles": ["run"]})

    assert {one.resources for one in find("iam:PassRole", profile)} == {
        (f"arn:aws:iam::{ACCOUNT}:role/run",),
        (f"arn:aws:iam::{ACCOUNT}:role/*/run",),
    }


def test_roles_of_policies_and_of_other_accounts_are_not_passed() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/friend"
    trusting = {"AssumeRolePolicyDocument": {"Statement": [{"Principal": {"AWS": arn}}]}, "RoleName": "r"}

    assert find("iam:PassRole", step("role", ROLE, desired=trusting)) == []
    foreign = step("fn", FUNCTION, desired={"Role": "arn:aws:iam::999999999999:role/far"})
    assert find("iam:PassRole", foreign) == []


def test_a_schema_that_asks_for_pass_role_gets_none_where_no_property_hands_over_a_role() -> None:
    assert "iam:PassRole" in listed(TOPIC, "create")
    assert find("iam:PassRole", step("t", TOPIC, desired={"TopicName": "RoleModels"})) == []


def test_a_delete_hands_over_nothing() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/run"
    gone = step("hook", "AWS::Lambda::Function", Action.DELETE, identifier="fn", desired={"Role": arn})
    assert find("iam:PassRole", gone) == []


def test_a_role_by_name_is_passed_where_the_type_passes_roles() -> None:
    job = step("job", "AWS::Glue::Job", desired={"Role": "service-role/glue"})
    prefix = f"arn:aws:iam::{ACCOUNT}:role"

    assert {one.resources for one in find("iam:PassRole", job)} == {
        (f"{prefix}/service-role/glue",),
        (f"{prefix}/*/service-role/glue",),
    }


def test_the_name_of_a_role_that_is_only_spoken_of_is_not_passed() -> None:
    role = step("free", ROLE, desired={})
    inline = step("inline", "AWS::IAM::RolePolicy", desired={"RoleName": {"$unknown": "free:/RoleName"}})

    assert find("iam:PassRole", role, inline) == []


def test_an_unknown_role_of_a_type_that_passes_roles_may_be_any() -> None:
    source = step("settings", "AWS::SSM::Parameter", desired={})
    function = step("fn", FUNCTION, desired={"Role": {"$unknown": "settings:/Value"}})

    assert [one.resources for one in find("iam:PassRole", source, function)] == [(ANY_ROLE,)]


def test_a_type_without_listed_actions_gets_its_service_marked_as_a_guess() -> None:
    bare: dict[str, Any] = {
        "typeName": "AWS::CertificateManager::Odd",
        "handlers": {"create": {}, "read": {}, "delete": {}},
    }
    catalog = CATALOG.with_overlay(bare)
    (wild,) = [one for one in needed(step("odd", bare["typeName"]), catalog=catalog)[0].permissions if one.guessed]

    assert wild.action == "acm:*"
    assert "lists no actions" in wild.reasons[0].note


def test_a_private_type_needs_the_registry() -> None:
    own = {"typeName": "My::Own::Type", "handlers": {"create": {"permissions": ["s3:PutObject"]}, "read": {}}}

    assert "cloudformation:DescribeType" in actions(step("x", "My::Own::Type"), catalog=CATALOG.with_overlay(own))


def test_accounts_stand_apart_and_the_caller_needs_the_roles_that_it_assumes() -> None:
    far = Target("999999999999", "us-east-1", "aws", CredentialSource("role", "arn:aws:iam::999999999999:role/deploy"))
    here, there = step("a", TOPIC), step("b", "AWS::SQS::Queue", target=far)
    found = {account.account: account for account in needed(here, there)}

    assert set(found) == {ACCOUNT, "999999999999"}
    assert {one.action for one in found[ACCOUNT].permissions} >= {"sts:AssumeRole", "sns:CreateTopic"}
    assert "sqs:CreateQueue" not in {one.action for one in found[ACCOUNT].permissions}


def test_the_state_store_and_its_key_are_needed_and_narrow() -> None:
    storage = Storage("s3://states/team", "alias/cloudwright")
    topic = step("t", TOPIC)
    (put,) = find("s3:PutObject", topic, storage=storage)
    (data_key,) = find("kms:GenerateDataKey", topic, storage=storage)

    assert put.resources == ("arn:aws:s3:::states/team/*",)
    assert data_key.conditions == (("StringEquals", "kms:RequestAlias", "alias/cloudwright"),)
    assert find("s3:PutObject", topic, storage=storage, purpose=Purpose.PLAN) == []
    assert find("kms:GenerateDataKey", topic, storage=storage, purpose=Purpose.PLAN) == []
    assert [one.resources for one in find("s3:ListBucket", topic, storage=storage)] == [("arn:aws:s3:::states",)]
    assert actions(topic, storage=Storage("postgresql://x/y")) == actions(topic)


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("arn:aws:kms:eu-west-1:1:key/k", "arn:aws:kms:eu-west-1:1:key/k"),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", f"arn:aws:kms:*:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ],
)
def test_a_key_by_id_or_arn_is_named_as_the_resource(key: str, resource: str) -> None:
    (decrypt,) = find("kms:Decrypt", step("t", "AWS::Logs::LogStream"), storage=Storage(kms_key=key))

    assert decrypt.resources == (resource,)
    assert decrypt.conditions == ()


def test_the_same_plan_in_any_order_gives_the_same() -> None:
    steps = [step(f"k{number}", kind) for number, kind in enumerate((TOPIC, ROLE, FUNCTION, TOPIC))]
    shuffled = random.Random(7).sample(steps, len(steps))

    assert needed(*steps) == needed(*shuffled)


def test_300_types_need_exactly_what_their_handlers_list() -> None:
    names = [name for name in CATALOG.names() if CATALOG.get(name).provisionable]
    for name in random.Random(15).sample(names, 300):
        found = needed(step("x", name), purpose=Purpose.LIFECYCLE)[0].permissions
        wanted = {a for h in ("create", "read", "update", "delete") for a in _listed(name, h)} - {"iam:PassRole"}
        own = {one.action for one in found if one.action.startswith("cloudformation:")}

        assert {one.action.lower() for one in found} - {a.lower() for a in own - wanted} == {a.lower() for a in wanted}
        assert not any(one.guessed for one in found)


def _listed(name: str, operation: str) -> set[str]:
    return listed(name, operation) if operation in CATALOG.get(name).handlers else set()


def test_a_region_of_another_partition_names_its_own_arns() -> None:
    china = replace(HERE, region="cn-north-1", partition="aws-cn")
    role = step("runner", ROLE, target=china, desired={"RoleName": "run"})
    function = step("fn", FUNCTION, target=china, desired={"Role": {"$unknown": "runner:/Arn"}})
    (passed,) = find("iam:PassRole", role, function)

    assert passed.resources == (f"arn:aws-cn:iam::{ACCOUNT}:role/run",)


ZONES = PinnedAnswer(key="zones", place=f"{ACCOUNT}/eu-west-1", question="zones()", label="zones", answer=[])


@pytest.mark.parametrize("purpose", Purpose)
def test_only_a_run_of_the_program_looks_anything_up(purpose: Purpose) -> None:
    plan = Plan(app="a", stage="s", serial=0, digest="", steps=(step("t", TOPIC),), lookups=(ZONES,))
    listed = {one.action for account in permissions_of(plan, CATALOG, purpose) for one in account.permissions}

    without_program = purpose in {Purpose.DRIFT, Purpose.DESTROY}
    assert ("ec2:DescribeAvailabilityZones" in listed) is not without_program


BUCKET = f"arn:aws:s3:::cloudwright-assets-{ACCOUNT}-eu-west-1"
KEY = f"assets/{'0' * 64}.zip"
CODE = {"Code": {"S3Bucket": BUCKET.rpartition(":")[2], "S3Key": KEY}}


def uploads(made: Step, purpose: Purpose = Purpose.DEPLOY, assets: str = "") -> set[tuple[str, str]]:
    """Action and resource of each permission that uploads something."""
    plan = Plan(app="a", stage="s", serial=0, digest="", steps=(made,))
    (account,) = permissions_of(plan, CATALOG, purpose, assets=assets)
    return {
        (one.action, one.resources[0])
        for one in account.permissions
        if any(reason.operation == "upload" for reason in one.reasons)
    }


WANTED = {("s3:ListBucket", BUCKET), ("s3:PutObject", f"{BUCKET}/assets/*")}


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.REPLACE])
def test_a_step_with_an_asset_lists_the_bucket_and_writes_its_objects(action: Action) -> None:
    made = step("function", FUNCTION, action, identifier="f", desired=CODE)

    assert uploads(made) == uploads(made, Purpose.LIFECYCLE) == WANTED
    assert uploads(made, Purpose.PLAN) == uploads(made, Purpose.DRIFT) == uploads(made, Purpose.DESTROY) == set()


def test_nothing_is_uploaded_for_what_does_not_change() -> None:
    assert uploads(step("function", FUNCTION, Action.NONE, identifier="f", desired=CODE)) == set()


def test_an_asset_is_known_by_its_bucket_and_its_name() -> None:
    other = {"Code": {"S3Bucket": "other", "S3Key": KEY}}
    named = {"Code": {"S3Bucket": CODE["Code"]["S3Bucket"], "S3Key": "mine.zip"}}
    document = step("document", "AWS::ImageBuilder::Component", desired={"Uri": f"s3://shared-eu-west-1/{KEY}"})

    assert uploads(step("function", FUNCTION, desired=other)) == set()
    assert uploads(step("function", FUNCTION, desired=named)) == set()
    assert uploads(document) == set()
    assert {resource for _, resource in uploads(document, assets="shared-{region}")} == {
        "arn:aws:s3:::shared-eu-west-1",
        "arn:aws:s3:::shared-eu-west-1/assets/*",
    }


def test_a_create_needs_only_what_its_properties_take() -> None:
    plain = step("bucket", "AWS::S3::Bucket", desired={"BucketName": "b"})
    site = step("bucket", "AWS::S3::Bucket", desired={"WebsiteConfiguration": {"IndexDocument": "index.html"}})

    assert "s3:CreateBucket" in actions(plain)
    assert "s3:PutBucketWebsite" not in actions(plain)
    assert "s3:PutBucketWebsite" in actions(site)
    assert not [one for one in actions(site) if one.startswith("s3tables:")]


def test_an_update_and_a_resumed_create_need_the_whole_list() -> None:
    update = step("bucket", "AWS::S3::Bucket", Action.UPDATE, identifier="b", desired={"BucketName": "b"})

    assert {"s3:PutBucketWebsite", "s3tables:CreateTable"} <= actions(update)
    assert {"s3:PutBucketWebsite", "s3tables:CreateTable"} <= actions(step("bucket", "AWS::S3::Bucket", Action.RESUME))


def test_a_resource_without_properties_needs_none_of_what_they_take() -> None:
    assert "kms:DisableKey" not in actions(step("key", "AWS::KMS::Key"))


def test_an_action_that_another_resource_needs_stays() -> None:
    plain = step("plain", "AWS::S3::Bucket", desired={"BucketName": "b"})
    site = step("site", "AWS::S3::Bucket", desired={"WebsiteConfiguration": {"IndexDocument": "index.html"}})
    (found,) = find("s3:PutBucketWebsite", plain, site)

    assert [reason.key for reason in found.reasons] == ["site"]


def test_a_whole_service_that_a_schema_lists_is_pointed_out() -> None:
    (whole,) = find("s3:*", step("chain", "AWS::SCN::Instance"))
    (prefix,) = find("ec2:Get*", step("group", "AWS::AutoScaling::AutoScalingGroup"))

    assert {reason.note for reason in whole.reasons} == {
        "the schema lists the whole service; narrow it if you know what is called"
    }
    assert not whole.guessed
    assert {reason.note for reason in prefix.reasons} == {""}
