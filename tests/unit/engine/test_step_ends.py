"""What a step leaves in the state, by how its request ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.control.model import Operation, ProgressEvent, ResourceDescription
from cloudwright.control.verdict import Verdict, VerdictKind
from cloudwright.engine.evidence import JudgedRequest
from cloudwright.engine.failures import OperationFailed, StillRunning
from cloudwright.engine.filled_attributes import FilledAttributes
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action, Change
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.reference import Ref
from cloudwright.state.changes import PutRecord
from cloudwright.state.records import RecordStatus
from dead_runs import HERE, TOPIC, VPC, VPC_DOCUMENT, entry_of, put, record, recorded_topic
from render_samples import step
from subject_kit import renamed_topic, subject_of, work_of

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.snapshot import Snapshot

BUCKET = "AWS::S3::Bucket"


async def state_of(run: DeployRun) -> Snapshot:
    return await run.services.store.read()


async def test_a_created_value_that_no_read_returns_is_remembered(world: World, run: DeployRun) -> None:
    world.cloud.faults.add(Fault("CC47", options={"property": "DisplayName"}))
    work = work_of(subject_of({"TopicName": "t", "DisplayName": "d"}), action=Action.CREATE)
    done = await Lifecycle(run).create(work)

    assert done.record is not None
    assert done.record.unreturned == ("/DisplayName",)


async def test_a_create_that_ended_on_a_recorded_resource_is_not_recorded_twice(run: DeployRun) -> None:
    lifecycle = Lifecycle(run)
    entry = await lifecycle.operations.open(
        entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
    )
    judged = await lifecycle.operations.perform(entry, entry.body.encode(), timeout=600.0)
    await run.commit(PutRecord(record(VPC, judged.identifier or "", key="b")))
    with pytest.raises(OperationFailed, match="which is b in the state"):
        await lifecycle.created(entry, judged, None)

    snapshot = await state_of(run)
    assert [(one.key, bool(one.dirty)) for one in snapshot.records] == [("b", True)]
    assert snapshot.journal == ()


async def test_a_doubtful_create_is_recorded_beside_the_record_that_owns_the_resource(run: DeployRun) -> None:
    lifecycle = Lifecycle(run)
    entry = await lifecycle.operations.open(
        entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
    )
    await run.commit(PutRecord(record(VPC, "vpc-1", key="b")))
    verdict = Verdict(kind=VerdictKind.DOUBTFUL, reason="nobody knows")
    with pytest.raises(OperationFailed, match="nobody knows"):
        await lifecycle.created(entry, JudgedRequest(verdict=verdict, event=ProgressEvent(identifier="vpc-1")), None)

    found = {one.key: one.status for one in (await state_of(run)).records}
    assert found == {"a": RecordStatus.DOUBTFUL, "b": RecordStatus.LIVE}


async def test_what_appeared_after_the_plan_of_an_adoption_is_planned_again(world: World, run: DeployRun) -> None:
    adopting = subject_of({"BucketName": "bucket"}, BUCKET, options=Options(adopt=True))
    done = await Lifecycle(run).create(work_of(adopting, action=Action.CREATE))
    assert done.record is not None

    other = subject_of({"BucketName": "taken"}, BUCKET, key="b", options=Options(adopt=True))
    put(world, BUCKET, {"BucketName": "taken"})
    with pytest.raises(OperationFailed) as failed:
        await Lifecycle(run).create(work_of(other, action=Action.CREATE))
    assert "it appeared after the plan was made" in str(failed.value.hint)


@pytest.mark.parametrize(("name", "updates"), [("live", 0), ("declared", 1)])
async def test_an_adopted_resource_is_updated_only_if_it_differs(
    world: World, run: DeployRun, name: str, updates: int
) -> None:
    live = {"TopicName": "t", "DisplayName": "live"}
    identifier = put(world, TOPIC, live)
    change = Change("/DisplayName", "replace", "live", name)
    work = work_of(subject_of({"TopicName": "t", "DisplayName": name}), *([change] * updates), action=Action.IMPORT)
    done = await Lifecycle(run).adopt(work, ResourceDescription(identifier, live))

    assert done.record is not None
    assert (done.record.adopted, done.record.dirty) == (True, ())
    assert len(world.cloud.requests()) == updates


async def test_a_failed_update_leaves_dirty_what_it_may_have_written(world: World, run: DeployRun) -> None:
    made = await recorded_topic(world, run)
    world.cloud.faults.add(Fault("fail", operation="UPDATE", options={"code": "AccessDenied"}))
    with pytest.raises(OperationFailed):
        await Lifecycle(run).update(renamed_topic(), made)

    snapshot = await state_of(run)
    assert [one.dirty for one in snapshot.records] == [("/DisplayName",)]
    assert snapshot.journal == ()


async def test_a_refused_update_leaves_nothing_dirty(world: World, run: DeployRun) -> None:
    made = await recorded_topic(world, run)
    refusal = {"code": "InvalidRequestException", "message": "no"}
    world.cloud.faults.add(Fault("refuse", operation="UpdateResource", options=refusal))
    with pytest.raises(OperationFailed):
        await Lifecycle(run).update(renamed_topic(), made)

    snapshot = await state_of(run)
    assert [one.dirty for one in snapshot.records] == [()]
    assert snapshot.journal == ()


async def test_an_update_that_cannot_be_followed_stays_open(world: World, run: DeployRun) -> None:
    made = await recorded_topic(world, run)
    world.cloud.faults.add(Fault("CC94", operation="GetResourceRequestStatus"))
    with pytest.raises(StillRunning):
        await Lifecycle(run).update(renamed_topic(), made)

    assert [one.key for one in (await state_of(run)).journal] == ["a"]


async def test_the_warning_of_a_hook_is_a_note(world: World, run: DeployRun) -> None:
    world.cloud.faults.add(Fault("CC101", options={"mode": "WARN"}))
    done = await Lifecycle(run).create(work_of(subject_of({"TopicName": "t"}), action=Action.CREATE))

    assert any(note.startswith("hook ") for note in done.notes)
    assert done.request_token == world.cloud.requests()[-1].token


# -- attributes that another resource fills


@pytest.mark.parametrize(
    ("action", "finished", "updated", "address", "read", "waited"),
    [
        (Action.CREATE, True, 2.0, "192.0.2.1", True, 0.0),
        (Action.CREATE, True, 2.0, None, True, 4.0),
        (Action.UPDATE, True, 2.0, None, True, 0.0),
        (Action.NONE, True, 2.0, None, True, 0.0),
        (Action.CREATE, True, 0.0, "192.0.2.1", False, 0.0),
        (Action.CREATE, False, 2.0, "192.0.2.1", False, 0.0),
    ],
)
async def test_an_attribute_that_was_filled_is_read_again(
    world: World,
    run: DeployRun,
    action: Action,
    updated: float,
    address: str | None,
    waited: float,
    *,
    finished: bool,
    read: bool,
) -> None:
    instance = "AWS::EC2::Instance"
    identifier = put(world, instance, {"ImageId": "ami-0123456789abcdef0"})
    shown = dict(world.cloud.resources()[0].properties)
    if address:
        world.cloud.modify(HERE.account, HERE.region, instance, identifier, {"PublicIp": address})
    server = record(instance, identifier, key="server", updated_at=1.0, observed=shown)
    filled = FilledAttributes(run, {"server": (subject_of({}, instance), server)} if finished else {}, {})
    declaration = Declaration(key="ip", type="AWS::EC2::EIP", document={"InstanceId": Ref("server", ())})
    began = run.services.control.now(HERE)
    await filled.update(step("ip", action), declaration, record("AWS::EC2::EIP", "ip", key="ip", updated_at=updated))

    assert [one.filled_at for one in filled.records.values()] == ([updated] if read else [])
    assert run.services.control.now(HERE) - began == pytest.approx(waited, abs=0.01)
    if read and address:
        assert filled.finished["server"][1].observed["PublicIp"] == address
