"""Edits by hand leave a line in the audit, whatever they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from cloudwright.control.model import Operation
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.audit import AppendAudit
from cloudwright.state.changes import (
    DropAction,
    DropDelivery,
    DropEntry,
    DropRecord,
    PutAction,
    PutDelivery,
    PutEntry,
    PutLearned,
    PutLookups,
    PutOutputs,
    PutRecord,
    PutSealing,
    StateChange,
)
from cloudwright.state.deliveries import ImageDelivery
from cloudwright.state.edit_audit import edited, editor, request_action
from cloudwright.state.edits import push, rename, replace_all
from cloudwright.state.journal import EntryEnd
from cloudwright.state.memory import MemoryStore
from cloudwright.state.snapshot import Snapshot
from conformance.state import ANNA, BEN, FULL_ACTION, FULL_ENTRY, TTL, record

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIVERY = ImageDelivery(id="d1", key="images", verb="run", target=FULL_ENTRY.target, client_token="t", started_at=1.0)
STATE = Snapshot(
    app="shop",
    stage="dev",
    serial=1,
    records=(record("a"), record("b", depends_on=("a", "c"))),
    journal=(FULL_ENTRY,),
    actions=(FULL_ACTION,),
    deliveries=(DELIVERY,),
    outputs={"o": 1},
)


def lines(*changes: StateChange) -> list[tuple[str, str, str]]:
    made = edited(STATE, changes, editor(ANNA, "state push"))
    assert {one.line.command for one in made} <= {"state push"}
    assert {one.line.author for one in made} <= {"anna@laptop"}
    assert {one.line.at for one in made} <= {ANNA.since}
    return [(one.line.action, one.line.key, one.line.outcome) for one in made]


EDITS: list[tuple[Sequence[StateChange], list[tuple[str, str, str]]]] = [
    ([DropRecord("a", 0)], [("forget", "a", "succeeded")]),
    ([PutRecord(record("a", note="n"))], [("edit", "a", "succeeded")]),
    ([PutRecord(record("new"))], [("adopt", "new", "succeeded")]),
    (rename(replace(STATE, deliveries=()), "a", "z"), [("move", "z", "succeeded")]),
    ([DropEntry(FULL_ENTRY.id, EntryEnd.ABANDONED)], [("update", FULL_ENTRY.key, "unclear")]),
    ([PutEntry(replace(FULL_ENTRY, attempt=9))], [("edit", FULL_ENTRY.key, "succeeded")]),
    ([DropRecord("never", 0), DropEntry("never", EntryEnd.ABANDONED), DropAction("never")], []),
    ([DropRecord("a", 0), PutRecord(record("a", note="n"))], [("edit", "a", "succeeded")]),
    ([PutRecord(record("a", sealed={"/P": "x"}))], [("edit", "a", "succeeded")]),
    (
        [PutSealing({"kind": "kms"}), PutRecord(record("a", note="n", sealed={"/P": "x"}))],
        [("edit", "a", "succeeded"), ("rotate", "", "succeeded")],
    ),
    ([DropAction(FULL_ACTION.key)], [("forget", FULL_ACTION.key, "succeeded")]),
    ([PutAction(replace(FULL_ACTION, status=ActionStatus.FAILED))], [("edit", FULL_ACTION.key, "succeeded")]),
    ([PutOutputs({"o": 2})], [("edit", "", "succeeded")]),
    ([PutLookups({"l": 2})], [("edit", "", "succeeded")]),
    ([DropDelivery("d1")], [("edit", "", "succeeded")]),
    ([PutDelivery(replace(DELIVERY, outcome="failed"))], [("edit", "", "succeeded")]),
    ([PutSealing({"kind": "kms"}), PutRecord(record("a", sealed={"/P": "x"}))], [("rotate", "", "succeeded")]),
]


@pytest.mark.parametrize(("changes", "expected"), EDITS, ids=lambda value: str(value[:1])[:40])
def test_an_edit_has_a_line_for_what_it_changes(
    changes: Sequence[StateChange], expected: list[tuple[str, str, str]]
) -> None:
    assert lines(*changes) == expected


@pytest.mark.parametrize(
    ("operation", "generation", "action"),
    [
        (Operation.CREATE, 0, "create"),
        (Operation.CREATE, 1, "replace"),
        (Operation.UPDATE, 1, "update"),
        (Operation.DELETE, 0, "delete"),
    ],
)
def test_a_request_is_called_by_what_it_does(operation: Operation, generation: int, action: str) -> None:
    assert request_action(replace(FULL_ENTRY, operation=operation, generation=generation)) == action


def test_the_line_of_a_request_names_its_token_if_aws_gave_one() -> None:
    for token in ("rt", None):
        state = replace(STATE, journal=(replace(FULL_ENTRY, request_token=token),))
        (line,) = edited(state, [DropEntry(FULL_ENTRY.id, EntryEnd.ABANDONED)], editor(ANNA, "state push"))
        assert line.line.request_token == (token or "")


def test_each_kind_of_change_is_among_the_edits() -> None:
    tried = {type(change) for changes, _ in EDITS for change in changes}

    assert set(get_args(StateChange)) - tried == {AppendAudit, PutLearned}


def test_what_stays_as_it_is_has_no_line() -> None:
    same = replace_all(replace(STATE, records=(), journal=(), actions=(), deliveries=()), STATE)

    assert lines(*same) == []


def test_a_move_names_the_former_key() -> None:
    (line,) = edited(STATE, rename(STATE, "a", "z"), editor(ANNA, "state mv"))

    assert (line.line.detail, line.line.identifier) == ("from a", record("a").identifier)


async def test_a_pushed_state_has_its_lines_in_the_same_commit() -> None:
    store = MemoryStore("shop", "dev")
    lease = await store.acquire(ANNA, ttl=TTL)
    await store.commit(lease, replace_all(await store.read(), STATE))
    await store.release(lease)

    await push(store, replace(await store.read(), records=(record("a", note="by hand"),)), BEN)

    found = [(line.action, line.key, line.author, line.command) for line in await store.audit()]
    who = (f"{BEN.user}@{BEN.host}", "state push")
    assert sorted(found) == [("edit", "a", *who), ("forget", "b", *who)]
    await store.close()
