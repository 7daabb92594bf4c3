from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LockHeld, StateCorrupt, StateError
from cloudwright.state.changes import (
    DropAction,
    DropDelivery,
    DropEntry,
    PutAction,
    PutDelivery,
    PutRecord,
    StateChange,
)
from cloudwright.state.deliveries import ImageDelivery
from cloudwright.state.edits import copy, dump, forget, parse, push, rename, replace_all
from cloudwright.state.memory import MemoryStore
from cloudwright.state.snapshot import Snapshot
from conformance.state import ANNA, BEN, FULL_ACTION, FULL_ENTRY, FULL_RECORD, TARGET, TTL, entry, record

if TYPE_CHECKING:
    from collections.abc import Callable

STATE = Snapshot(
    app="shop",
    stage="dev",
    serial=1,
    records=(record("a"), record("a", 1), record("b", depends_on=("a", "c")), FULL_RECORD),
    outputs={"o": 1},
    uses=("net/dev",),
    sealing={"kind": "file"},
)


def delivery(name: str, key: str = "d", pipeline: str = "") -> ImageDelivery:
    return ImageDelivery(id=name, verb="run", key=key, pipeline=pipeline, target=TARGET, client_token=f"token-{name}")


async def after(state: Snapshot, *changes: StateChange) -> Snapshot:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, replace_all(await store.read(), state))
    await store.commit(lease, changes)
    state = await store.read()
    await store.close()
    return state


async def test_a_renamed_key_takes_its_generations_and_dependents_along() -> None:
    state = await after(STATE, *rename(STATE, "a", "z/new"))

    assert sorted(each.id for each in state.records) == [("b", 0), ("network/main", 3), ("z/new", 0), ("z/new", 1)]
    assert [each.depends_on for each in state.records if each.key == "b"] == [("z/new", "c")]
    assert [each.identifier for each in state.records if each.key == "z/new"] == ["a-1", "a-1"]


async def test_a_forgotten_key_is_gone_with_all_generations() -> None:
    state = await after(STATE, *forget(STATE, "a"))

    assert [each.key for each in state.records] == ["b", "network/main"]


@pytest.mark.parametrize("change", [lambda state: rename(state, "x", "y"), lambda state: forget(state, "x")])
def test_an_unknown_key_is_refused_with_those_that_exist(change: Callable[[Snapshot], list[StateChange]]) -> None:
    with pytest.raises(StateError, match="has no resource x") as raised:
        change(STATE)

    assert "a, b" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("keys", "shown"), [("abcde", "its keys are: a, b, c, d, e"), ("abcdef", "its keys are: a, b, c, d, e, ...")]
)
def test_of_many_keys_the_first_five_are_shown(keys: str, shown: str) -> None:
    with pytest.raises(StateError) as raised:
        forget(replace(STATE, records=tuple(map(record, keys))), "x")

    assert raised.value.hint == shown


def test_a_state_without_resources_is_reported_as_perhaps_the_wrong_one() -> None:
    with pytest.raises(StateError, match="has no resource x") as raised:
        forget(replace(STATE, records=()), "x")

    assert "it has none; check the stage" in str(raised.value.hint)


def test_a_key_is_not_renamed_over_another() -> None:
    with pytest.raises(StateError, match="b already exists"):
        rename(STATE, "a", "b")


def test_a_key_with_a_request_under_way_stays() -> None:
    busy = replace(STATE, journal=(entry(key="a"),))

    with pytest.raises(StateError, match="a request for a is in progress"):
        rename(busy, "a", "z")
    with pytest.raises(StateError, match="a request for a is in progress"):
        forget(busy, "a")


async def test_one_state_is_turned_into_another() -> None:
    then = Snapshot(
        app="shop",
        stage="dev",
        serial=2,
        records=(record("a", note="new"), record("n")),
        journal=(FULL_ENTRY,),
        learned={"rate": 3},
    )

    assert await after(STATE, *replace_all(STATE, then)) == then
    assert replace_all(STATE, STATE) == []


async def test_what_the_other_state_lacks_is_dropped_and_what_both_have_is_kept() -> None:
    other = replace(FULL_ACTION, key="other")
    busy = replace(STATE, journal=(entry("e1"), entry("e2")), actions=(FULL_ACTION, other))
    then = replace(STATE, journal=(entry("e2"),), actions=(other, replace(FULL_ACTION, key="third")), serial=2)

    assert await after(busy, *replace_all(busy, then)) == then
    assert {type(change) for change in replace_all(busy, then)} == {DropEntry, DropAction, PutAction}


