"""States in an object store at their limits: when a log is compacted, what stays, and what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LeaseLost, StateCorrupt
from cloudwright.state.audit import AppendAudit
from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import PutRecord
from cloudwright.state.s3.backend import S3Backend
from cloudwright.state.s3.folder import StateFolder
from cloudwright.state.s3.lease_object import LeaseObject
from cloudwright.state.s3.log import segment_name
from cloudwright.state.s3.segment_log import COMPACT_AFTER, KEEP_SECONDS, KEEP_SEGMENTS
from conformance.memory_objects import MemoryObjects
from conformance.state import ANNA, BEN, TTL, FakeClock, audit_line, record

if TYPE_CHECKING:
    from cloudwright.state.leases.lease import Lease

FOLDER = "team/app=shop/stage=dev/"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def objects(clock: FakeClock) -> MemoryObjects:
    return MemoryObjects(clock=clock)


@pytest.fixture
def backend(objects: MemoryObjects, clock: FakeClock) -> S3Backend:
    return opened(objects, clock)


def opened(objects: MemoryObjects, clock: FakeClock) -> S3Backend:
    return S3Backend(objects, "team", "shop", "dev", clock=clock)


def names(objects: MemoryObjects, folder: str = "") -> list[str]:
    return [each.name.removeprefix(FOLDER) for each in objects.list_after(FOLDER + folder, "")]


def write(backend: S3Backend, lease: Lease, note: str = "") -> int | LeaseLost:
    [result] = backend.commit([Batch(lease, lines_of([PutRecord(record(note=note))]))])
    return result


def run(backend: S3Backend, segments: int) -> None:
    """One run that writes some segments: that of its lease, and one for each commit."""
    lease = backend.acquire(ANNA, TTL)
    for number in range(segments - 1):
        assert not isinstance(write(backend, lease, str(number)), LeaseLost)
    backend.release(lease)


@pytest.mark.parametrize(("segments", "compacted"), [(COMPACT_AFTER - 1, False), (COMPACT_AFTER, True)])
def test_a_log_is_compacted_at_the_end_of_a_run_once_it_is_long(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock, segments: int, *, compacted: bool
) -> None:
    run(backend, segments)
    before = backend.read()

    assert ("snapshot.json" in names(objects)) is compacted
    assert opened(objects, clock).read() == before
    run(backend, 2)
    assert opened(objects, clock).read().serial == before.serial + 1


def test_a_second_compaction_replaces_the_first(backend: S3Backend, objects: MemoryObjects, clock: FakeClock) -> None:
    run(backend, COMPACT_AFTER)
    first = objects.get(FOLDER + "snapshot.json")
    run(backend, COMPACT_AFTER)
    second = objects.get(FOLDER + "snapshot.json")

    assert first is not None
    assert second is not None
    assert first.body != second.body
    assert opened(objects, clock).read().serial == 2 * (COMPACT_AFTER - 1)


@pytest.mark.parametrize(("age", "first"), [(KEEP_SECONDS, 1), (KEEP_SECONDS + 1, 21)])
def test_a_compaction_removes_segments_that_are_both_far_back_and_old(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock, age: float, first: int
) -> None:
    run(backend, KEEP_SEGMENTS)
    clock.advance(age)
    run(backend, 20)

    assert backend.deleted() == 0
    last = KEEP_SEGMENTS + 20
    assert names(objects, "segments/") == [segment_name(index) for index in range(first, last + 1)]
    assert len(opened(objects, clock).history()) == last - first + 1 - (first == 1) - 1


def test_the_audit_moves_out_of_the_log_only_if_there_is_any(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    run(backend, COMPACT_AFTER)
    assert names(objects, "audit/") == []

    lease = backend.acquire(ANNA, TTL)
    backend.commit([Batch(lease, lines_of([AppendAudit(audit_line("first"))]))])
    for number in range(COMPACT_AFTER):
        write(backend, lease, str(number))
    backend.release(lease)
    assert len(names(objects, "audit/")) == 1

    again = opened(objects, clock)
    assert [line.id for line in again.audit()] == ["first"]


def test_a_missing_segment_is_named_and_so_is_a_missing_snapshot(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    run(backend, 4)
    objects.delete([FOLDER + segment_name(2)])
    with pytest.raises(StateCorrupt, match=r"segments/000000000002\.json is missing; nothing was changed"):
        opened(objects, clock).read()

    objects.delete([FOLDER + segment_name(1)])
    with pytest.raises(StateCorrupt, match=r"000000000001\.json is missing, and there is no snapshot\.json"):
        opened(objects, clock).read()


def test_a_missing_segment_of_a_killed_run_is_named_though_nothing_says_how_long_the_log_was(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    lease = backend.acquire(ANNA, TTL)
    for number in range(3):
        write(backend, lease, str(number))
    objects.delete([FOLDER + segment_name(3)])
    objects._deleted.clear()

    with pytest.raises(StateCorrupt, match=r"000000000003\.json is missing"):
        opened(objects, clock).read()


def test_a_read_starts_over_if_a_segment_is_gone_by_the_time_it_is_read(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    run(backend, 4)
    reader, get, missed = opened(objects, clock), objects.get, list[str]()

    def once(name: str) -> object:
        if name.endswith(segment_name(3)) and not missed:
            missed.append(name)
            return None
        return get(name)

    objects.get = once  # type: ignore[assignment, method-assign]

    assert reader.read().serial == 3
    assert missed


def test_a_run_whose_next_segment_was_written_by_another_has_written_nothing(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    lease = backend.acquire(ANNA, TTL)
    assert write(backend, lease, "first") == 1
    second = opened(objects, clock)
    second.break_lease(lease.id)
    lease_of_ben = second.acquire(BEN, TTL)

    assert isinstance(write(backend, lease, "late"), LeaseLost)
    assert write(second, lease_of_ben, "other") == 2
    assert [each.note for each in opened(objects, clock).read().records] == ["other"]


def test_releasing_the_lease_of_another_run_neither_ends_nor_compacts_ones_own(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    lease = backend.acquire(ANNA, TTL)
    for number in range(COMPACT_AFTER):
        write(backend, lease, str(number))
    backend.release(opened(MemoryObjects(clock=clock), clock).acquire(BEN, TTL))

    assert "snapshot.json" not in names(objects)
    assert write(backend, lease, "after") == COMPACT_AFTER + 1


def test_breaking_another_lease_leaves_ones_own_and_breaking_ones_own_ends_it(backend: S3Backend) -> None:
    lease = backend.acquire(ANNA, TTL)
    backend.break_lease("of-another-run")
    assert write(backend, lease) == 1

    backend.break_lease(lease.id)
    assert isinstance(write(backend, lease), LeaseLost)


def test_a_lease_that_was_broken_or_taken_over_is_neither_renewed_nor_live(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    lease, other = backend.acquire(ANNA, TTL), opened(objects, clock)
    assert (backend.renew(lease), other.live_lease()) == (True, lease)
    clock.advance(TTL)
    assert (other.live_lease(), other.holder()) == (None, lease)

    taken = other.acquire(BEN, TTL)
    assert (backend.renew(lease), other.live_lease()) == (False, taken)
    other.release(taken)
    assert (other.renew(taken), backend.live_lease()) == (False, None)
    objects.delete([FOLDER + "lease.json"])
    assert other.renew(taken) is False


def test_a_run_whose_lease_may_have_expired_reads_it_before_it_writes(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    lease = backend.acquire(ANNA, TTL)
    asked: list[str] = []
    get = objects.get

    def watched(name: str) -> object:
        asked.append(name.removeprefix(FOLDER))
        return get(name)

    objects.get = watched  # type: ignore[assignment, method-assign]
    clock.advance(TTL - 1)
    assert write(backend, lease) == 1
    assert "lease.json" not in asked

    clock.advance(1)
    assert write(backend, lease) == 2
    assert "lease.json" in asked


def test_deleted_objects_are_counted_and_restored(backend: S3Backend, objects: MemoryObjects, clock: FakeClock) -> None:
    run(backend, COMPACT_AFTER + 2)
    before = backend.read()
    objects.delete([FOLDER + name for name in names(objects)])

    assert opened(objects, clock).deleted() == COMPACT_AFTER + 2 + 2
    assert opened(objects, clock).restore() == COMPACT_AFTER + 2 + 2
    assert opened(objects, clock).read() == before
    assert opened(objects, clock).restore() == 0


def test_a_lease_object_that_is_lost_for_good_is_written_again_above_every_fence(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    run(backend, 3)
    fence = opened(objects, clock).acquire(BEN, TTL).fence
    objects.delete([FOLDER + "lease.json"])
    objects._deleted.clear()  # the bucket keeps no versions

    assert opened(objects, clock).restore() == 0
    assert opened(objects, clock).holder() is None
    assert opened(objects, clock).acquire(ANNA, TTL).fence > fence
    assert opened(objects, clock).read().serial == 2


def test_a_state_that_never_was_has_nothing_to_restore_and_gets_no_lease_object(
    backend: S3Backend, objects: MemoryObjects
) -> None:
    assert (backend.deleted(), backend.restore()) == (0, 0)
    assert names(objects) == []


def test_a_store_without_a_clock_measures_by_that_of_the_machine(objects: MemoryObjects) -> None:
    backend = S3Backend(objects, "", "shop", "dev")

    assert write(backend, backend.acquire(ANNA, TTL)) == 1
    assert backend.place == "memory:"


def test_the_last_segment_of_a_killed_run_is_missed(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    write(backend, backend.acquire(ANNA, TTL))
    assert opened(objects, clock).read().serial == 1
    objects.delete([FOLDER + segment_name(2)])

    with pytest.raises(StateCorrupt, match=r"000000000002\.json is missing"):
        opened(objects, clock).read()


def test_a_lease_without_any_segment_is_released_and_leaves_an_empty_state(
    objects: MemoryObjects, clock: FakeClock
) -> None:
    folder = StateFolder(objects, FOLDER, clock)
    lease, reached = LeaseObject(folder, "shop", "dev").take(ANNA, TTL)  # the run is killed before its first segment
    opened(objects, clock).release(lease)

    assert reached == 0
    assert opened(objects, clock).read().serial == 0


def test_the_oldest_segment_that_stays_is_missed_if_it_is_deleted(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    run(backend, KEEP_SEGMENTS + 20)
    objects.delete([FOLDER + segment_name(index) for index in (20, 21)])

    assert backend.deleted() == 1


def audited(backend: S3Backend, *ids: str) -> None:
    """One run for each id, which appends an audit line and compacts the log."""
    for each in ids:
        lease = backend.acquire(ANNA, TTL)
        backend.commit([Batch(lease, lines_of([AppendAudit(audit_line(each))]))])
        for number in range(COMPACT_AFTER):
            write(backend, lease, str(number))
        backend.release(lease)


def lines(backend: S3Backend) -> list[str]:
    return [line.id for line in backend.audit()]


@pytest.mark.parametrize("gone", [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]])
def test_a_missing_part_of_the_audit_is_named_though_the_bucket_keeps_no_versions(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock, gone: list[int]
) -> None:
    audited(backend, "a", "b", "c")
    parts = names(objects, "audit/")
    objects.delete([FOLDER + parts[at] for at in gone])
    objects._deleted.clear()

    with pytest.raises(StateCorrupt, match=rf"{parts[gone[-1]]} is missing; nothing was changed") as caught:
        opened(objects, clock).audit()
    assert "state restore" in (caught.value.hint or "")
    assert opened(objects, clock).read().serial == 3 * COMPACT_AFTER, "the records do not depend on it"


def test_a_deleted_part_of_the_audit_is_restored(backend: S3Backend, objects: MemoryObjects, clock: FakeClock) -> None:
    audited(backend, "a", "b")
    objects.delete([FOLDER + name for name in names(objects, "audit/")])

    assert opened(objects, clock).deleted() == 2
    assert opened(objects, clock).restore() == 2
    assert lines(opened(objects, clock)) == ["a", "b"]


@pytest.mark.parametrize(("gone", "left"), [([0], ["b", "c"]), ([1], ["a", "c"]), ([2], ["a", "b"]), ([0, 2], ["b"])])
def test_a_part_of_the_audit_that_is_lost_for_good_is_replaced_by_a_line_that_says_so(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock, gone: list[int], left: list[str]
) -> None:
    audited(backend, "a", "b", "c")
    parts = names(objects, "audit/")
    objects.delete([FOLDER + parts[at] for at in gone])
    objects._deleted.clear()

    assert opened(objects, clock).restore() == len(gone)
    found = opened(objects, clock).audit()
    assert [line.id for line in found if line.action == "create"] == left
    said = {line.detail: (line.action, line.outcome) for line in found if line.action != "create"}
    assert said == {f"{parts[at]} was lost, and with it the changes up to there": ("restore", "failed") for at in gone}
    audited(opened(objects, clock), "d")
    assert len(opened(objects, clock).audit()) == 4
    assert opened(objects, clock).restore() == 0


def test_a_run_without_audit_lines_keeps_the_parts_before_it_in_sight(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    audited(backend, "a")
    run(backend, COMPACT_AFTER)
    [part] = names(objects, "audit/")
    objects.delete([FOLDER + part])
    objects._deleted.clear()

    with pytest.raises(StateCorrupt, match=f"{part} is missing"):
        opened(objects, clock).audit()


def test_a_state_of_an_earlier_version_links_its_next_part_to_the_last_one(
    backend: S3Backend, objects: MemoryObjects, clock: FakeClock
) -> None:
    audited(backend, "a", "b")
    for name in ("snapshot.json", *names(objects, "audit/")):
        without_links(objects, FOLDER + name)
    assert lines(opened(objects, clock)) == ["a", "b"], "what has no links is read as it is"

    audited(opened(objects, clock), "c")
    parts = names(objects, "audit/")
    objects.delete([FOLDER + parts[1]])
    with pytest.raises(StateCorrupt, match=f"{parts[1]} is missing"):
        opened(objects, clock).audit()


def without_links(objects: MemoryObjects, name: str) -> None:
    """Write an object as version 0.1.0 did."""
    stored = objects.get(name)
    assert stored is not None
    document = json.loads(stored.body)
    del document["audit"]
    assert objects.put_over(name, json.dumps(document).encode(), stored.tag)
