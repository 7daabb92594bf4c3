"""States in memory beyond what every store must do."""

from __future__ import annotations

from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import PutRecord
from cloudwright.state.history import HISTORY
from cloudwright.state.memory import MemoryBackend, MemoryDatabase, MemoryStore
from conformance.state import ANNA, TTL, FakeClock, record


async def test_two_stores_share_a_state_only_if_they_share_a_database() -> None:
    database = MemoryDatabase()
    first, second, alone = (
        MemoryStore("shop", "dev", database=database),
        MemoryStore("shop", "dev", database=database),
        MemoryStore("shop", "dev"),
    )
    lease = await first.acquire(ANNA, ttl=TTL)

    assert await second.holder() == lease
    assert await alone.holder() is None
    for store in (first, second, alone):
        await store.close()


async def test_a_store_measures_leases_by_the_clock_that_it_is_given() -> None:
    clock = FakeClock(wall=5.0)
    store = MemoryStore("shop", "dev", clock=clock)

    assert (await store.acquire(ANNA, ttl=TTL)).renewed_at == 5.0
    await store.close()


async def test_a_store_without_a_clock_measures_by_that_of_the_machine() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)

    assert lease.renewed_at > 1_700_000_000.0
    assert await store.live_lease() == lease
    await store.close()


def test_as_many_commits_are_remembered_as_the_history_holds() -> None:
    backend = MemoryBackend(MemoryDatabase(), "shop", "dev", clock=FakeClock())
    lease = backend.acquire(ANNA, TTL)
    batch = Batch(lease, lines_of([PutRecord(record())]))
    backend.commit([batch] * (HISTORY + 5))

    assert [commit.serial for commit in backend.history()] == [*range(6, HISTORY + 6)]


def test_only_states_that_were_written_are_neighbours() -> None:
    database = MemoryDatabase()
    written, empty = (MemoryBackend(database, "shop", stage, clock=FakeClock()) for stage in ("dev", "prod"))
    written.commit([Batch(written.acquire(ANNA, TTL), lines_of([PutRecord(record())]))])
    empty.acquire(ANNA, TTL)

    assert [each.stage for each in empty.states()] == ["dev"]
