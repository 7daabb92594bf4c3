"""Sequences that break naive engines: what a program does between and within its two passes.

Numbers are those of the scenario catalogue in docs/scenarios.md.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws import EC2, IAM, S3, SNS, SSM, ImageBuilder
from cloudwright.engine.outcome import Status
from cloudwright.errors import ConsentNeeded, PlanDeviation, ReferenceMisuse, StaleReference
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

REGIONS: list[ImageBuilder.DistributionConfiguration_Distribution] = [
    {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": "ami-{{ imagebuilder:buildDate }}"}}
]


def topic(key: str = "topic", **properties: Any) -> Any:
    return SNS.Topic(key, **{"TopicName": key, **properties})


def pipeline(distribution: Any, **options: Any) -> Any:
    infra = ImageBuilder.InfrastructureConfiguration("infra", Name="infra", InstanceProfileName="profile")
    recipe = ImageBuilder.ImageRecipe("recipe", Name="recipe", Version="1.0.x", ParentImage="ami-0123456789abcdef0")
    return ImageBuilder.ImagePipeline(
        "pipeline",
        Name="pipeline",
        ImageRecipeArn=recipe.Arn,
        InfrastructureConfigurationArn=infra.Arn,
        DistributionConfigurationArn=distribution.Arn,
        **options,
    )


def golden(name: str = "golden", **options: Any) -> Any:
    return ImageBuilder.DistributionConfiguration("golden", Name=name, Distributions=REGIONS, **options)


async def edges(world: World) -> dict[str, tuple[str, ...]]:
    return {key: tuple(sorted(record.depends_on)) for key, record in (await world.records()).items()}


async def test_s5_an_upserting_type_under_a_new_id_moves_and_its_policy_lives(world: World) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                                      "Resource": "arn:aws:s3:::logs-of-ours/*"}]}  # fmt: skip

    def program(key: str) -> Callable[[], None]:
        def declare() -> None:
            bucket = S3.Bucket("bucket", BucketName="logs-of-ours")
            S3.BucketPolicy(key, Bucket=bucket.BucketName, PolicyDocument=policy)

        return declare

    await world.deploy(program("before"))
    result = await world.deploy(program("after"))

    assert [step.action for step in result.plans[0].changes] == [Action.MOVE]
    assert len(world.live("S3::BucketPolicy")) == 1
    assert sorted(await world.records()) == ["after", "bucket"]


async def test_s14_and_s15_edges_are_the_same_on_every_deploy(world: World) -> None:
    async def program() -> None:
        bucket = S3.Bucket("bucket", BucketName="logs-of-ours")
        S3.BucketPolicy("policy", Bucket=bucket.BucketName, PolicyDocument={"Version": "2012-10-17", "Statement": []})
        await bucket
        topic()

    await world.deploy(program)
    first = await edges(world)
    result = await world.deploy(program)

    assert first == {"bucket": (), "policy": ("bucket",), "topic": ("bucket",)}
    assert await edges(world) == first
    assert result.calls == 0


async def test_s16_a_cached_function_is_named_and_leaves_no_orphan(world: World) -> None:
    @functools.cache
    def cached() -> Any:
        return topic()

    def program() -> dict[str, Any]:
        return {"Arn": cached().TopicArn}

    (failed,) = (await world.deploy(program)).failed
    assert isinstance(failed.error, StaleReference)
    assert "'topic' survives" in failed.message
    assert world.live("SNS::Topic") == []


async def test_s17_a_value_that_differs_between_the_passes_is_refused(world: World) -> None:
    count = itertools.count()

    def program() -> None:
        topic("steady")
        topic("random", DisplayName=f"run {next(count)}")

    result = await world.deploy(program)

    (bad,) = result.failed
    assert isinstance(bad.error, PlanDeviation)
    assert bad.key == "random"
    assert "/DisplayName" in bad.message
    assert "test_program_sequences.py:" in bad.message
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == ["steady"]


@pytest.mark.parametrize("extra_in_second_pass", [True, False], ids=["undeclared before", "missing now"])
async def test_a_deviation_is_reported_under_the_whole_id(world: World, *, extra_in_second_pass: bool) -> None:
    passes = itertools.count()

    def program() -> None:
        topic("steady")
        if bool(next(passes)) is extra_in_second_pass:
            topic("my second topic", TopicName="second")

    (bad,) = (await world.deploy(program)).failed

    assert isinstance(bad.error, PlanDeviation)
    assert bad.key == bad.error.key == "my second topic"


async def test_s18_a_key_too_many_is_not_sent_and_nothing_is_deleted(world: World) -> None:
    passes = itertools.count()

    def before() -> None:
        topic("old")

    def program() -> None:
        topic("new")
        if next(passes):
            topic("extra")

    await world.deploy(before)
    result = await world.deploy(program)

    assert not result.ok
    assert sorted(found["TopicName"] for found in world.live("SNS::Topic")) == ["new", "old"]


async def test_s18_a_key_too_few_fails_and_deletes_nothing(world: World) -> None:
    passes = itertools.count()

    def program() -> None:
        topic("kept")
        if not next(passes) % 2:
            topic("missing")

    def before() -> None:
        topic("old")

    await world.deploy(before)
    result = await world.deploy(program)

    assert not result.ok
    assert "old" in {found["TopicName"] for found in world.live("SNS::Topic")}


async def test_s20_a_replacement_whose_dependents_fail_is_undone_by_reverting(world: World) -> None:
    def program(name: str, profile: str = "profile") -> Callable[[], None]:
        def declare() -> None:
            made = golden(name)
            ImageBuilder.InfrastructureConfiguration(
                "infra", Name="infra", InstanceProfileName=profile, Description=f"for {made.Arn}"
            )

        return declare

    await world.deploy(program("xxx"))
    (infra,) = [r for r in world.cloud.resources() if r.type_name.endswith("InfrastructureConfiguration")]
    world.cloud.remove(infra.place.account, infra.place.region, infra.type_name, infra.identifier)
    failed = await world.deploy(program("yyy"))
    assert not failed.ok
    assert sorted(found["Name"] for found in world.live("ImageBuilder::DistributionConfiguration")) == ["xxx", "yyy"]

    reverted = await world.plan(program("xxx"), refresh=True)

    steps = [(step.key, step.action, step.generation) for step in reverted.changes if step.key == "golden"]
    assert steps == [("golden", Action.DELETE, 1)]


async def test_s22_ten_replacements_delete_ten_old_ones(world: World) -> None:
    def program(prefix: str) -> Callable[[], None]:
        def declare() -> None:
            for number in range(10):
                SNS.Topic(f"t{number}", TopicName=f"{prefix}{number}")

        return declare

    await world.deploy(program("old"))
    result = await world.deploy(program("new"))

    assert result.ok
    assert sorted(found["TopicName"] for found in world.live("SNS::Topic")) == [f"new{n}" for n in range(10)]
    assert len((await world.snapshot()).records) == 10


async def test_s23_a_program_that_computes_with_unknown_values_is_deployed_in_stages(world: World) -> None:
    async def program() -> dict[str, Any]:
        vpc = await EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
        try:
            tail = vpc.VpcId.split("-")[1]
        except Exception:  # noqa: BLE001 - programs do this
            tail = "swallowed"
        topic("named", TopicName=f"after-{tail}")
        return {"Tail": tail}

    def before() -> None:
        topic("old")

    await world.deploy(before)
    plan = await world.plan(program)
    assert plan.partial is not None
    assert "test_program_sequences.py" in plan.partial.source.file
    assert [step.action for step in plan.changes] == [Action.CREATE]

    result = await world.deploy(program)

    assert result.ok
    assert len(result.plans) == 2
    assert [found["TopicName"] for found in world.live("SNS::Topic")] == [f"after-{result.outputs['Tail']}"]
    assert result.outputs["Tail"] != "swallowed"
    assert (await world.deploy(program)).calls == 0


async def test_s27_an_update_of_what_others_only_identify_leaves_them_alone(world: World) -> None:
    def program(tag: str) -> Callable[[], None]:
        def declare() -> None:
            vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16", Tags=[{"Key": "team", "Value": tag}])
            EC2.Subnet("subnet", VpcId=vpc.VpcId, CidrBlock="10.0.1.0/24")

        return declare

    await world.deploy(program("a"))
    result = await world.deploy(program("b"))

    assert [(step.key, step.action) for step in result.plans[0].changes] == [("vpc", Action.UPDATE)]


async def test_s27_what_uses_a_changing_attribute_may_be_updated(world: World) -> None:
    def program(size: str) -> Callable[[], None]:
        def declare() -> None:
            template = EC2.LaunchTemplate(
                "template", LaunchTemplateName="app", LaunchTemplateData={"InstanceType": size}
            )
            SSM.Parameter("version", Name="/app/version", Type="String", Value=f"v{template.LatestVersionNumber}")

        return declare

    await world.deploy(program("m5.large"))
    plan = await world.plan(program("m6i.large"))

    assert {step.key: (step.action, step.maybe) for step in plan.changes} == {
        "template": (Action.UPDATE, False),
        "version": (Action.UPDATE, True),
    }
    assert (await world.deploy(program("m6i.large"))).ok


async def test_s28_edges_under_gather_are_deterministic_and_linear(world: World) -> None:
    async def one(number: int) -> Any:
        return await topic(f"t{number}")

    async def program() -> None:
        await asyncio.gather(*(one(number) for number in range(5)))
        await topic("after")
        for number in range(20):
            await topic(f"chain{number}")

    await world.deploy(program)
    found = await edges(world)
    await world.deploy(program)

    assert found["after"] == tuple(f"t{number}" for number in range(5))
    assert [found[f"chain{number}"] for number in range(3)] == [("after",), ("chain0",), ("chain1",)]
    assert await edges(world) == found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ref: f"{ref}".split("/")[-1],
        lambda ref: base64.b64encode(f"{ref}".encode()).decode(),
        lambda ref: {ref: "1"},
    ],
)
async def test_s29_spoiled_references_are_errors_at_the_declaration(world: World, spoil: Callable[[Any], Any]) -> None:
    def program() -> None:
        topic("b", DisplayName=spoil(topic("a").TopicArn))

    with pytest.raises(ReferenceMisuse):
        await world.plan(program)


async def test_s29_a_reference_in_a_json_text_gives_the_same_document_on_every_deploy(world: World) -> None:
    def program() -> None:
        made = topic("a")
        text = json.dumps({"Topic": made.TopicArn})
        SSM.Parameter("p", Name="/p", Type="String", Value=text)

    await world.deploy(program)

    assert (await world.deploy(program)).calls == 0
    (parameter,) = world.live("SSM::Parameter")
    assert json.loads(parameter["Value"]) == {"Topic": "arn:aws:sns:us-east-1:000000000000:a"}


async def test_s30_replacing_what_a_pipeline_names_shows_the_teardown_it_needs(world: World) -> None:
    def program() -> None:
        pipeline(golden())

    await world.deploy(program)
    with pytest.raises(ConsentNeeded, match="--allow-replace pipeline"):
        await world.deploy(program, replace=("golden",))

    result = await world.deploy(program, replace=("golden",), allow_replace=("pipeline",))

    steps = {step.key: (step.action, step.order) for step in result.plans[0].changes}
    assert steps == {
        "golden": (Action.REPLACE, Order.DELETE_FIRST),
        "pipeline": (Action.REPLACE, Order.DELETE_FIRST),
    }
    assert result.ok, result.failed
    assert (await world.deploy(program)).calls == 0


async def test_s31_an_orphan_can_be_told_to_make_room_first(world: World) -> None:
    def before() -> None:
        topic("old", TopicName="shared")

    def program() -> None:
        IAM.Role("role", RoleName="r", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
        S3.Bucket("bucket", BucketName="bucket-of-ours")

    await world.deploy(before)
    result = await world.deploy(program, delete_first=("old",))

    assert result.ok, result.failed
    assert [outcome.status for outcome in result.outcomes if outcome.key == "old"] == [Status.DONE]
    assert sorted(await world.records()) == ["bucket", "role"]


async def test_awaiting_a_failed_resource_raises_and_deletes_no_orphan(world: World) -> None:
    def before() -> None:
        topic("old")

    async def program() -> None:
        world.cloud.put("000000000000", "us-east-1", "AWS::S3::Bucket", {"BucketName": "taken-name"})
        with contextlib.suppress(Exception):
            await S3.Bucket("bucket", BucketName="taken-name")
        topic("new")

    await world.deploy(before)
    result = await world.deploy(program)

    assert not result.ok
    assert {outcome.key: outcome.status for outcome in result.failed} == {
        "bucket": Status.FAILED,
        "new": Status.SKIPPED,
    }
    assert sorted(await world.records()) == ["old"]
