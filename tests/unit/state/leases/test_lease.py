"""The rules of leases at their limits, and what a run says about the lease of another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.state.leases.lease import (
    HeldLease,
    Lease,
    expired,
    in_progress,
    lease_lost,
    lock_held,
    new_lease,
    renewed,
    same,
)
from conformance.state import ANNA, BEN, TTL

NOW = 1_700_000_200.0
LEASE = new_lease(ANNA, ttl=TTL, fence=3, now=NOW)


def test_each_lease_has_an_id_that_nobody_can_guess() -> None:
    other = new_lease(ANNA, ttl=TTL, fence=3, now=NOW)

    assert other.id != LEASE.id
    assert len(bytes.fromhex(LEASE.id)) >= 16


def test_a_renewal_starts_the_time_to_live_again() -> None:
    assert not expired(renewed(LEASE, NOW + TTL), NOW + TTL + 1)


def test_a_lease_is_recognised_by_its_id_and_its_fence() -> None:
    assert same(renewed(LEASE, NOW + 1), LEASE)
    assert not same(replace(LEASE, id="another"), LEASE)
    assert not same(replace(LEASE, fence=4), LEASE)
    assert not same(None, LEASE)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("cloudwright deploy infra.py", "a deploy is"),
        ("cloudwright destroy infra.py --yes", "a destroy is"),
        ("cloudwright import infra.py", "an import is"),
        ("python infra.py", "a run is"),
    ],
)
def test_a_run_in_progress_is_named_by_its_command(command: str, words: str) -> None:
    lease = replace(LEASE, holder=replace(ANNA, command=command))

    assert in_progress(lease) == f"{words} in progress (anna@laptop, pid 4711, since 2023-11-14 22:13:20 UTC)"


@pytest.mark.parametrize(("age", "left"), [(0.0, 60), (TTL - 1, 1), (TTL, 0), (TTL + 5, 0), (-30.0, 60)])
def test_how_long_a_dead_run_holds_its_lease_is_never_more_than_its_time_to_live(age: float, left: int) -> None:
    assert f"it frees itself in {left} s" in (lock_held(LEASE, "shop", "dev", NOW + age).hint or "")


def test_the_unlock_command_quotes_the_stage() -> None:
    assert "--stage 'my stage'`" in (lock_held(LEASE, "shop", "my stage", NOW).hint or "")


def test_a_lost_lease_says_who_has_it_now() -> None:
    assert "is lost: it was removed" in str(lease_lost(LEASE, None))
    assert "another write took its place" in str(lease_lost(LEASE, renewed(LEASE, NOW + 1)))
    assert "ben@runner (pid 42) took it over" in str(lease_lost(LEASE, new_lease(BEN, ttl=TTL, fence=4, now=NOW)))


def test_a_lease_is_renewed_four_times_within_its_time_to_live() -> None:
    hold = HeldLease(LEASE, asked_at=100.0)

    assert hold.interval == TTL / 4
    assert [hold.due(100.0 + age) for age in (0.0, TTL / 4 - 1, TTL / 4)] == [False, False, True]


def test_a_lease_is_trusted_for_less_than_half_its_time_to_live() -> None:
    hold = HeldLease(LEASE, asked_at=100.0)

    assert [hold.fresh(100.0 + age) for age in (0.0, TTL / 2 - 1, TTL / 2)] == [True, True, False]


def test_a_lease_that_the_store_refused_is_neither_trusted_nor_renewed() -> None:
    lost = HeldLease(LEASE, asked_at=100.0, lost=True)

    assert not lost.fresh(100.0)
    assert not lost.due(100.0 + TTL)


def test_a_lease_stays_the_same_when_it_is_renewed() -> None:
    assert renewed(LEASE, NOW + 1) == LEASE
    assert Lease(id="a", fence=1, holder=ANNA, ttl=TTL).renewed_at == 0.0