async def test_deliveries_of_another_state_are_dropped_added_and_replaced() -> None:
    now = replace(STATE, deliveries=(delivery("gone"), delivery("kept"), delivery("open")))
    then = replace(now, deliveries=(delivery("kept"), delivery("new"), replace(delivery("open"), outcome="failed")))
    changes = replace_all(now, then)

    assert (await after(now, *changes)).deliveries == then.deliveries
    assert {
        (type(each), each.delivery.id if isinstance(each, PutDelivery) else each.id)
        for each in changes
        if isinstance(each, (PutDelivery, DropDelivery))
    } == {(DropDelivery, "gone"), (PutDelivery, "new"), (PutDelivery, "open")}


async def test_pinned_lookups_are_replaced_by_those_of_another_state() -> None:
    now, then = replace(STATE, lookups={"ami": "ami-1"}), replace(STATE, lookups={"ami": "ami-2"})

    assert (await after(now, *replace_all(now, then))).lookups == {"ami": "ami-2"}
    assert replace_all(now, now) == []


async def test_deliveries_keep_their_configuration_and_pipeline_over_a_rename() -> None:
    state = replace(STATE, deliveries=(delivery("1", "a", "p"), delivery("2", "c", "a"), delivery("3", "c", "p")))
    changes = rename(state, "a", "z")

    assert [(each.key, each.pipeline) for each in (await after(state, *changes)).deliveries] == [
        ("z", "p"),
        ("c", "z"),
        ("c", "p"),
    ]
    assert [each.delivery.id for each in changes if isinstance(each, PutDelivery)] == ["1", "2"]


def test_only_what_depends_on_a_renamed_key_is_written_again() -> None:
    state = replace(STATE, records=(record("a"), record("b", depends_on=("a",)), record("c", depends_on=("b",))))
    changes = rename(state, "a", "z")

    assert {change.record.key for change in changes if isinstance(change, PutRecord)} == {"z", "b"}


def test_a_dumped_state_is_parsed_again() -> None:
    assert parse(dump(STATE), "state.json") == STATE


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}'])
def test_a_document_that_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(StateCorrupt, match=r"state\.json"):
        parse(text, "state.json")


async def test_an_edited_copy_is_pushed_back() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, [PutRecord(record("a"))])
    await store.release(lease)
    pulled = await store.read()

    serial = await push(store, replace(pulled, records=(record("a", note="edited"),)), ANNA)

    assert serial == 2
    assert (await store.read()).records == (record("a", note="edited"),)
    with pytest.raises(StateError, match="is at serial 2, the document at 1"):
        await push(store, pulled, ANNA)
    with pytest.raises(StateError, match="the state of blog/dev, not of shop/dev"):
        await push(store, replace(pulled, app="blog"), ANNA)
    assert await store.holder() is None
    await store.close()


async def test_a_state_is_copied_to_an_empty_place() -> None:
    source, destination = MemoryStore("shop", "dev"), MemoryStore("shop", "dev")
    lease = await source.acquire(ANNA, ttl=TTL)
    await source.commit(lease, replace_all(await source.read(), replace(STATE, journal=(FULL_ENTRY,))))
    await source.release(lease)

    copied = await copy(source, destination, BEN)

    assert copied == replace(STATE, journal=(FULL_ENTRY,))
    assert await source.holder() is None
    assert await destination.holder() is None
    with pytest.raises(StateError, match="already has shop/dev at serial 1"):
        await copy(source, destination, BEN)
    with pytest.raises(StateError, match="can't become that of shop/prod"):
        await copy(source, MemoryStore("shop", "prod"), BEN)
    await source.close()
    await destination.close()


@pytest.mark.parametrize(
    "there",
    [
        Snapshot(app="shop", stage="dev", serial=1, records=(record(),)),
        Snapshot(app="shop", stage="dev", serial=1, journal=(FULL_ENTRY,)),
        Snapshot(app="shop", stage="dev", serial=1, outputs={"o": 1}),
    ],
    ids=["records", "journal", "outputs"],
)
async def test_a_state_is_never_copied_over_another(there: Snapshot) -> None:
    source, destination = MemoryStore("shop", "dev"), MemoryStore("shop", "dev")
    lease = await destination.acquire(ANNA, ttl=TTL)
    await destination.commit(lease, replace_all(await destination.read(), there))
    await destination.release(lease)

    with pytest.raises(StateError, match="already has shop/dev at serial 1"):
        await copy(source, destination, BEN)

    assert await destination.read() == there
    await source.close()
    await destination.close()


async def test_nothing_is_copied_while_a_run_is_at_work() -> None:
    source, destination = MemoryStore("shop", "dev"), MemoryStore("shop", "prod")
    lease = await destination.acquire(ANNA, ttl=TTL)

    with pytest.raises(LockHeld, match="shop/prod"):
        await copy(source, destination, BEN)

    assert await source.holder() is None
    assert await destination.holder() == lease
    await source.close()
    await destination.close()
