"""One step against the local cloud: how often it is tried, what it meets, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control.model import Operation
from cloudwright.engine.failures import OperationFailed
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.engine.retry import MAX_ATTEMPTS
from cloudwright.engine.run import DeployRun
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.state.changes import DropEntry, PutRecord
from cloudwright.state.journal import EntryEnd
from dead_runs import entry_of, put, record, recorded_topic
from subject_kit import renamed_topic, subject_of, work_of

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.engine.drafts import ResolvedStep
    from cloudwright.plan.resolved import ResolvedResource

BUCKET, DASHBOARD = "AWS::S3::Bucket", "AWS::CloudWatch::Dashboard"


def requests(world: World) -> int:
    return len(world.cloud.requests())


def calls(world: World, action: str) -> int:
    return sum(call.action == action for call in world.cloud.calls)


async def test_a_create_waits_for_others_only_so_often(world: World, run: DeployRun) -> None:
    code = {"code": "ConcurrentOperationException", "message": "another request is at work"}
    world.cloud.faults.add(Fault("refuse", operation="CreateResource", options=code))
    with pytest.raises(OperationFailed):
        await Lifecycle(run).create(work_of(subject_of({"TopicName": "a"}), action=Action.CREATE))

    assert calls(world, "CreateResource") == MAX_ATTEMPTS + 1
    assert (await run.services.store.read()).journal == ()


async def test_an_update_and_a_delete_are_tried_only_so_often(world: World, run: DeployRun) -> None:
    made = await recorded_topic(world, run)
    world.cloud.faults.add(Fault("fail", operation="UPDATE", options={"code": "Throttling"}))
    world.cloud.faults.add(Fault("CC62"))
    with pytest.raises(OperationFailed):
        await Lifecycle(run).update(renamed_topic(), made)
    assert requests(world) == MAX_ATTEMPTS

    with pytest.raises(OperationFailed):
        await Lifecycle(run).delete(made)
    assert requests(world) == 2 * MAX_ATTEMPTS


async def test_an_update_that_changes_the_identifier_reads_the_new_one(world: World, run: DeployRun) -> None:
    made = await recorded_topic(world, run)
    world.cloud.faults.add(Fault("CC65", options={"suffix": "-2"}))
    done = await Lifecycle(run).update(renamed_topic(), made)

    assert done.record is not None
    assert done.record.identifier != made.identifier
    assert done.record.observed["DisplayName"] == "new"
    assert done.request_token == world.cloud.requests()[-1].token


@pytest.mark.parametrize(
    ("end", "recorded"), [(EntryEnd.REFUSED, EntryEnd.REFUSED), (EntryEnd.UNCLEAR, EntryEnd.FOUND)]
)
async def test_an_earlier_attempt_was_refused_or_else_has_done_what_a_read_finds(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch, end: EntryEnd, recorded: EntryEnd
) -> None:
    written: list[Any] = []

    async def commit_all(_: DeployRun, changes: list[Any]) -> None:
        written.extend(changes)

    monkeypatch.setattr(DeployRun, "commit_all", commit_all)
    draft = record(identifier="one", declared={"TopicName": "a"})
    await Lifecycle(run)._unpatched(renamed_topic(), draft, {"TopicName": "a"}, (DropEntry("entry", end),), ())

    assert written[0] == DropEntry("entry", recorded)


# -- what a create meets


async def met(run: DeployRun, generation: int = 0, subject: ResolvedResource | None = None) -> OperationFailed:
    """The failure of a create of a bucket whose name is taken."""
    lifecycle = Lifecycle(run)
    draft = record(BUCKET, declared={"BucketName": "bucket"}, generation=generation)
    entry = await lifecycle.operations.open(entry_of(Operation.CREATE, draft, run.services))
    judged = await lifecycle.operations.perform(entry, entry.body.encode(), timeout=600.0)
    with pytest.raises(OperationFailed) as failed:
        await lifecycle.created(entry, judged, subject)
    return failed.value


async def test_a_create_that_meets_the_resource_of_another_key_names_that_key(world: World, run: DeployRun) -> None:
    await run.commit(PutRecord(record(BUCKET, put(world, BUCKET, {"BucketName": "bucket"}), key="b")))

    assert "it is b of this app and stage" in str((await met(run)).hint)
    assert calls(world, "GetResource") == 0


async def test_a_create_that_meets_a_resource_without_its_identifier_knows_it_by_the_declared_name(
    world: World, run: DeployRun
) -> None:
    await run.commit(PutRecord(record(BUCKET, put(world, BUCKET, {"BucketName": "bucket"}), key="b")))
    taken = {"code": "AlreadyExistsException", "message": "it is there"}
    world.cloud.faults.add(Fault("refuse", operation="CreateResource", options=taken))

    assert "it is b" not in str((await met(run)).hint)
    assert "it is b of" in str((await met(run, subject=subject_of({"BucketName": "bucket"}, BUCKET))).hint)


async def test_a_replacement_that_meets_what_it_replaces_is_told_so(world: World, run: DeployRun) -> None:
    await run.commit(PutRecord(record(BUCKET, put(world, BUCKET, {"BucketName": "bucket"}))))

    assert "the resource that it replaces may have this name" in str((await met(run, generation=1)).hint)


async def test_a_create_that_meets_what_nobody_recorded_offers_to_adopt_it(world: World, run: DeployRun) -> None:
    put(world, BUCKET, {"BucketName": "bucket"})

    assert "adopt it" in str((await met(run)).hint)


# -- types whose create overwrites


def dashboard(**desired: str) -> ResolvedStep:
    return work_of(subject_of({"DashboardBody": "{}", **desired}, DASHBOARD), action=Action.CREATE)


async def test_what_a_create_would_overwrite_is_looked_for_before(world: World, run: DeployRun) -> None:
    lifecycle = Lifecycle(run)
    assert await lifecycle._existed(dashboard(DashboardName="d")) is False
    assert await lifecycle._existed(dashboard()) is None
    assert await lifecycle._existed(work_of(subject_of({"TopicName": "t"}), action=Action.CREATE)) is None

    taken = put(world, DASHBOARD, {"DashboardName": "d", "DashboardBody": "{}"})
    with pytest.raises(OperationFailed) as unknown:
        await lifecycle._existed(dashboard(DashboardName="d"))
    assert "adopt it" in str(unknown.value.hint)

    await run.commit(PutRecord(record(DASHBOARD, taken, key="b")))
    with pytest.raises(OperationFailed) as ours:
        await lifecycle._existed(dashboard(DashboardName="d"))
    assert "it is b of" in str(ours.value.hint)


async def test_nothing_is_known_of_what_a_create_would_overwrite_if_it_cannot_be_read(
    world: World, run: DeployRun
) -> None:
    world.cloud.faults.add(Fault("CC94", operation="GetResource"))

    assert await Lifecycle(run)._existed(dashboard(DashboardName="d")) is None
