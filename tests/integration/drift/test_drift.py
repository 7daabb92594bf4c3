"""Drift over the real engine and the local cloud: found, distinguished from what can't be seen, and repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import secret
from cloudwright.aws.control import AWS
from cloudwright.errors import StateError
from cloudwright.local.faults import Fault
from cloudwright.plan.drift import Condition, PathDrift
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.state.changes import DropRecord, PutRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.plan.drift import DriftReport

ACCOUNT, REGION = "000000000000", "us-east-1"
LOGS, QUEUE, BUCKET = "AWS::Logs::LogGroup", "AWS::SQS::Queue", "AWS::S3::Bucket"
PARAMETER = "AWS::SSM::Parameter"


def program() -> None:
    AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=7, Tags=[{"Key": "team", "Value": "a"}])
    AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=5)


async def drift(world: World, *keys: str, of: Callable[[], Any] = program) -> DriftReport:
    return await world.app(of).drift(keys)


async def test_nothing_has_drifted_right_after_a_deploy(world: World) -> None:
    await world.deploy(program)
    report = await drift(world)

    assert [Condition.AS_DECLARED] * 2 == [resource.condition for resource in report.resources]
    assert () == report.drifted
    assert 2 == report.calls


async def test_a_value_changed_outside_cloudwright_is_reported_with_both_values(world: World) -> None:
    await world.deploy(program)
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"RetentionInDays": 30})
    (found,) = (await drift(world)).drifted

    assert ("logs", Condition.CHANGED) == (found.key, found.condition)
    assert (PathDrift("/RetentionInDays", "changed", 7, 30),) == found.paths


async def test_a_tag_of_the_service_is_no_drift_but_one_of_somebody_else_and_a_changed_one_of_ours_are(
    world: World,
) -> None:
    await world.deploy(program)
    by_hand = {"Key": "by", "Value": "hand"}
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"Tags": [by_hand, {"Key": "team", "Value": "a"}]})
    (found,) = (await drift(world)).drifted
    assert (PathDrift("/Tags/0", "changed", None, by_hand, "there, but not declared"),) == found.paths

    others = [{"Key": "aws:backup", "Value": "x"}]
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"Tags": [*others, {"Key": "team", "Value": "a"}]})
    assert () == (await drift(world)).drifted

    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"Tags": [*others, {"Key": "team", "Value": "b"}]})
    (found,) = (await drift(world)).drifted
    assert (PathDrift("/Tags/0/Value", "changed", "a", "b"),) == found.paths

    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"Tags": others})
    (found,) = (await drift(world)).drifted
    assert [("/Tags/0", "missing")] == [(path.path, path.kind) for path in found.paths]


async def test_a_declared_value_that_is_gone_is_missing_and_a_deleted_resource_too(world: World) -> None:
    await world.deploy(program)
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"RetentionInDays": None})
    queue = (await world.records())["queue"].identifier
    world.cloud.remove(ACCOUNT, REGION, QUEUE, queue)
    logs, queue_drift = (await drift(world)).drifted

    assert [("/RetentionInDays", "missing")] == [(path.path, path.kind) for path in logs.paths]
    assert (Condition.MISSING, "deleted outside cloudwright") == (queue_drift.condition, queue_drift.reason)


async def test_what_the_service_fills_in_or_returns_beyond_the_schema_is_no_drift(world: World) -> None:
    await world.deploy(program)
    extra = {"DataProtectionPolicy": None, "LogGroupClass": "STANDARD", "NobodyKnows": {"a": [None]}}
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", extra)

    assert () == (await drift(world)).drifted


async def test_a_declared_value_reset_to_its_default_is_drift_cc45(world: World) -> None:
    await world.deploy(program)
    queue = (await world.records())["queue"].identifier
    world.cloud.modify(ACCOUNT, REGION, QUEUE, queue, {"DelaySeconds": 0})

    assert [("/DelaySeconds", 5, 0)] == [
        (path.path, path.declared, path.live) for path in (await drift(world)).drifted[0].paths
    ]


async def test_only_the_keys_asked_for_are_read_and_a_wrong_one_is_explained(world: World) -> None:
    await world.deploy(program)
    report = await drift(world, "queue")

    assert (["queue"], 1) == ([resource.key for resource in report.resources], report.calls)
    with pytest.raises(StateError, match="has no 'queeu'; did you mean 'queue'"):
        await drift(world, "queeu")


async def test_a_live_value_that_is_hidden_elsewhere_in_a_write_only_block_is_no_secret(world: World) -> None:
    role = "arn:aws:iam::000000000000:role/cleaner"

    def image() -> None:
        AWS.ImageBuilder.Image(
            "image",
            ImageRecipeArn="arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/base/1.0.0",
            InfrastructureConfigurationArn="arn:aws:imagebuilder:us-east-1:000000000000:infrastructure-configuration/x",
            DeletionSettings={"ExecutionRole": role},
            Tags={"by": "team"},
        )

    await world.deploy(image)
    identifier = (await world.records())["image"].identifier
    world.cloud.modify(ACCOUNT, REGION, "AWS::ImageBuilder::Image", identifier, {"Tags": {"by": role}})
    (found,) = (await drift(world, of=image)).drifted

    assert PathDrift("/Tags/by", "changed", "team", role) in found.paths


async def test_secrets_are_compared_but_never_shown(world: World) -> None:
    def hidden() -> None:
        AWS.SSM.Parameter("p", Name="p", Type="String", Value=secret("hunter2"))

    await world.deploy(hidden)
    assert () == (await drift(world, of=hidden)).drifted

    world.cloud.modify(ACCOUNT, REGION, PARAMETER, "p", {"Value": "changed-by-hand"})
    report = await drift(world, of=hidden)
    assert [("/Value", "changed")] == [(path.path, path.kind) for path in report.drifted[0].paths]
    assert "hunter2" not in repr(report)
    assert "changed-by-hand" not in repr(report)


async def test_write_only_values_are_unobservable_and_no_drift(world: World) -> None:
    def key() -> None:
        AWS.KMS.Key("k", PendingWindowInDays=7)

    await world.deploy(key)
    (found,) = (await drift(world, of=key)).resources

    assert (Condition.AS_DECLARED, [("/PendingWindowInDays", "unobservable")]) == (
        found.condition,
        [(path.path, path.kind) for path in found.paths],
    )


async def test_a_broken_read_is_unreadable_and_never_called_deleted_cc86(world: World) -> None:
    await world.deploy(program)
    world.cloud.faults.add(Fault("CC86", type_name=LOGS))
    report = await drift(world)

    assert {"logs": Condition.UNREADABLE, "queue": Condition.AS_DECLARED} == {
        resource.key: resource.condition for resource in report.resources
    }
    assert () == report.drifted
    assert not any(resource.denied for resource in report.resources)


async def test_a_denied_read_is_distinguished_from_a_broken_one(world: World) -> None:
    await world.deploy(program)
    world.cloud.faults.add(Fault("CC94", type_name=QUEUE))
    report = await drift(world)

    assert {"logs": False, "queue": True} == {resource.key: resource.denied for resource in report.resources}
    assert "AccessDenied" in report.resources[1].reason


async def test_a_type_without_a_read_handler_is_unreadable_and_costs_no_call(world: World) -> None:
    await world.deploy(program)
    await put(world, "sink", type="AWS::CloudFormation::CustomResource", identifier="x")
    report = await drift(world, "sink")

    assert (Condition.UNREADABLE, 0) == (report.resources[0].condition, report.calls)
    assert "has no read handler" in report.resources[0].reason


async def test_a_check_that_compared_nothing_does_not_look_like_no_drift(world: World) -> None:
    await world.deploy(program)
    one = await drift(world, "queue")
    await put(world, "queue", status=RecordStatus.TAINTED, note="its create failed")
    tainted = await drift(world, "queue")
    world.cloud.faults.add(Fault("CC86", type_name=LOGS))
    unreadable = await drift(world)

    assert [each.compared_nothing for each in (one, tainted, unreadable)] == [False, True, True]
    assert [each.trustworthy for each in (one, tainted, unreadable)] == [True, False, False]
    assert "nothing was compared, 0 as declared" in str(tainted)


async def test_an_empty_state_has_no_drift(world: World) -> None:
    report = await drift(world)

    assert report.trustworthy
    assert "no drift" in str(report)


async def test_what_is_not_proved_ours_is_left_out_and_named(world: World) -> None:
    await world.deploy(program)
    await put(world, "logs", status=RecordStatus.DOUBTFUL, note="it was there before")
    report = await drift(world)

    assert ["queue"] == [resource.key for resource in report.resources]
    assert ("logs (/app/logs) is doubtful and was not compared: it was there before",) == report.notes


@pytest.mark.parametrize(
    "edited", [{"RetentionInDays": {"a": [1]}}, {"Tags": "x", "No": None}, {"Tags": [7, None]}, {}]
)
async def test_a_record_edited_by_hand_is_compared_or_explained_but_never_crashes(world: World, edited: object) -> None:
    await world.deploy(program)
    await put(world, "logs", declared=edited)
    report = await drift(world)

    assert (Condition.CHANGED if edited else Condition.AS_DECLARED) is report.resources[0].condition
    assert (await world.deploy(program, refresh=True)).ok
    assert () == (await drift(world)).drifted


async def test_refresh_folds_drift_into_the_plan_and_a_deploy_repairs_it(world: World) -> None:
    await world.deploy(program)
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"RetentionInDays": 30})

    assert (await world.plan(program)).empty
    plan = await world.plan(program, refresh=True)
    (step,) = plan.changes
    assert (Action.UPDATE, [("/RetentionInDays", "drift", 30, 7)]) == (
        step.action,
        [(change.path, change.rule, change.old, change.new) for change in step.changes],
    )

    assert (await world.deploy(program, refresh=True)).ok
    assert () == (await drift(world)).drifted
    assert (await world.plan(program, refresh=True)).empty


async def test_refresh_tells_the_users_change_from_drift(world: World) -> None:
    await world.deploy(program)
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"RetentionInDays": 30})

    def changed() -> None:
        tags = [{"Key": "team", "Value": "b"}]
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=7, Tags=tags)
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=5)

    (step,) = (await world.plan(changed, refresh=True)).changes
    assert {"/RetentionInDays": "drift", "/Tags/0/Value": "changed"} == {
        change.path: change.rule for change in step.changes
    }


async def test_a_deleted_resource_is_recreated_by_the_repair(world: World) -> None:
    await world.deploy(program)
    world.cloud.remove(ACCOUNT, REGION, LOGS, "/app/logs")
    (step,) = (await world.plan(program, refresh=True)).changes

    assert Action.CREATE is step.action
    assert (await world.deploy(program, refresh=True)).ok
    assert () == (await drift(world)).drifted


async def test_a_property_that_reads_never_return_is_noted_once_and_is_no_drift_cc47(world: World) -> None:
    world.cloud.faults.add(Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"}))
    result = await world.deploy(program)
    (outcome,) = [outcome for outcome in result.outcomes if outcome.key == "logs"]

    assert ("AWS does not return /RetentionInDays: drift there can't be seen",) == outcome.notes
    assert ("/RetentionInDays",) == (await world.records())["logs"].unreturned
    report = await drift(world)
    assert () == report.drifted
    assert [("/RetentionInDays", "unobservable")] == [(p.path, p.kind) for p in report.resources[0].paths]
    assert (await world.plan(program, refresh=True)).empty


async def test_an_unobservable_property_that_is_declared_again_is_sent_cc47(world: World) -> None:
    world.cloud.faults.add(Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"}))
    await world.deploy(program)

    def longer() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=30, Tags=[{"Key": "team", "Value": "a"}])
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=5)

    (step,) = (await world.plan(longer, refresh=True)).changes
    assert [("/RetentionInDays", "changed")] == [(change.path, change.rule) for change in step.changes]
    assert (await world.deploy(longer, refresh=True)).ok
    assert 30 == world.live("Logs::LogGroup")[0]["RetentionInDays"]
    assert (await world.plan(longer, refresh=True)).empty


async def test_a_change_that_the_service_ignores_is_reported_cc13(world: World) -> None:
    await world.deploy(program)
    world.cloud.faults.add(Fault("CC13", type_name=LOGS))

    def shorter() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", Tags=[{"Key": "team", "Value": "a"}])
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=5)

    result = await world.deploy(shorter)
    (outcome,) = [outcome for outcome in result.outcomes if outcome.key == "logs"]

    assert result.ok
    assert ("AWS reported success, but kept /RetentionInDays, which is no longer declared",) == outcome.notes


async def test_a_look_for_drift_writes_nothing_and_runs_no_program(world: World) -> None:
    await world.deploy(program)
    before = await world.snapshot()

    def broken() -> None:
        raise AssertionError

    await drift(world, of=broken)
    assert before == await world.snapshot()


async def test_the_size_of_a_record_stands_still_over_many_refreshes_cc43(world: World) -> None:
    await world.deploy(program)
    await world.app(program).deploy(options=PlanOptions(refresh=True))
    once = len(repr(await world.records()))
    for _ in range(5):
        await world.app(program).deploy(options=PlanOptions(refresh=True))

    assert once == len(repr(await world.records()))


async def put(world: World, key: str, **fields: Any) -> None:
    """Write into the state as somebody with an editor would."""
    from dataclasses import replace

    from cloudwright.state.memory import MemoryStore

    store = MemoryStore("test", "dev", database=world.database)
    records = (await store.read()).records
    record = next((record for record in records if record.key == key), records[0])
    lease = await store.acquire(Holder(user="u", host="h", pid=1, command="c", since=0.0), ttl=60)
    await store.commit(lease, [DropRecord(key, record.generation), PutRecord(replace(record, key=key, **fields))])
    await store.release(lease)


async def test_what_the_program_ignores_is_no_drift_from_the_next_deploy_on(world: World) -> None:
    def strict() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=7)

    def lenient() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=7, ignore_changes="RetentionInDays")

    await world.deploy(strict)
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", {"RetentionInDays": 30})
    assert ["logs"] == [found.key for found in (await drift(world)).drifted]

    assert (await world.deploy(lenient)).ok
    assert ("/RetentionInDays",) == (await world.records())["logs"].ignored
    assert () == (await drift(world)).drifted
    assert (await world.plan(lenient, refresh=True)).empty
    assert 30 == world.live("Logs::LogGroup")[0]["RetentionInDays"]


async def test_a_tag_whose_key_equals_a_secret_of_its_resource_is_known_by_its_key(world: World) -> None:
    def vault() -> None:
        tags = [{"Key": "team", "Value": "a"}]
        AWS.SecretsManager.Secret("vault", Name="v", SecretString=secret("team"), Tags=tags)

    assert (await world.deploy(vault)).ok
    (made,) = world.cloud.resources()
    theirs = {"Key": "theirs", "Value": "a"}
    edit = {"Tags": [theirs, {"Key": "team", "Value": "b"}]}
    world.cloud.modify(ACCOUNT, REGION, made.type_name, made.identifier, edit)
    (found,) = (await drift(world, of=vault)).drifted
    shown = [(path.path, path.declared, path.live) for path in found.paths if path.kind == "changed"]

    assert [("/Tags/0/Value", "a", "b"), ("/Tags/0", None, theirs)] == shown
