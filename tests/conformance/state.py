"""What every state store must do. Each store's module gives a `world` to run these cases in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control.model import Operation
from cloudwright.errors import LeaseLost, LockHeld, StateError
from cloudwright.secret import secret
from cloudwright.state import edits
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.audit import AppendAudit, AuditLine
from cloudwright.state.changes import (
    DropAction,
    DropEntry,
    DropRecord,
    PutAction,
    PutEntry,
    PutLearned,
    PutOutputs,
    PutRecord,
    PutSealing,
)
from cloudwright.state.history import state_at
from cloudwright.state.journal import JournalEntry
from cloudwright.state.leases.lease import Holder
from cloudwright.state.memory import MemoryStore
from cloudwright.state.records import Record, RecordStatus
from cloudwright.state.snapshot import Snapshot
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.state.changes import StateChange
    from cloudwright.state.hosted_store import HostedStore

TTL = 60.0
ANNA = Holder(user="anna", host="laptop", pid=4711, command="cloudwright deploy infra.py", since=1_700_000_000.0)
BEN = Holder(user="ben", host="runner", pid=42, command="cloudwright destroy", since=1_700_000_100.0)
TARGET = Target("123456789012", "us-east-1")


@dataclass
class FakeClock:
    """A clock that moves only on request; wall time and time since boot move together unless a test separates them."""

    wall: float = 1_700_000_000.0
    uptime: float = 5_000.0

    def now(self) -> float:
        return self.wall

    def boot(self) -> float:
        return self.uptime

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.uptime += seconds


@dataclass
class World:
    """Where the cases run: handles on one shared place, and its time.

    Attributes:
        make: Opens a handle, as another process or machine would: (app, stage, clock) -> store.
        age: Makes leases on record older, where the store judges by its own clock.
        clock: The clock of handles that are opened without one. A machine that is to sleep while time goes on for
            others needs its own: a heartbeat that is due by its clock may come at any moment.
        stores: Everything that was opened.
    """

    make: Callable[[str, str, FakeClock], HostedStore]
    age: Callable[[float], None] = lambda _: None
    clock: FakeClock = field(default_factory=FakeClock)
    stores: list[HostedStore] = field(default_factory=list)

    def open(self, app: str = "shop", stage: str = "dev", clock: FakeClock | None = None) -> HostedStore:
        store = self.make(app, stage, clock or self.clock)
        self.stores.append(store)
        return store

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.age(seconds)

    async def close(self) -> None:
        for store in self.stores:
            await store.close()


def record(key: str = "bucket", generation: int = 0, **fields: Any) -> Record:
    made = Record(key=key, generation=generation, type="AWS::S3::Bucket", identifier=f"{key}-1", target=TARGET)
    return replace(made, **fields)


def entry(name: str = "e1", **fields: Any) -> JournalEntry:
    made = JournalEntry(
        id=name,
        key="bucket",
        generation=0,
        operation=Operation.CREATE,
        type="AWS::S3::Bucket",
        target=TARGET,
        client_token=f"token-{name}",
        body='{"TypeName": "AWS::S3::Bucket"}',
        draft=record(),
    )
    return replace(made, **fields)


FULL_RECORD = Record(
    key="network/main",
    generation=3,
    current=False,
    type="AWS::EC2::VPC",
    identifier="vpc-1|x",
    target=Target("123456789012", "cn-north-1", "aws-cn", CredentialSource("role", "arn:aws-cn:iam::1:role/x")),
    status=RecordStatus.DOUBTFUL,
    declared={"CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "a", "Value": None}], "Deep": {"n": [1, 2.5, True, {}]}},
    observed={"VpcId": "vpc-1", "Big": 2**70},
    depends_on=("a", "b/c"),
    dirty=("/Tags", "/CidrBlock"),
    protect=True,
    retain=True,
    order=17,
    created_at=1_700_000_000.25,
    updated_at=1_700_000_001.5,
    note="create ended with GeneralServiceException",
    unobservable=("/Password",),
    replace_on="sha256:1",
    unreturned=("/Rules/*/Secret",),
)
FULL_ENTRY = JournalEntry(
    id="0f",
    key="network/main",
    generation=3,
    operation=Operation.UPDATE,
    type="AWS::EC2::VPC",
    target=FULL_RECORD.target,
    client_token="ct",
    body="enc:v1:k.1:a:b",
    draft=FULL_RECORD,
    identifier="vpc-1",
    attempted=("/Tags",),
    created_at=1.5,
    request_token="rt",
    requested_at=2.5,
    principal="arn:aws:iam::1:user/x",
    attempt=2,
    existed_before=False,
    reason="Tags differ",
)

FULL_ACTION = ActionRecord(
    key="network/migrate",
    status=ActionStatus.DONE,
    once=True,
    target=FULL_RECORD.target,
    token="ac",
    arguments={"table": "t", "password": {"$secret": "k.1:f"}},
    followed={"network/main": {"identifier": "vpc-1", "created": 1.5, "updated": 2.5}},
    result={"value": {"$sealed": "enc:v1:k.1:a:b"}},
    started_at=3.5,
    succeeded_at=4.5,
    secret_result=True,
    note="it was slow",
)


def audit_line(name: str = "l1", **fields: Any) -> AuditLine:
    made = AuditLine(
        id=name,
        at=1_700_000_000.5,
        author="anna@laptop",
        principal="arn:aws:iam::123456789012:user/anna",
        action="create",
        outcome="succeeded",
        key="bucket",
        type="AWS::S3::Bucket",
        identifier="bucket-1",
        account="123456789012",
        region="us-east-1",
        plan="sha256:1",
        request_token="rt",
    )
    return replace(made, **fields)


class StateConformance:
    """The suite. Subclasses give a `world` fixture."""

    async def test_a_state_that_was_never_written_is_empty(self, world: World) -> None:
        assert await world.open().read() == Snapshot(app="shop", stage="dev")
        assert await world.open().holder() is None
        assert await world.open().history() == ()

    async def test_a_commit_is_read_back_by_another_handle(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        serial = await store.commit(lease, [PutRecord(record()), PutEntry(entry())])

        expected = Snapshot(app="shop", stage="dev", serial=1, records=(record(),), journal=(entry(),))
        assert (serial, await world.open().read()) == (1, expected)
        assert await store.read() == expected

    async def test_every_field_survives(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutRecord(FULL_RECORD), PutEntry(FULL_ENTRY)])
        await store.commit(lease, [PutOutputs({"Arn": "a", "n": {"x": [None]}}, ("net/prod",)), PutSealing({"k": "v"})])
        await store.commit(lease, [PutAction(FULL_ACTION)])

        snapshot = await world.open().read()
        assert snapshot == Snapshot(
            app="shop",
            stage="dev",
            serial=3,
            records=(FULL_RECORD,),
            journal=(FULL_ENTRY,),
            outputs={"Arn": "a", "n": {"x": [None]}},
            uses=("net/prod",),
            sealing={"k": "v"},
            actions=(FULL_ACTION,),
        )

    async def test_an_action_replaces_the_one_of_its_key_and_is_removed(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        running, done = replace(FULL_ACTION, status=ActionStatus.RUNNING), FULL_ACTION

        await store.commit(lease, [PutAction(running)])
        await store.commit(lease, [PutAction(done)])
        assert (await world.open().read()).actions == (done,)

        assert await store.commit(lease, [DropAction(done.key), DropAction("never")]) == 3
        assert (await world.open().read()).actions == ()

    @pytest.mark.parametrize(
        "text",
        [
            "Grüße, 世界 🚀",
            "\x00\x01\x1f\x7f\x85\u2028",
            "\ud800 alone",
            'it\'s "quoted" \\ ;--',
            "%s %(x)s :name $1 {0}",
            "",
        ],
        ids=["unicode", "control", "surrogate", "quotes", "placeholders", "empty"],
    )
    async def test_any_text_survives(self, world: World, text: str) -> None:
        odd = record(declared={"v": text, f"k{text}": [text]}, note=text)
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutRecord(odd), PutOutputs({"o": text}), PutLearned({"figure": text})])

        snapshot = await world.open().read()
        assert (snapshot.records, snapshot.outputs, snapshot.learned) == ((odd,), {"o": text}, {"figure": text})

    async def test_keys_of_any_spelling_name_different_records(self, world: World) -> None:
        keys = ["a/b", "a%2Fb", "A/b", "ä", "a b", "a'b", "..", "a\\b", "a/b/"]
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutRecord(record(key)) for key in keys])

        assert sorted(each.key for each in (await world.open().read()).records) == sorted(keys)

    async def test_a_record_replaces_the_one_of_its_key_and_generation(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record(generation=0)), PutRecord(record(generation=1))])

        await store.commit(lease, [PutRecord(record(generation=1, note="new")), DropRecord("bucket", 0)])

        assert (await store.read()).records == (record(generation=1, note="new"),)

    async def test_changes_of_one_commit_apply_in_order(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(
            lease,
            [PutRecord(record("a")), DropRecord("a", 0), DropRecord("b", 0), PutRecord(record("b"))],
        )

        assert (await store.read()).records == (record("b"),)

    async def test_removing_a_missing_record_is_harmless(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [DropRecord("none", 0), DropEntry("none")])

        assert (await store.read()).records == ()

    async def test_an_outcome_and_the_end_of_its_journal_entry_are_one_commit(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutEntry(entry())])
        await store.commit(lease, [PutEntry(entry(request_token="r", requested_at=2.0))])

        assert (await store.read()).journal == (entry(request_token="r", requested_at=2.0),)
        await store.commit(lease, [PutRecord(record()), DropEntry("e1")])

        snapshot = await world.open().read()
        assert (snapshot.serial, snapshot.records, snapshot.journal) == (3, (record(),), ())

    async def test_a_commit_that_cannot_be_stored_writes_nothing(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        with pytest.raises(StateError, match="Secret") as raised:
            await store.commit(lease, [PutRecord(record("a")), PutOutputs({"o": secret("hunter2")})])

        assert "hunter2" not in str(raised.value)
        assert await world.open().read() == Snapshot(app="shop", stage="dev")

    async def test_an_empty_commit_checks_the_lease_and_changes_nothing(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record())])

        assert await store.commit(lease, []) == 1

        await store.break_lease(lease.id)
        with pytest.raises(LeaseLost):
            await store.commit(lease, [])

    async def test_recorded_durations_merge_and_do_not_raise_the_serial(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record())])

        serials = [
            await store.commit(lease, [PutLearned({"rate": 5, "AWS::S3::Bucket": {"create": 3.5}})]),
            await store.commit(lease, [PutLearned({"rate": 7})]),
        ]

        snapshot = await world.open().read()
        assert (serials, snapshot.serial) == ([1, 1], 1)
        assert snapshot.learned == {"rate": 7, "AWS::S3::Bucket": {"create": 3.5}}

    async def test_leases_do_not_raise_the_serial(self, world: World) -> None:
        store = world.open()

        await store.release(await store.acquire(ANNA, ttl=TTL))

        assert (await store.read()).serial == 0

    async def test_outputs_are_replaced_as_a_whole(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutOutputs({"b": 1, "a": 2}, ("x/dev", "y/dev"))])
        await store.commit(lease, [PutOutputs({"c": 3})])

        snapshot = await store.read()
        assert (snapshot.outputs, snapshot.uses) == ({"c": 3}, ())

    async def test_outputs_keep_their_order(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutOutputs({"z": 1, "a": 2, "m": 3})])

        assert list((await world.open().read()).outputs) == ["z", "a", "m"]

    async def test_apps_and_stages_do_not_see_each_other(self, world: World) -> None:
        names = [("shop", "dev"), ("shop", "prod"), ("blog", "dev"), ("shop/dev", ""), ("shop", "dev/..")]
        stores = {name: world.open(*name) for name in names}
        leases = {name: await store.acquire(ANNA, ttl=TTL) for name, store in stores.items()}

        for name, store in stores.items():
            await store.commit(leases[name], [PutRecord(record("-".join(name)))])

        for app, stage in names:
            snapshot = await world.open(app, stage).read()
            assert (snapshot.app, snapshot.stage, snapshot.serial) == (app, stage, 1)
            assert [each.key for each in snapshot.records] == [f"{app}-{stage}"]
            others = {(each.app, each.stage): each for each in await world.open(app, stage).others()}
            assert others.keys() >= {each for each in names if each[1]} - {(app, stage)}
            assert (app, stage) not in others
            assert all(
                isinstance(each, Snapshot) and [one.key for one in each.records] == ["-".join(name)]
                for name, each in others.items()
            )
        with pytest.raises(LeaseLost):
            await stores["shop", "prod"].commit(leases["shop", "dev"], [PutRecord(record())])

    async def test_the_second_run_learns_who_holds_the_lease(self, world: World) -> None:
        await world.open().acquire(ANNA, ttl=TTL)

        with pytest.raises(LockHeld) as raised:
            await world.open().acquire(BEN, ttl=TTL)

        message = str(raised.value)
        assert raised.value.exit_code == 4
        for part in ["anna@laptop", "4711", "2023-11-14 22:13:20 UTC", "cloudwright deploy infra.py", "unlock"]:
            assert part in message

    async def test_the_holder_on_record_can_be_read(self, world: World) -> None:
        lease = await world.open().acquire(ANNA, ttl=TTL)

        assert await world.open().holder() == lease
        assert (lease.holder, lease.ttl) == (ANNA, TTL)

    async def test_the_lease_of_a_live_run_differs_from_that_of_a_dead_one(self, world: World) -> None:
        reader, store = world.open(), world.open(clock=FakeClock())
        assert await reader.live_lease() is None
        lease = await store.acquire(ANNA, ttl=TTL)
        assert await reader.live_lease() == lease
        world.advance(TTL + 1)

        assert await reader.live_lease() is None
        assert await reader.holder() == lease
        await store.release(lease)
        assert await reader.live_lease() is None

    async def test_a_released_lease_is_free_at_once(self, world: World) -> None:
        store = world.open()
        first = await store.acquire(ANNA, ttl=TTL)
        await store.release(first)
        assert await store.holder() is None

        second = await world.open().acquire(BEN, ttl=TTL)

        assert second.fence > first.fence
        assert second.id != first.id

    async def test_fences_grow_with_every_lease(self, world: World) -> None:
        fences = []
        for _ in range(4):
            store = world.open()
            lease = await store.acquire(ANNA, ttl=TTL)
            fences.append(lease.fence)
            await store.release(lease)

        assert fences == sorted(set(fences))

    async def test_a_lease_is_kept_until_its_time_to_live_has_passed(self, world: World) -> None:
        killed = world.open()
        await killed.acquire(ANNA, ttl=TTL)
        await killed.close()
        world.advance(TTL - 2)

        with pytest.raises(LockHeld):
            await world.open().acquire(BEN, ttl=TTL)

    async def test_a_lease_without_heartbeat_is_taken_over(self, world: World) -> None:
        lost = world.open(clock=FakeClock())
        first = await lost.acquire(ANNA, ttl=TTL)
        await lost.commit(first, [PutRecord(record("a"))])
        world.advance(TTL + 1)

        store = world.open()
        second = await store.acquire(BEN, ttl=TTL)

        assert second.fence > first.fence
        with pytest.raises(LeaseLost, match="ben@runner"):
            await lost.commit(first, [PutRecord(record("b"))])
        assert await store.commit(second, [PutRecord(record("c"))]) == 2
        assert [each.key for each in (await store.read()).records] == ["a", "c"]

    async def test_a_killed_holder_leaves_its_journal_to_the_next_run(self, world: World) -> None:
        killed = world.open()
        lease = await killed.acquire(ANNA, ttl=TTL)
        await killed.commit(lease, [PutEntry(entry())])
        await killed.close()
        world.advance(TTL + 1)

        store = world.open()
        await store.acquire(BEN, ttl=TTL)

        assert (await store.read()).journal == (entry(),)

    async def test_a_renewed_lease_is_not_taken_over(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        for _ in range(4):
            world.advance(TTL * 0.75)
            await store.confirm(lease)

        with pytest.raises(LockHeld):
            await world.open().acquire(BEN, ttl=TTL)

    async def test_a_broken_lease_stops_its_run_at_the_next_commit(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a"))])

        await world.open().break_lease(lease.id)

        assert await world.open().holder() is None
        with pytest.raises(LeaseLost, match="removed"):
            await store.commit(lease, [PutRecord(record("b"))])
        assert [each.key for each in (await store.read()).records] == ["a"]

    async def test_breaking_another_id_leaves_the_lease_alone(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await world.open().break_lease("another")

        assert await store.commit(lease, [PutRecord(record())]) == 1

    async def test_a_confirmed_lease_costs_nothing_while_it_is_fresh(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await world.open().break_lease(lease.id)

        await store.confirm(lease)  # still within the time in which nobody could have known better

        world.advance(TTL * 0.6)
        with pytest.raises(LeaseLost):
            await store.confirm(lease)

    async def test_a_machine_that_slept_renews_before_it_continues(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        world.advance(2 * 86_400)

        await store.confirm(lease)

        assert await store.commit(lease, [PutRecord(record())]) == 1

    async def test_a_machine_that_slept_during_a_takeover_sends_nothing(self, world: World) -> None:
        asleep = FakeClock()
        sleeper = world.open(clock=asleep)
        lease = await sleeper.acquire(ANNA, ttl=TTL)
        await sleeper.commit(lease, [PutEntry(entry())])
        world.advance(2 * 86_400)
        store = world.open()
        await store.acquire(BEN, ttl=TTL)
        asleep.advance(2 * 86_400)

        with pytest.raises(LeaseLost, match="ben@runner"):
            await sleeper.confirm(lease)
        with pytest.raises(LeaseLost):
            await sleeper.commit(lease, [DropEntry("e1")])

        assert (await store.read()).journal == (entry(),)

    async def test_releasing_a_lost_lease_leaves_the_new_one_alone(self, world: World) -> None:
        lost = world.open(clock=FakeClock())
        first = await lost.acquire(ANNA, ttl=TTL)
        world.advance(TTL + 1)
        store = world.open()
        second = await store.acquire(BEN, ttl=TTL)

        await lost.release(first)

        assert await store.holder() == second
        assert await store.commit(second, [PutRecord(record())]) == 1

    async def test_a_fence_from_before_a_takeover_is_refused_though_nobody_wrote_since(self, world: World) -> None:
        lost = world.open(clock=FakeClock())
        first = await lost.acquire(ANNA, ttl=TTL)
        world.advance(TTL + 1)
        store = world.open()
        await store.release(await store.acquire(BEN, ttl=TTL))

        with pytest.raises(LeaseLost):
            await lost.commit(first, [PutRecord(record())])

        assert (await world.open().read()).records == ()

    async def test_reading_the_next_runs_writes_does_not_return_the_lease(self, world: World) -> None:
        lost = world.open(clock=FakeClock())
        first = await lost.acquire(ANNA, ttl=TTL)
        world.advance(TTL + 1)
        store = world.open()
        second = await store.acquire(BEN, ttl=TTL)
        await store.commit(second, [PutRecord(record("a"))])

        assert [each.key for each in (await lost.read()).records] == ["a"]
        with pytest.raises(LeaseLost):
            await lost.commit(first, [PutRecord(record("b"))])

        assert [each.key for each in (await store.read()).records] == ["a"]

    async def test_one_of_sixteen_simultaneous_runs_gets_the_lease(self, world: World) -> None:
        stores = [world.open() for _ in range(16)]

        results = await asyncio.gather(*(store.acquire(ANNA, ttl=TTL) for store in stores), return_exceptions=True)

        assert sum(not isinstance(result, BaseException) for result in results) == 1
        assert sum(isinstance(result, LockHeld) for result in results) == 15

    async def test_sixteen_racing_writers_lose_nothing(self, world: World) -> None:
        releases: list[int] = []
        released = asyncio.Event()

        async def write(number: int) -> int:
            store = world.open()
            while True:
                seen = len(releases)
                try:
                    lease = await store.acquire(ANNA, ttl=TTL)
                except LockHeld:
                    if seen == len(releases):
                        await released.wait()
                    continue
                serial = await store.commit(lease, [PutRecord(record(f"r{number}"))])
                await store.release(lease)
                releases.append(number)
                released.set()
                released.clear()
                return serial

        serials = await asyncio.gather(*map(write, range(16)))

        assert sorted(serials) == list(range(1, 17))
        assert {each.key for each in (await world.open().read()).records} == {f"r{number}" for number in range(16)}

    async def test_commits_that_wait_together_are_written_in_order(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        serials = await asyncio.gather(
            *(store.commit(lease, [PutRecord(record("one", note=str(n))), PutEntry(entry(f"e{n}"))]) for n in range(50))
        )

        snapshot = await world.open().read()
        assert serials == list(range(1, 51))
        assert (snapshot.serial, len(snapshot.journal), snapshot.records[0].note) == (50, 50, "49")

    async def test_commits_that_wait_together_are_fenced_singly(self, world: World) -> None:
        store = world.open()
        first = await store.acquire(ANNA, ttl=TTL)
        await store.break_lease(first.id)
        second = await store.acquire(BEN, ttl=TTL)

        results = await asyncio.gather(
            store.commit(second, [PutRecord(record("a"))]),
            store.commit(first, [PutRecord(record("b"))]),
            store.commit(second, [PutRecord(record("c"))]),
            return_exceptions=True,
        )

        assert [result for result in results if not isinstance(result, BaseException)] == [1, 2]
        assert isinstance(results[1], LeaseLost)
        assert [each.key for each in (await world.open().read()).records] == ["a", "c"]

    async def test_a_cancelled_caller_leaves_a_whole_commit_or_none(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        task = asyncio.create_task(store.commit(lease, [PutRecord(record("a")), PutRecord(record("b"))]))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert len((await store.read()).records) in {0, 2}
        await store.commit(lease, [PutRecord(record("c"))])

    async def test_the_history_shows_who_did_what(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a")), PutEntry(entry())])
        await store.commit(lease, [PutEntry(entry("e2"))])
        await store.commit(lease, [PutRecord(record("a", note="n")), DropEntry("e1"), PutOutputs({"o": 1})])

        history = await world.open().history()

        assert [(each.serial, each.touched) for each in history] == [(1, ("a",)), (3, ("a", "outputs"))]
        assert {("anna@laptop", ANNA.command)} == {(each.author, each.command) for each in history}

    async def test_a_former_state_can_be_rebuilt_from_the_history(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        former = []
        commits: list[list[StateChange]] = [
            [PutRecord(record("a")), PutRecord(record("b"))],
            [PutRecord(record("a", note="n")), PutOutputs({"o": 1})],
            [DropRecord("b", 0), PutRecord(record("c")), DropRecord("c", 0)],
            [PutOutputs({"o": 2})],
        ]
        for changes in commits:
            await store.commit(lease, changes)
            former.append(await store.read())

        now, history = await store.read(), await store.history()

        for snapshot in former:
            assert state_at(now, history, snapshot.serial) == snapshot

    async def test_the_audit_is_read_as_written_in_order_of_time(self, world: World) -> None:
        store = world.open()
        assert await store.audit() == ()
        lease = await store.acquire(ANNA, ttl=TTL)
        later, first = audit_line("a", at=1_700_000_002.0), audit_line("z", generation=2, outcome="failed")
        await store.commit(lease, [PutRecord(record("a")), AppendAudit(later)])
        await store.commit(lease, [DropEntry("e1"), AppendAudit(first)])

        assert await world.open().audit() == (first, later)
        assert await world.open(stage="prod").audit() == ()

    async def test_an_audit_line_does_not_raise_the_serial(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a"))])
        before, history = await store.read(), await store.history()
        await store.commit(lease, [AppendAudit(audit_line())])

        assert await store.read() == before
        assert await store.history() == history

    async def test_a_broken_lock_and_its_audit_line_are_one_write(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a"))])
        broken = AppendAudit(audit_line("unlocked", action="unlock", detail="the lock of anna@laptop"))
        other = world.open()

        await other.break_lease("of-another-run", [AppendAudit(audit_line("never"))])
        await store.confirm(lease)
        assert await other.audit() == ()
        await other.break_lease(lease.id, [broken])

        assert await world.open().audit() == (broken.line,)
        assert await other.holder() is None
        with pytest.raises(LeaseLost):
            await store.commit(lease, [PutRecord(record("b"))])
        await other.break_lease(lease.id, [AppendAudit(audit_line("twice"))])
        assert await world.open().audit() == (broken.line,)
        assert (await world.open().read()).serial == 1

    async def test_a_copy_brings_the_audit_and_says_who_copied(self, world: World) -> None:
        lines = tuple(audit_line(f"l{n}", at=1_600_000_000.0 + n, error="AccessDenied") for n in range(30))
        beside = MemoryStore("shop", "dev")
        for source, destination in ((beside, world.open()), (world.open(), MemoryStore("shop", "dev"))):
            if source is beside:
                lease = await source.acquire(ANNA, ttl=TTL)
                await source.commit(lease, [PutRecord(record("a")), *map(AppendAudit, lines)])
                await source.release(lease)
            await edits.copy(source, destination, BEN)

            copied = await destination.audit()
            assert copied[: len(lines)] == lines
            by = {(line.action, line.author, line.command, line.detail) for line in copied[len(lines) :]}
            assert ("copy", f"{BEN.user}@{BEN.host}", "state copy", f"from {source.place}") in by
        assert len(copied) == len(lines) + 2

    async def test_a_lost_run_writes_no_audit_line(self, world: World) -> None:
        store = world.open()
        lost = await store.acquire(ANNA, ttl=TTL)
        await store.break_lease(lost.id)
        with pytest.raises(LeaseLost):
            await store.commit(lost, [PutRecord(record("a")), AppendAudit(audit_line())])

        assert await store.audit() == ()

    async def test_the_audit_survives_a_destroy_and_many_runs(self, world: World) -> None:
        written = []
        for run in range(3):
            store = world.open()
            lease = await store.acquire(ANNA, ttl=TTL)
            for step in range(20):
                line = audit_line(f"{run}-{step}", at=1_700_000_000.0 + 100 * run + step)
                await store.commit(lease, [PutRecord(record(f"k{step}")), AppendAudit(line)])
                written.append(line)
            await store.commit(lease, [DropRecord(f"k{step}", 0) for step in range(20)])
            await store.release(lease)

        assert (await world.open().read()).records == ()
        assert await world.open().audit() == tuple(written)

    async def test_a_closed_store_refuses_to_work(self, world: World) -> None:
        store = world.open()
        await store.read()
        await store.close()
        await store.close()

        with pytest.raises(StateError, match="closed"):
            await store.read()

    async def test_ten_thousand_records_are_kept(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        await store.commit(lease, [PutRecord(record(f"r{number}")) for number in range(10_000)])
        await store.commit(lease, [PutRecord(record("r77", note="new"))])

        snapshot = await world.open().read()
        assert (len(snapshot.records), snapshot.serial) == (10_000, 2)
        assert [each.note for each in snapshot.records if each.key == "r77"] == ["new"]
