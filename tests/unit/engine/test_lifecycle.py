"""What the end of a request does to the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.aws import SNS
from cloudwright.control.model import Operation
from cloudwright.engine.lifecycle import Lifecycle
from cloudwright.errors import ServiceError
from cloudwright.local.faults import Fault
from cloudwright.state.changes import PutRecord
from dead_runs import HERE, TOPIC, VPC, VPC_DOCUMENT, entry_of, record, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World


async def test_a_replacements_create_ends_the_older_generation_in_its_own_commit(world: World) -> None:
    old = record(VPC, "vpc-old", declared={"CidrBlock": "10.1.0.0/16"})
    async with running(world) as run:
        await run.commit(PutRecord(old))
        lifecycle = Lifecycle(run)
        new = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT, generation=1), run.services)
        entry = await lifecycle.operations.open(new)
        judged = await lifecycle.operations.perform(entry, entry.body.encode(), timeout=600.0)
        await lifecycle.created(entry, judged, None, superseded=old)
        snapshot = await run.services.store.read()

    assert {one.generation: one.current for one in snapshot.records} == {0: False, 1: True}
    assert snapshot.journal == ()


def topic(name: str) -> Callable[[], None]:
    def declare() -> None:
        SNS.Topic("topic", TopicName="topic", DisplayName=name)

    return declare


async def test_an_update_says_whether_its_resource_was_deleted_or_may_not_be_read(world: World) -> None:
    await world.deploy(topic("one"))
    world.cloud.faults.add(Fault("CC94", operation="GetResource"))
    (unreadable,) = (await world.deploy(topic("two"))).failed
    assert isinstance(unreadable.error, ServiceError)
    assert unreadable.error.name == "AccessDenied"

    world.cloud.faults.clear()
    world.cloud.remove(HERE.account, HERE.region, TOPIC, (await world.records())["topic"].identifier)
    (gone,) = (await world.deploy(topic("two"))).failed
    assert "it was deleted outside cloudwright" in gone.message
    assert getattr(gone.error, "hint", "") == "`deploy --refresh` creates it again"
