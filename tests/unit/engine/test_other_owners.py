"""What the other states of a store own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from cloudwright.engine.other_owners import OtherOwners, Owner
from cloudwright.state.records import RecordStatus
from cloudwright.state.snapshot import Neighbour
from dead_runs import HERE, TOPIC, record, state

if TYPE_CHECKING:
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore


class _Others:
    """A store with other states, which counts how often they are read."""

    def __init__(self, *others: Snapshot | Neighbour) -> None:
        self._others, self.reads = others, 0

    async def others(self) -> tuple[Snapshot | Neighbour, ...]:
        self.reads += 1
        await asyncio.sleep(0)
        return self._others


def _owners(store: Any) -> OtherOwners:
    return OtherOwners(cast("StateStore", store))


async def test_what_another_state_certainly_has_is_its_own() -> None:
    sure = record(identifier="sure", key="a")
    doubtful = record(identifier="doubtful", key="b", status=RecordStatus.DOUBTFUL)
    unmade = record(identifier="", key="c")
    claims = await _owners(_Others(state([sure, doubtful, unmade]))).claims()

    assert claims.owner(TOPIC, HERE, "sure") == Owner("test", "dev", "a")
    assert [claims.owner(TOPIC, HERE, other) for other in ("doubtful", "", "another")] == [None] * 3
    assert claims.unread == ()


async def test_a_state_that_cannot_be_read_is_named_with_its_error_and_hides_no_other() -> None:
    damaged = Neighbour("shop", "prod", damage="no JSON")
    claims = await _owners(_Others(damaged, state([record(identifier="sure")]))).claims()

    assert claims.unread == ("shop/prod (no JSON)",)
    assert claims.owner(TOPIC, HERE, "sure") is not None


async def test_a_store_of_one_state_has_no_other_owners() -> None:
    assert (await _owners(object()).claims()).owners == {}


async def test_callers_share_a_read_that_began_after_all_of_them_asked() -> None:
    store = _Others(state([record(identifier="sure")]))
    owners = _owners(store)
    all_claims = await asyncio.gather(*(owners.claims() for _ in range(5)))

    assert [len(claims.owners) for claims in all_claims] == [1] * 5
    assert store.reads == 2  # the first read had begun before the others asked
    await owners.claims()
    assert store.reads == 3
