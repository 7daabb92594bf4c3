"""The client against the local cloud in process, in virtual time, with its pitfalls switched on."""

from __future__ import annotations

import asyncio
import functools
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control import wire
from cloudwright.control.client import CloudControl
from cloudwright.control.describe import LiveSchemas
from cloudwright.control.evidence import Evidence, Lookup, NeededLookup
from cloudwright.control.messages import event_text
from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.polling.tracker import Tracker
from cloudwright.control.verdict import VerdictKind, judge
from cloudwright.errors import CredentialsExpired, ServiceError
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.local.transport import LocalTransport
from cloudwright.schema.catalog import Catalog
from cloudwright.target import Target
from unit.control.fakes import LoopClock, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

CREATE, UPDATE, DELETE = Operation.CREATE, Operation.UPDATE, Operation.DELETE
SUCCESS, FAILED = OperationStatus.SUCCESS, OperationStatus.FAILED
BUCKET, VPC = "AWS::S3::Bucket", "AWS::EC2::VPC"
PLACE = Target("111111111111", "us-east-1")

catalog = functools.cache(Catalog.bundled)


@dataclass
class World:
    """A local cloud and a client to it; operations take three seconds, calls 50 ms."""

    cloud: LocalCloud
    client: CloudControl
    tracker: Tracker
    deadline: float = 600.0
    events: list[ProgressEvent] = field(default_factory=list)

    async def perform(self, operation: Operation, body: bytes) -> ProgressEvent:
        event = await self.client.mutate(PLACE, operation, body)
        return await self.tracker.follow(PLACE, event, deadline=self.deadline)

    async def create(self, type_name: str = BUCKET, token: str = "", **properties: Any) -> ProgressEvent:
        body = wire.create_body(type_name, properties, token or secrets.token_hex(16))
        return await self.perform(CREATE, body)


def against(story: Callable[[World], Awaitable[None]], *faults: Fault) -> None:
    async def main() -> None:
        clock = LoopClock()
        cloud = LocalCloud(catalog(), clock=clock, operation_time=3.0, faults=faults)
        client = CloudControl(LocalTransport(cloud, call_latency=0.05), clock=clock, jitter=lambda: 0.5)
        world = World(cloud, client, Tracker(client))
        await story(world)
        await world.tracker.close()
        cloud.close()

    run(main())


def test_a_resource_lives_through_all_operations() -> None:
    async def story(world: World) -> None:
        created = await world.create(BucketName="my-bucket")
        assert (created.status, created.identifier, created.operation) == (SUCCESS, "my-bucket", CREATE)

        patch = [{"op": "add", "path": "/Tags", "value": [{"Key": "a", "Value": "b"}]}]
        updated = await world.perform(UPDATE, wire.update_body(BUCKET, "my-bucket", patch, "u-1"))
        assert updated.status is SUCCESS
        found = await world.client.get(PLACE, BUCKET, "my-bucket")
        assert found.properties["Tags"] == [{"Key": "a", "Value": "b"}]
        assert [each.identifier async for each in world.client.list(PLACE, BUCKET)] == ["my-bucket"]

        deleted = await world.perform(DELETE, wire.delete_body(BUCKET, "my-bucket", "d-1"))
        assert deleted.status is SUCCESS
        assert (await world.client.lookup(PLACE, BUCKET, "my-bucket")).lookup is Lookup.ABSENT

    against(story)


def test_a_hundred_creates_meet_their_targets() -> None:
    async def story(world: World) -> None:
        async def one(number: int) -> None:
            event = await world.create(BucketName=f"bucket-{number}")
            assert event.identifier is not None
            await world.client.get(PLACE, BUCKET, event.identifier)

        await asyncio.gather(*(one(number) for number in range(100)))
        assert asyncio.get_running_loop().time() <= 1.15 * 3.10
        assert world.client.calls / 100 <= 2.3

    against(story)


def test_the_account_is_the_targets() -> None:
    async def story(world: World) -> None:
        caller = await world.client.verify(PLACE)
        assert (caller.account, caller.partition, world.client.calls) == ("111111111111", "aws", 0)

    against(story)


@pytest.mark.parametrize("faults", [(), (Fault("CC70"),)], ids=["answered again", "CC70 conflict"])
def test_the_same_bytes_twice_are_one_resource(faults: tuple[Fault, ...]) -> None:
    async def story(world: World) -> None:
        body = wire.create_body(VPC, {"CidrBlock": "10.0.0.0/16"}, "token-1")
        first = await world.client.mutate(PLACE, CREATE, body)
        try:
            again = await world.client.mutate(PLACE, CREATE, body)
            token = again.request_token
        except ServiceError as error:
            verdict = judge(Evidence(operation=CREATE, error_code=error.code, message=error.service_message))
            assert verdict.kind is VerdictKind.RESUME
            token = verdict.request_token
        assert token == first.request_token
        await world.tracker.follow(PLACE, first, deadline=60.0)
        assert len(world.cloud.resources()) == 1

    against(story, *faults)


def evidence(event: ProgressEvent, **known: Any) -> Evidence:
    assert event.operation is not None
    return Evidence(
        operation=event.operation,
        status=event.status,
        error_code=event.error_code,
        message=event.message,
        identifier=event.identifier,
        **known,
    )


async def verdict_of(world: World, event: ProgressEvent, **known: Any) -> VerdictKind:
    verdict = judge(evidence(event, **known))
    if verdict.needs is NeededLookup.READ:
        assert event.identifier is not None
        look = (await world.client.lookup(PLACE, event.type_name, event.identifier)).lookup
        verdict = judge(evidence(event, read=look, **known))
    elif verdict.needs is NeededLookup.LIST:
        verdict = judge(evidence(event, listing=Lookup.ABSENT, **known))
    return verdict.kind


