"""What a hosted store adds to a backend: the thread, the heartbeat, commits that are written together."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LeaseLost, LockHeld, StateError, StateUnavailable
from cloudwright.state.changes import PutEntry, PutRecord
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.lease import RENEWALS
from cloudwright.state.memory import MemoryBackend, MemoryDatabase, MemoryStore
from cloudwright.state.store_thread import ThreadWorker, WorkerDuties
from cloudwright.testing.loop import run
from conformance.state import ANNA, BEN, TTL, FakeClock, entry, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from cloudwright.state.cells import Batch
    from cloudwright.state.leases.lease import Holder, Lease

SOON = 5.0
"""Seconds within which a thread must have answered."""


class Slow(MemoryBackend):
    """A backend that waits at a gate and counts."""

    def __init__(self, database: MemoryDatabase, clock: FakeClock) -> None:
        super().__init__(database, "shop", "dev", clock=clock)
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.gate.set()
        self.groups: list[int] = []
        self.renewals = 0
        self.renewed = threading.Event()
        self.broken = False
        self.threads: set[str] = set()

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        self.threads.add(threading.current_thread().name)
        self.gate.wait(10)
        self.groups.append(len(batches))
        return super().commit(batches)

    def renew(self, lease: Lease) -> bool:
        self.renewals += 1
        if self.broken:
            raise StateUnavailable("the network is gone")
        done = super().renew(lease)
        self.renewed.set()
        return done

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        self.entered.set()
        self.gate.wait(10)
        return super().acquire(holder, ttl)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def backend(clock: FakeClock) -> Slow:
    return Slow(MemoryDatabase(), clock)


@pytest.fixture
async def store(backend: Slow, clock: FakeClock) -> AsyncIterator[HostedStore]:
    store = HostedStore(backend, clock=clock, thread="state thread")
    yield store
    await store.close()


async def test_commits_that_wait_together_are_one_transaction(store: HostedStore, backend: Slow) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    backend.gate.clear()
    tasks = [asyncio.create_task(store.commit(lease, [PutEntry(entry(f"e{n}"))])) for n in range(20)]
    await asyncio.sleep(0)
    backend.gate.set()

    assert await asyncio.gather(*tasks) == list(range(1, 21))
    assert sum(backend.groups) == 20
    assert len(backend.groups) <= 3


async def test_the_backend_runs_in_a_thread_of_its_own(store: HostedStore, backend: Slow) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record())])

    assert backend.threads == {"state thread"}


async def test_the_thread_ends_with_the_store(backend: Slow, clock: FakeClock) -> None:
    store = HostedStore(backend, clock=clock, thread="short-lived")
    await store.read()
    await store.close()

    assert "short-lived" not in {thread.name for thread in threading.enumerate()}


async def test_a_thread_does_not_keep_the_process_alive(store: HostedStore) -> None:
    await store.read()

    assert [thread.daemon for thread in threading.enumerate() if thread.name == "state thread"] == [True]


async def test_only_a_store_that_keeps_deleted_objects_restores_them(store: HostedStore) -> None:
    for call in (store.deleted, store.restore):
        with pytest.raises(StateError, match="memory keeps nothing that was deleted"):
            await call()


async def test_a_function_is_called_in_the_thread_with_its_arguments(backend: Slow) -> None:
    worker = ThreadWorker("with arguments", WorkerDuties(commit=backend.commit, beat=lambda: None))
    assert worker.submit(sorted, [2, 3, 1]).result(SOON) == [1, 2, 3]
    assert worker.submit(sorted, [2, 3, 1], reverse=True).result(SOON) == [3, 2, 1]
    assert worker.submit(dict, a=1).result(SOON) == {"a": 1}
    await worker.close(lambda: None)


async def test_a_store_that_never_blocks_needs_no_thread_and_no_clock(clock: FakeClock) -> None:
    threads = threading.active_count()
    store = HostedStore(MemoryBackend(MemoryDatabase(), "shop", "dev", clock=clock))
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.confirm(lease)

    assert threading.active_count() == threads
    await store.close()


async def test_a_store_that_never_blocks_is_closed_once(clock: FakeClock) -> None:
    class Counting(MemoryBackend):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    backend = Counting(MemoryDatabase(), "shop", "dev", clock=clock)
    store = HostedStore(backend, clock=clock)
    await store.close()
    await store.close()

    assert backend.closed == 1


async def test_a_store_that_was_never_used_starts_no_thread(backend: Slow, clock: FakeClock) -> None:
    HostedStore(backend, clock=clock, thread="never started")

    assert "never started" not in {thread.name for thread in threading.enumerate()}


async def test_a_blocked_event_loop_does_not_lose_the_lease(
    store: HostedStore, backend: Slow, clock: FakeClock
) -> None:
    await store.acquire(ANNA, ttl=0.04)
    clock.advance(0.03)

    # The loop does nothing but wait here: only the store's own thread can renew.
    assert backend.renewed.wait(10)


async def test_a_renewal_that_fails_is_tried_again(store: HostedStore, backend: Slow, clock: FakeClock) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    backend.broken = True
    clock.advance(TTL / RENEWALS)
    await store.read()  # every call gives the heartbeat its turn
    await store.read()
    assert backend.renewals >= 1

    backend.broken = False
    await store.read()
    await store.read()
    await store.confirm(lease)

    assert backend.renewed.is_set()


async def test_nothing_is_confirmed_while_the_store_is_out_of_reach(
    store: HostedStore, backend: Slow, clock: FakeClock
) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    backend.broken = True
    await store.confirm(lease)
    clock.advance(TTL / 2)

    with pytest.raises(StateUnavailable, match="network"):
        await store.confirm(lease)


async def test_a_lost_lease_is_not_renewed_any_more(store: HostedStore, backend: Slow, clock: FakeClock) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.break_lease(lease.id)
    with pytest.raises(LeaseLost):
        await store.commit(lease, [])
    clock.advance(TTL)
    await store.read()
    await store.read()

    assert backend.renewals == 0
    with pytest.raises(LeaseLost):
        await store.confirm(lease)


async def test_a_lease_that_nobody_waited_for_is_given_back(store: HostedStore, backend: Slow) -> None:
    backend.gate.clear()
    task = asyncio.create_task(store.acquire(ANNA, ttl=TTL))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(backend.entered.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    backend.gate.set()

    assert await store.holder() is None
    await store.acquire(BEN, ttl=TTL)


async def test_an_error_of_the_backend_reaches_every_caller_and_the_store_goes_on(
    store: HostedStore, backend: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StateUnavailable("disk full")

    lease = await store.acquire(ANNA, ttl=TTL)
    monkeypatch.setattr(MemoryBackend, "_write", fail)
    tasks = [store.commit(lease, [PutRecord(record())]) for _ in range(3)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    monkeypatch.undo()

    assert len(results) == 3
    assert {type(result) for result in results} == {StateUnavailable}
    assert await store.commit(lease, [PutRecord(record())]) == 1


def test_in_memory_the_heartbeat_runs_on_the_loops_own_time() -> None:
    async def story() -> None:
        from cloudwright.testing.loop import VirtualClock

        clock, database = VirtualClock(), MemoryDatabase()
        store = MemoryStore("shop", "dev", clock=clock, database=database)
        lease = await store.acquire(ANNA, ttl=TTL)
        await asyncio.sleep(10 * TTL)

        other = MemoryStore("shop", "dev", clock=clock, database=database)
        with pytest.raises(LockHeld):
            await other.acquire(BEN, ttl=TTL)
        await store.confirm(lease)

        await store.close()
        await asyncio.sleep(TTL + 1)
        await other.acquire(BEN, ttl=TTL)
        with pytest.raises(LeaseLost):
            await MemoryStore("shop", "dev", clock=clock, database=database).commit(lease, [PutRecord(record())])
        await other.close()

    run(story())


def test_a_store_with_a_thread_works_in_virtual_time() -> None:
    async def story() -> tuple[float, int]:
        backend = Slow(MemoryDatabase(), FakeClock())
        store = HostedStore(backend, clock=FakeClock(), thread="beside virtual time")
        lease = await store.acquire(ANNA, ttl=TTL)
        serials = await asyncio.gather(*(store.commit(lease, [PutRecord(record(f"r{n}"))]) for n in range(10)))
        await store.close()
        return asyncio.get_running_loop().time(), max(serials)

    assert run(story()) == (0.0, 10)
