from __future__ import annotations

import pytest

from cloudwright.errors import StateError
from cloudwright.state.cells import Address, CellKind
from cloudwright.state.changes import DropRecord, PutRecord
from cloudwright.state.history import PastCommit, PastLine, RecordChange, compare, describe, state_at
from cloudwright.state.memory import MemoryStore
from cloudwright.state.snapshot import Snapshot
from conformance.state import ANNA, TTL, record


def snapshot(*records: object) -> Snapshot:
    return Snapshot(app="shop", stage="dev", records=records)  # type: ignore[arg-type]


def test_equal_states_do_not_differ() -> None:
    assert compare(snapshot(record("a")), snapshot(record("a"))) == ()


def test_what_differs_is_reported_by_key_and_generation() -> None:
    before = snapshot(record("a"), record("b"), record("c"))
    after = snapshot(record("b", note="new"), record("c"), record("c", 1))

    assert compare(before, after) == (
        RecordChange("a", 0, record("a"), None),
        RecordChange("b", 0, record("b"), record("b", note="new")),
        RecordChange("c", 1, None, record("c", 1)),
    )
    assert [change.kind for change in compare(before, after)] == ["removed", "changed", "added"]


async def test_only_what_is_remembered_can_be_told() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    for number in range(4):
        await store.commit(lease, [PutRecord(record("a", note=str(number)))])
    now, history = await store.read(), await store.history()
    await store.close()

    assert state_at(now, history, 0).records == ()
    assert state_at(now, history[2:], 2).records == (record("a", note="1"),)
    for serial in (1, 5, -1):
        with pytest.raises(StateError, match=f"serial {serial} of shop/dev is not in the history") as raised:
            state_at(now, history[2:], serial)
        assert raised.value.hint == "the history begins at 2 and ends at 4"


async def test_a_state_without_history_is_only_itself() -> None:
    now = Snapshot(app="shop", stage="dev", serial=7, records=(record("a"),))

    assert state_at(now, (), 7) == now
    with pytest.raises(StateError):
        state_at(now, (), 6)


async def test_a_commit_that_came_after_the_state_was_read_is_undone() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    now = await store.read()
    await store.commit(lease, [PutRecord(record("b"))])
    history = await store.history()
    await store.close()

    assert state_at(now, history[1:], 1) == now
    with pytest.raises(StateError) as raised:
        state_at(now, history[1:], 2)
    assert raised.value.hint == "the history begins at 1 and ends at 1"


def test_a_line_of_the_history_keeps_its_content_out_of_logs() -> None:
    line = PastLine(Address(CellKind.RECORD, "a"), "value before", "value after")

    assert "value" not in repr(line)


def test_what_a_commit_touched_is_named_once() -> None:
    lines = tuple(
        PastLine(address, None, "{}")
        for address in (Address("record", "a"), Address("record", "a", 1), Address("outputs"))
    )
    commit = PastCommit(serial=1, at=0.0, author="anna@laptop", command="deploy", lines=lines)

    assert commit.touched == ("a", "outputs")


async def test_a_line_of_the_history_is_a_change_of_a_record() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    await store.commit(lease, [DropRecord("a", 0)])
    lines = [line for commit in await store.history() for line in commit.lines]
    await store.close()

    assert [describe(line) for line in lines] == [
        RecordChange("a", 0, None, record("a")),
        RecordChange("a", 0, record("a"), None),
    ]
    assert describe(PastLine(Address(CellKind.OUTPUTS), None, "{}")) is None
