"""A sign of life is taken from the holder on record alone, in each kind of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.state.leases.lease import expired, new_lease
from cloudwright.state.memory import MemoryBackend, MemoryDatabase
from cloudwright.state.sql.sqlite import SqliteBackend
from conformance.state import ANNA, BEN, TTL, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudwright.state.backend import Backend


@pytest.fixture(params=["memory", "sqlite"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Backend, Backend]]:
    clock, database = FakeClock(), MemoryDatabase()
    if request.param == "memory":
        yield MemoryBackend(database, "shop", "dev", clock=clock), MemoryBackend(database, "shop", "dev", clock=clock)
        return
    first, second = (SqliteBackend(tmp_path / "state.db", "shop", "dev", clock=clock) for _ in range(2))
    yield first, second
    first.close()
    second.close()


def test_a_lease_that_another_run_took_over_is_not_renewed(pair: tuple[Backend, Backend]) -> None:
    first, second = pair
    lost = first.acquire(ANNA, TTL)
    second.break_lease(lost.id)
    taken = second.acquire(BEN, TTL)

    assert not first.renew(lost)
    assert second.holder() == taken
    assert second.renew(taken)


def test_a_lease_that_was_released_is_not_renewed(pair: tuple[Backend, Backend]) -> None:
    first, _ = pair
    lease = first.acquire(ANNA, TTL)
    first.release(lease)

    assert not first.renew(lease)
    assert first.holder() is None


def test_only_the_lease_that_is_named_is_broken(pair: tuple[Backend, Backend]) -> None:
    first, second = pair
    lease = first.acquire(ANNA, TTL)

    second.break_lease("of-another-run")

    assert second.holder() == lease
    second.break_lease(lease.id)
    assert second.holder() is None


def test_a_lease_may_be_taken_over_from_exactly_the_end_of_its_time() -> None:
    lease = new_lease(ANNA, ttl=TTL, fence=1, now=1000.0)

    assert [expired(lease, 1000.0 + age) for age in (0.0, TTL - 1.0, TTL)] == [False, False, True]
