from __future__ import annotations

import contextlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import StateCorrupt, StateTooNew, StateUnavailable
from cloudwright.state import edits, retry
from cloudwright.state.audit import AppendAudit
from cloudwright.state.changes import PutOutputs, PutRecord
from cloudwright.state.s3 import log, segment_log
from cloudwright.state.s3.backend import S3Store
from cloudwright.state.s3.log import LeaseDocument, lease_body
from cloudwright.state.s3.object_port import Unanswered
from cloudwright.state.s3.objects import S3Objects
from cloudwright.state.s3.segment_log import KEEP_SECONDS
from conformance import s3_server
from conformance.state import ANNA, BEN, TTL, StateConformance, World, audit_line, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from cloudwright.state.s3.object_port import Deleted, Listed, StoredObject
    from cloudwright.state.snapshot import Snapshot


COMPACT_AFTER = 4
KEEP_SEGMENTS = 8


@pytest.fixture(autouse=True)
def short_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.0,) * 4)
    monkeypatch.setattr(segment_log, "COMPACT_AFTER", COMPACT_AFTER)
    monkeypatch.setattr(segment_log, "KEEP_SEGMENTS", KEEP_SEGMENTS)


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    with s3_server.running() as endpoint:
        client = s3_server.client(endpoint)
        yield client
        client.close()


@pytest.fixture(scope="session")
def bucket(client: Any) -> str:
    S3Objects("states", client=client).create_bucket()
    return "states"


@dataclass
class Bench:
    """The bucket between store and test: counts, fails and ages as told.

    Attributes:
        prefix: Where this test's objects are.
        offset: Seconds by which the object store's clock is ahead.
        writes: Names of all writes.
        reading: Called before each listing with its prefix.
        before: Called before each write with its name; may raise as a broken network would.
        after: The same, after the write.
    """

    objects: S3Objects
    prefix: str = field(default_factory=lambda: secrets.token_hex(8))
    offset: float = 0.0
    writes: list[str] = field(default_factory=list)
    reading: Callable[[str], None] = lambda _: None
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None

    @property
    def place(self) -> str:
        return self.objects.place

    def create_bucket(self) -> None:
        self.objects.create_bucket()

    def get(self, name: str) -> StoredObject | None:
        return self.objects.get(name)

    def put_new(self, name: str, body: bytes) -> bool:
        return self._put(name, lambda: self.objects.put_new(name, body))

    def put_over(self, name: str, body: bytes, tag: str) -> bool:
        return self._put(name, lambda: self.objects.put_over(name, body, tag))

    def list_after(self, prefix: str, after: str) -> Sequence[Listed]:
        self.reading(prefix)
        return self.objects.list_after(prefix, after)

    def delete(self, names: Sequence[str]) -> None:
        self.objects.delete(names)

    def deleted(self, prefix: str, after: str = "") -> Iterable[Deleted]:
        return self.objects.deleted(prefix, after)

    def kept(self, name: str) -> bool:
        return self.objects.kept(name)

    def undelete(self, deleted: Sequence[Deleted]) -> None:
        self.objects.undelete(deleted)

    def now(self) -> float:
        return self.objects.now() + self.offset

    def close(self) -> None:
        """The client is shared."""

    def _put(self, name: str, put: Callable[[], bool]) -> bool:
        self.writes.append(name.rpartition("stage=dev/")[2])
        self.before(name)
        done = put()
        self.after(name)
        return done

    @property
    def folder(self) -> str:
        """Of the state of shop/dev."""
        return f"{self.prefix}/app=shop/stage=dev/"

    def names(self) -> list[str]:
        return [each.name.removeprefix(self.folder) for each in self.objects.list_after(self.folder, "")]


@pytest.fixture
def bench(client: Any, bucket: str) -> Bench:
    return Bench(S3Objects(bucket, client=client))


@pytest.fixture
async def world(bench: Bench) -> AsyncIterator[World]:
    def age(seconds: float) -> None:
        bench.offset += seconds

    world = World(lambda app, stage, clock: S3Store(bench, bench.prefix, app, stage, clock=clock), age)
    yield world
    await world.close()


def once(action: Callable[[], None]) -> Callable[[str], None]:
    calls: list[str] = []

    def act(name: str) -> None:
        calls.append(name)
        if len(calls) == 1:
            action()

    return act


def lose() -> None:
    raise Unanswered("the answer was lost")


class TestS3Store(StateConformance):
    pass