@pytest.mark.parametrize(
    ("fault", "known", "kind"),
    [
        ("CC49", {}, VerdictKind.TAINTED),
        ("CC51", {}, VerdictKind.FAIL),
        ("CC53", {"existed_before": False}, VerdictKind.DOUBTFUL),
        ("CC72", {}, VerdictKind.RETRY),
        ("CC73", {}, VerdictKind.RETRY),
        ("CC81", {}, VerdictKind.FAIL),
        ("CC82", {"transient": ("not valid for the current state",)}, VerdictKind.RETRY),
        ("CC101", {}, VerdictKind.FAIL),
    ],
)
def test_failed_creates_are_judged_by_what_is_there(fault: str, known: dict[str, Any], kind: VerdictKind) -> None:
    async def story(world: World) -> None:
        event = await world.create(BucketName="my-bucket")
        assert event.status is FAILED
        assert await verdict_of(world, event, **known) is kind

    against(story, Fault(fault, count=1))


def test_cc50_a_foreign_resource_of_the_same_name_is_never_ours() -> None:
    async def story(world: World) -> None:
        world.cloud.put(PLACE.account, PLACE.region, BUCKET, {"BucketName": "my-bucket"})
        event = await world.create(BucketName="my-bucket")
        assert (event.status, event.error_code) == (FAILED, "AlreadyExists")
        assert await verdict_of(world, event) is VerdictKind.EXISTS

    against(story)


def test_cc60_deleting_what_is_missing_is_gone() -> None:
    async def story(world: World) -> None:
        event = await world.perform(DELETE, wire.delete_body(BUCKET, "nothing-here", "d-1"))
        assert judge(evidence(event)).needs is NeededLookup.READ
        assert await verdict_of(world, event) is VerdictKind.GONE

    against(story)


def test_cc54_a_read_right_after_a_create_waits_out_the_lag() -> None:
    async def story(world: World) -> None:
        await world.create(BucketName="my-bucket")
        found = await world.client.get(PLACE, BUCKET, "my-bucket", missing_for=10.0)
        assert found.identifier == "my-bucket"

    against(story, Fault("CC54"))


@pytest.mark.parametrize("count", [1, 12])
def test_cc66_an_identifier_that_appears_late_is_waited_for(count: int) -> None:
    async def story(world: World) -> None:
        events = await asyncio.gather(*(world.create(VPC, CidrBlock=f"10.{number}.0.0/16") for number in range(count)))
        assert all(event.identifier for event in events)

    against(story, Fault("CC66", options={"polls": 4}))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("CC74", count=20),
        Fault("CC75", count=20),
        Fault("CC79"),
        Fault("CC79", options={"seconds": 1e9}, count=1),
        Fault("CC85"),
        Fault("pending"),
        Fault("CC94", operation="ListResourceRequests"),
    ],
    ids=lambda fault: fault.name,
)
@pytest.mark.parametrize("count", [1, 20])
def test_polling_survives(fault: Fault, count: int) -> None:
    async def story(world: World) -> None:
        events = await asyncio.gather(*(world.create(BucketName=f"bucket-{number}") for number in range(count)))
        assert {event.status for event in events} == {SUCCESS}
        assert {event.operation for event in events} == {CREATE}
        assert asyncio.get_running_loop().time() <= 90.0

    against(story, fault)


def test_cc78_a_cancelled_create_is_no_success() -> None:
    async def story(world: World) -> None:
        event = await world.client.mutate(PLACE, CREATE, wire.create_body(BUCKET, {"BucketName": "my-bucket"}, "t"))
        assert event.request_token is not None
        await world.client.cancel(PLACE, event.request_token)
        ended = await world.tracker.follow(PLACE, event, deadline=60.0)
        assert ended.status is OperationStatus.CANCEL_COMPLETE
        assert await verdict_of(world, ended) is VerdictKind.DOUBTFUL

    against(story, Fault("CC78"))


def test_cc83_credentials_that_expire_while_polling_leave_the_request_alone() -> None:
    async def story(world: World) -> None:
        with pytest.raises(CredentialsExpired):
            await world.create(BucketName="my-bucket")
        world.cloud.faults.remove("CC83")
        await asyncio.sleep(5.0)
        assert (await world.client.lookup(PLACE, BUCKET, "my-bucket")).lookup is Lookup.PRESENT

    against(story, Fault("CC83", options={"calls": 2}))


def test_cc90_empty_pages_are_read_on() -> None:
    async def story(world: World) -> None:
        await world.create(BucketName="my-bucket")
        assert [each.identifier async for each in world.client.list(PLACE, BUCKET)] == ["my-bucket"]

    against(story, Fault("CC90", count=3))


@pytest.mark.parametrize("mode", ["FAIL", "WARN"])
def test_cc101_a_hooks_own_words_are_in_the_event(mode: str) -> None:
    async def story(world: World) -> None:
        event = await world.create(BucketName="my-bucket")
        assert event.status is (FAILED if mode == "FAIL" else SUCCESS)
        assert "does not comply with the policy" in event_text(event)

    against(story, Fault("CC101", options={"mode": mode}))


def test_cc76_a_throttled_schema_look_up_is_repeated_and_then_an_error(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        schemas = LiveSchemas(world.client, tmp_path, LoopClock())
        with pytest.raises(ServiceError, match="Throttling"):
            await schemas.schema(PLACE, BUCKET)
        world.cloud.faults.remove("CC76")
        assert (await schemas.schema(PLACE, BUCKET))["typeName"] == BUCKET

    against(story, Fault("CC76"))
