"""A store whose worker meets an error that nobody foresaw: everything after it fails, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import StateUnavailable
from cloudwright.state.changes import PutEntry
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.memory import MemoryBackend, MemoryDatabase
from cloudwright.testing.loop import VirtualClock, run
from conformance.state import ANNA, TTL, FakeClock, entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from cloudwright.errors import LeaseLost
    from cloudwright.state.cells import Batch
    from cloudwright.state.leases.lease import Lease

SOON = 5.0
"""Seconds within which a call must have failed."""


class Dying(MemoryBackend):
    """A backend whose renewals or commits raise what no one expects of them."""

    def __init__(self, clock: FakeClock | VirtualClock) -> None:
        super().__init__(MemoryDatabase(), "shop", "dev", clock=clock)
        self.beat_error: BaseException | None = None
        self.too_few = False
        self.closed = threading.Event()

    def renew(self, lease: Lease) -> bool:
        if self.beat_error is not None:
            raise self.beat_error
        return super().renew(lease)

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        return super().commit(batches)[: 0 if self.too_few else None]

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def backend(clock: FakeClock) -> Dying:
    return Dying(clock)


@pytest.fixture
async def store(backend: Dying, clock: FakeClock) -> AsyncIterator[HostedStore]:
    store = HostedStore(backend, clock=clock, thread="dying thread")
    yield store
    await asyncio.wait_for(store.close(), SOON)
    assert backend.closed.is_set()
    assert "dying thread" not in {thread.name for thread in threading.enumerate()}


async def heartbeat_dies(store: HostedStore, backend: Dying, clock: FakeClock, error: BaseException) -> None:
    """Let the next renewal fail; every call gives the heartbeat its turn."""
    backend.beat_error = error
    clock.advance(TTL / 3)
    with contextlib.suppress(StateUnavailable):
        for _ in range(100):
            await asyncio.wait_for(store.read(), SOON)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError(), SystemExit(1)], ids=repr)
async def test_after_a_heartbeat_that_died_every_call_fails_and_says_why(
    store: HostedStore, backend: Dying, clock: FakeClock, error: BaseException
) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    await heartbeat_dies(store, backend, clock, error)

    calls = [store.read(), store.commit(lease, [PutEntry(entry())]), store.confirm(lease), store.holder()]
    results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), SOON)

    assert {type(result) for result in results} == {StateUnavailable}
    assert all(type(error).__name__ in str(result) for result in results)


async def test_a_lease_is_not_confirmed_after_the_heartbeat_died_though_the_last_renewal_is_recent(
    store: HostedStore, backend: Dying, clock: FakeClock
) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    await heartbeat_dies(store, backend, clock, OSError("gone"))

    with pytest.raises(StateUnavailable, match="gone"):
        await store.confirm(lease)


async def test_writes_that_were_under_way_when_the_thread_failed_fail_too(store: HostedStore, backend: Dying) -> None:
    lease = await store.acquire(ANNA, ttl=TTL)
    backend.too_few = True

    writes = [store.commit(lease, [PutEntry(entry(f"e{n}"))]) for n in range(3)]
    results = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), SOON)

    assert {type(result) for result in results} == {StateUnavailable}


def test_a_heartbeat_on_the_loops_own_time_fails_every_later_call_as_well() -> None:
    async def story() -> None:
        clock = VirtualClock()
        backend = Dying(clock)
        store = HostedStore(backend, clock=clock)
        lease = await store.acquire(ANNA, ttl=TTL)
        backend.beat_error = OSError("gone")
        await asyncio.sleep(TTL / 3)

        for call in (store.read(), store.commit(lease, []), store.confirm(lease)):
            with pytest.raises(StateUnavailable, match="gone"):
                await call
        await store.close()
        assert backend.closed.is_set()

    run(story())