async def test_one_commit_is_one_small_write_however_many_resources_there_are(world: World, bench: Bench) -> None:
    sizes = []
    for app, resources in (("few", 10), ("many", 10_000)):
        store = world.open(app)
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record(f"r{number}")) for number in range(resources)])
        bench.writes.clear()
        await store.commit(lease, [PutRecord(record("r7", note="new"))])

        assert bench.writes == ["segments/000000000003.json"]
        stored = bench.get(f"{bench.prefix}/app={app}/stage=dev/segments/000000000003.json")
        assert stored is not None
        sizes.append(len(stored.body))

    assert max(sizes) < 2_000
    assert max(sizes) - min(sizes) < 10


async def test_a_commit_whose_answer_is_lost_is_written_once(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    bench.after = once(lose)

    assert await store.commit(lease, [PutRecord(record("a"))]) == 1
    assert await store.commit(lease, [PutRecord(record("b"))]) == 2

    assert [each.key for each in (await world.open().read()).records] == ["a", "b"]


async def test_a_commit_that_never_arrived_is_written_again(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    bench.before = once(lose)

    assert await store.commit(lease, [PutRecord(record("a"))]) == 1

    assert (await world.open().read()).serial == 1


async def test_a_long_network_outage_ends_the_commit_with_an_error(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    bench.before = lambda _: lose()

    with pytest.raises(StateUnavailable, match="lost"):
        await store.commit(lease, [PutRecord(record("a"))])

    assert (await world.open().read()).serial == 0


async def test_a_network_that_drops_all_packets_is_not_waited_for_longer_than_a_lease(
    world: World, bench: Bench
) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    bench.writes.clear()

    def swallow(_: str) -> None:
        world.clock.advance(retry.PATIENCE / 2)
        lose()

    bench.before = swallow
    with pytest.raises(StateUnavailable, match="lost"):
        await store.commit(lease, [PutRecord(record("a"))])

    assert len([name for name in bench.writes if name.startswith("segments")]) == 2


async def test_a_network_that_comes_back_is_waited_for(
    world: World, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, pauses = world.open(), list[float]()
    lease = await store.acquire(ANNA, ttl=TTL)
    monkeypatch.setattr(retry, "PAUSES", (0.0, 1.0, 2.0))
    monkeypatch.setattr("cloudwright.state.retry.sleep", pauses.append)
    bench.before = lambda _: lose() if len(pauses) < 3 else None

    assert await store.commit(lease, [PutRecord(record("a"))]) == 1

    assert pauses == [0.0, 1.0, 2.0]


async def test_a_read_that_failed_does_not_cost_the_lease(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    bench.reading = lambda name: lose() if name.endswith("stage=dev/segments/") else None
    with pytest.raises(StateUnavailable):
        await store.read()
    bench.reading = lambda _: None

    assert await store.commit(lease, [PutRecord(record("b"))]) == 2


async def test_a_lease_taken_while_the_answer_is_lost_is_ours(world: World, bench: Bench) -> None:
    bench.after = once(lose)
    store = world.open()

    lease = await store.acquire(ANNA, ttl=TTL)

    assert await store.holder() == lease


async def test_racing_writes_of_different_bodies_have_one_winner(bench: Bench) -> None:
    note = LeaseDocument()
    name = bench.folder + "lease.json"
    assert bench.put_new(name, lease_body(note))
    stored = bench.get(name)
    assert stored is not None

    with ThreadPoolExecutor(16) as pool:
        wins = list(pool.map(lambda _: bench.put_over(name, lease_body(note), stored.tag), range(16)))

    assert sum(wins) == 1


async def test_the_tag_is_the_same_for_the_same_bytes(bench: Bench) -> None:
    """Why every body carries something unique: an ETag names the content, not the write (the ABA trap)."""
    a, b = bench.folder + "a", bench.folder + "b"
    for name in (a, b):
        assert bench.put_new(name, b"same")
    first, second = bench.get(a), bench.get(b)
    assert first is not None
    assert second is not None

    assert first.tag == second.tag
    assert bench.put_over(a, b"same", first.tag)
    assert bench.put_over(a, b"same", first.tag)
    assert lease_body(LeaseDocument()) != lease_body(LeaseDocument())


async def test_a_long_log_is_compacted_at_the_end_of_a_run(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(COMPACT_AFTER):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    before = await store.read()
    await store.release(lease)

    bench.objects.delete([bench.folder + name for name in bench.names() if name.startswith("segments")])

    assert "snapshot.json" in bench.names()
    assert await world.open().read() == before


async def test_old_segments_are_removed_and_the_last_stay_as_history(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(KEEP_SEGMENTS + 5):
        await store.commit(lease, [PutRecord(record("r", note=str(number)))])
    bench.offset += KEEP_SECONDS + 60

    await store.release(lease)

    segments = [name for name in bench.names() if name.startswith("segments")]
    assert len(segments) == KEEP_SEGMENTS
    assert len(await world.open().history()) == KEEP_SEGMENTS
    assert (await world.open().read()).records[0].note == str(KEEP_SEGMENTS + 4)


async def test_young_segments_stay_so_that_no_late_write_finds_their_name_free(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(KEEP_SEGMENTS + 5):
        await store.commit(lease, [PutRecord(record("r", note=str(number)))])

    await store.release(lease)

    assert len([name for name in bench.names() if name.startswith("segments")]) == KEEP_SEGMENTS + 6


@pytest.mark.parametrize("writes", range(4))
async def test_a_run_that_dies_anywhere_in_its_end_loses_nothing(world: World, bench: Bench, writes: int) -> None:
    class Died(BaseException):
        pass

    def die(_: str) -> None:
        nonlocal writes
        if not writes:
            raise Died
        writes -= 1

    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(COMPACT_AFTER + 4):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    expected = await store.read()
    bench.offset += KEEP_SECONDS + 60
    bench.before = die

    with contextlib.suppress(Died):
        await store.release(lease)
    bench.before = lambda _: None

    assert await world.open().read() == expected
    other = world.open()
    second = await other.acquire(BEN, ttl=TTL)
    assert await other.commit(second, [PutRecord(record("x"))]) == expected.serial + 1


async def test_a_reader_is_not_confused_by_a_compaction_at_the_same_time(world: World, bench: Bench) -> None:
    store, reader = world.open(), world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    await reader.read()
    for number in range(KEEP_SEGMENTS + 5):
        await store.commit(lease, [PutRecord(record("r", note=str(number)))])
    expected = await store.read()
    bench.offset += KEEP_SECONDS + 60
    await store.release(lease)

    assert await reader.read() == expected


@pytest.mark.parametrize("missing", ["segments/000000000003.json", "segments/000000000001.json", "snapshot.json"])
async def test_a_missing_object_is_noticed(world: World, bench: Bench, missing: str) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(KEEP_SEGMENTS + 3 if missing == "snapshot.json" else 2):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    bench.offset += KEEP_SECONDS + 60
    await store.release(lease)

    bench.delete([bench.folder + missing])

    named = "segments/000000000001.json" if missing == "snapshot.json" else missing
    with pytest.raises(StateCorrupt, match=f"stage=dev/{named} is missing") as raised:
        await world.open().read()
    assert named.endswith("1.json") == ("there is no snapshot.json in its place" in str(raised.value))
    with pytest.raises(StateCorrupt):
        await world.open().acquire(BEN, ttl=TTL)


async def test_a_missing_part_of_the_audit_is_noticed_and_restored(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [AppendAudit(audit_line("first"))])
    for number in range(COMPACT_AFTER):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    await store.release(lease)
    [part] = [name for name in bench.names() if name.startswith("audit/")]

    bench.delete([bench.folder + part])

    with pytest.raises(StateCorrupt, match=f"stage=dev/{part} is missing"):
        await world.open().audit()
    assert await world.open().restore() == 1
    assert [line.id for line in await world.open().audit()] == ["first"]


async def test_a_log_that_lost_its_end_is_noticed(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    await store.release(lease)

    bench.delete([bench.folder + name for name in bench.names() if name.startswith("segments")])

    with pytest.raises(StateCorrupt, match=r"segments/000000000001\.json is missing, and there is no snapshot\.json"):
        await world.open().read()


async def written(world: World, bench: Bench, commits: int = KEEP_SEGMENTS + 3) -> Snapshot:
    """A state whose log was compacted."""
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(commits):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    bench.offset += KEEP_SECONDS + 60
    await store.release(lease)
    return await world.open().read()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_deleted_state_is_not_taken_for_a_new_one_and_can_be_restored(
    world: World, bench: Bench, times: int
) -> None:
    before = await written(world, bench)
    kept = bench.names()
    for _ in range(times):
        bench.delete([bench.folder + name for name in kept])

    for call in (world.open().read, lambda: world.open().acquire(BEN, ttl=TTL)):
        with pytest.raises(
            StateCorrupt, match=r"the state in s3://states/\w+/app=shop/stage=dev/ was deleted"
        ) as raised:
            await call()
        assert "cloudwright state restore" in str(raised.value.hint)
    assert bench.names() == []

    assert await world.open().deleted() >= len(kept)
    assert await world.open().restore() == len(kept)
    assert (await world.open().read(), bench.names()) == (before, kept)
    assert await world.open().restore() == 0


@pytest.mark.parametrize("gone", [["lease.json"], ["lease.json", "segments/"], ["segments/"], ["snapshot.json"]])
async def test_an_interrupted_deletion_is_noticed_and_undone(world: World, bench: Bench, gone: list[str]) -> None:
    before = await written(world, bench)
    await written(world, bench, 1)  # is in no snapshot
    before = await world.open().read()
    bench.delete([bench.folder + name for name in bench.names() if name.startswith(tuple(gone))])

    with pytest.raises(StateCorrupt, match="is missing") as raised:
        await world.open().read()
    assert "cloudwright state restore" in str(raised.value.hint)

    await world.open().restore()
    assert await world.open().read() == before


async def test_a_restore_writes_who_restored_though_the_lease_of_a_killed_run_came_back(
    world: World, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(world, bench, 2)
    await world.open().acquire(ANNA, ttl=TTL)
    before = await world.open().read()
    bench.delete([bench.folder + name for name in bench.names()])

    async def passes(seconds: float) -> None:
        bench.offset += seconds

    monkeypatch.setattr(edits, "asyncio", SimpleNamespace(sleep=passes))
    restored = await edits.restore(world.open(), BEN)

    assert restored > 0
    assert await world.open().read() == before
    (line,) = await world.open().audit()
    assert (line.action, line.author, line.command) == ("restore", f"{BEN.user}@{BEN.host}", "state restore")
    assert line.detail == f"{restored} objects"
    assert await edits.restore(world.open(), BEN) == 0
    assert len(await world.open().audit()) == 1


async def test_missing_last_commits_of_a_killed_run_are_noticed(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(3):
        await store.commit(lease, [PutRecord(record(f"r{number}"))])
    before = await world.open().read()
    await store.close()
    bench.delete([bench.folder + f"segments/{index:012}.json" for index in (3, 4)])

    with pytest.raises(StateCorrupt, match=r"segments/000000000003\.json is missing"):
        await world.open().read()
    await world.open().restore()

    assert await world.open().read() == before


async def test_a_deletion_is_noticed_after_the_old_versions_have_expired(
    world: World, bench: Bench, client: Any
) -> None:
    await written(world, bench, 1)
    bench.delete([bench.folder + name for name in bench.names()])
    for each in client.list_object_versions(Bucket="states", Prefix=bench.folder)["Versions"]:
        client.delete_object(Bucket="states", Key=each["Key"], VersionId=each["VersionId"])

    with pytest.raises(StateCorrupt, match=r"lease\.json was deleted, and the bucket keeps no earlier version of it"):
        await world.open().restore()
    with pytest.raises(StateCorrupt, match="was deleted from the bucket"):
        await world.open().read()


async def test_without_versions_a_lost_lease_is_recreated_and_a_lost_state_looks_new(client: Any, world: World) -> None:
    client.create_bucket(Bucket="plain")
    plain = Bench(S3Objects("plain", client=client))
    world = World(lambda app, stage, clock: S3Store(plain, plain.prefix, app, stage, clock=clock))
    before = await written(world, plain)
    plain.delete([plain.folder + "lease.json"])
    with pytest.raises(StateCorrupt, match=r"lease\.json is missing, and \d+ other objects of the state are there"):
        await world.open().read()

    await world.open().restore()
    assert await world.open().read() == before
    lease = await world.open().acquire(BEN, ttl=TTL)
    assert lease.fence > KEEP_SEGMENTS

    plain.delete([plain.folder + name for name in plain.names()])
    assert (await world.open().read()).serial == 0
    await world.close()


async def test_a_damaged_state_does_not_hide_others(world: World, bench: Bench) -> None:
    for app in ("blog", "shop", "wiki"):
        store = world.open(app)
        await store.commit(await store.acquire(ANNA, ttl=TTL), [PutOutputs({}, uses=("network/dev",))])
    bench.delete([bench.folder + "segments/000000000001.json"])
    bench.delete([bench.folder.replace("shop", "wiki") + "lease.json"])

    blog, shop, wiki = await world.open("blog").states()

    assert (blog.uses, blog.damage, shop.uses) == (("network/dev",), "", ())
    assert "app=shop/stage=dev/segments/000000000001.json is missing" in shop.damage
    assert "app=wiki/stage=dev/lease.json is missing" in wiki.damage


@pytest.mark.parametrize("name", ["lease.json", "segments/000000000002.json"])
async def test_a_newer_format_is_refused(
    world: World, bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "FORMAT", 99)
    store = world.open()
    with pytest.raises(StateTooNew):
        await store.acquire(ANNA, ttl=TTL)
    monkeypatch.undo()

    with pytest.raises(StateTooNew, match="has format 99"):
        await world.open().read()


async def test_damaged_objects_are_named(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    name = bench.folder + "segments/000000000002.json"
    stored = bench.get(name)
    assert stored is not None
    bench.put_over(name, stored.body[:-10], stored.tag)

    with pytest.raises(StateCorrupt, match=r"s3://states/\w+/app=shop/stage=dev/segments/000000000002\.json"):
        await world.open().read()


async def test_two_prefixes_do_not_see_each_other(world: World, bench: Bench) -> None:
    store = world.open()
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    other = S3Store(bench, bench.prefix + "/other", "shop", "dev", clock=world.clock)
    world.stores.append(other)

    assert (await other.read()).serial == 0
    world.stores.append(S3Store(bench, "", "shop", "dev"))
    assert (await world.stores[-1].read()).serial == 0


async def test_a_missing_bucket_is_named(client: Any) -> None:
    store = S3Store(S3Objects("no-such-bucket", client=client), "team", "shop", "dev")

    with pytest.raises(StateUnavailable, match="s3://no-such-bucket") as raised:
        await store.acquire(ANNA, ttl=TTL)
    await store.close()

    assert "CLOUDWRIGHT_STATE=s3://no-such-bucket cloudwright state init" in str(raised.value.hint)


async def test_a_policy_that_forbids_writes_is_reported_with_what_it_must_allow(client: Any) -> None:
    client.create_bucket(Bucket="readable")
    everything = {"Principal": "*", "Resource": "arn:aws:s3:::readable/*"}
    statements = [
        {"Effect": "Allow", "Action": ["s3:GetObject"], **everything},
        {"Effect": "Deny", "Action": ["s3:PutObject"], **everything},
    ]
    client.put_bucket_policy(Bucket="readable", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    store = S3Store(S3Objects("readable", client=client), "team", "shop", "dev")

    assert (await store.read()).serial == 0
    with pytest.raises(StateUnavailable, match=r"s3://readable/team/app=shop/stage=dev/lease\.json: .*403") as raised:
        await store.acquire(ANNA, ttl=TTL)
    await store.close()

    assert "s3:GetObject, PutObject" in str(raised.value.hint)
    assert client.list_objects_v2(Bucket="readable")["KeyCount"] == 0


@pytest.mark.parametrize("name", ["Two Words", "b"])
async def test_an_invalid_bucket_name_is_reported(client: Any, name: str) -> None:
    with pytest.raises(StateUnavailable) as raised:
        S3Objects(name, client=client).create_bucket()

    assert "3 to 63 lower-case letters" in str(raised.value.hint)


async def test_a_missing_endpoint_is_named() -> None:
    objects = S3Objects("bucket", client=s3_server.client("http://127.0.0.1:1"))
    store = S3Store(objects, "team", "shop", "dev")

    with pytest.raises(StateUnavailable, match="s3://bucket"):
        await store.read()
    await store.close()


async def test_a_new_bucket_is_private_versioned_and_encrypted(client: Any, bucket: str) -> None:
    S3Objects(bucket, client=client).create_bucket()  # a second time changes nothing

    public = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    encryption = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]

    assert all(public.values())
    assert len(public) == 4
    assert client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


async def test_a_bucket_that_encrypts_with_a_key_of_its_own_keeps_it(client: Any) -> None:
    client.create_bucket(Bucket="keyed")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/states"}}
    client.put_bucket_encryption(Bucket="keyed", ServerSideEncryptionConfiguration={"Rules": [rule]})

    S3Objects("keyed", client=client).create_bucket()

    encryption = client.get_bucket_encryption(Bucket="keyed")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "alias/states"
    assert client.get_bucket_versioning(Bucket="keyed")["Status"] == "Enabled"
