"""Segments, snapshots and lease objects: what is written is read back, and damage is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import StateCorrupt, StateTooNew
from cloudwright.state.cells import Address, Batch, lines_of
from cloudwright.state.changes import DropRecord, PutOutputs, PutRecord
from cloudwright.state.leases.lease import new_lease
from cloudwright.state.s3.log import (
    LeaseDocument,
    ReplayedState,
    index_of,
    lease_body,
    open_book,
    past_commits,
    read_audit_body,
    read_lease_body,
    replay,
    segment_body,
    segment_name,
    snapshot_body,
)
from conformance.state import ANNA, TTL, record

if TYPE_CHECKING:
    from collections.abc import Callable

LEASE = new_lease(ANNA, ttl=TTL, fence=3, now=5.0)
BATCH = Batch(LEASE, lines_of([PutRecord(record("a")), PutOutputs({"o": 1})]))


def edited(body: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(body), **fields}).encode()


def test_names_of_segments_sort_like_their_numbers() -> None:
    assert segment_name(7) == "segments/000000000007.json"
    assert [index_of(segment_name(index)) for index in (0, 9, 10, 10**11)] == [0, 9, 10, 10**11]
    assert segment_name(9) < segment_name(10) < segment_name(10**11)
    with pytest.raises(StateCorrupt, match="does not belong to a state"):
        index_of("segments/new.json")


def test_a_segment_is_replayed_once_and_in_its_turn() -> None:
    book, body = ReplayedState(), segment_body(ReplayedState(), LEASE, [BATCH], 5.0)
    replay(book, body, "segment")

    assert (book.index, book.serial, len(book.cells)) == (1, 1, 2)
    assert replayed_twice(book, body) == "segment is not segment 2; nothing was changed"


def replayed_twice(book: ReplayedState, body: bytes) -> str:
    with pytest.raises(StateCorrupt) as raised:
        replay(book, body, "segment")
    return raised.value.message


def test_a_segment_says_who_wrote_it_or_that_it_only_blocks_a_lost_run() -> None:
    written, blocking = (json.loads(segment_body(ReplayedState(), lease, [], 5.0)) for lease in (LEASE, None))

    assert (written["lease"], written["fence"], written["author"]) == (LEASE.id, 3, "anna@laptop")
    assert (blocking["lease"], blocking["fence"], blocking["author"], blocking["command"]) == ("", 0, "", "")


def test_a_segment_keeps_what_was_there_before_each_of_its_lines() -> None:
    book = ReplayedState()
    replay(book, segment_body(book, LEASE, [BATCH], 5.0), "first")
    lines = lines_of([PutRecord(record("a", note="n")), DropRecord("a", 0), PutRecord(record("b"))])
    body = segment_body(book, LEASE, [Batch(LEASE, lines)], 6.0)
    [commit] = past_commits(body, "second")
    old = book.cells[Address("record", "a")]

    assert (commit.serial, commit.at, commit.command) == (2, 6.0, ANNA.command)
    assert [line.before for line in commit.lines] == [old, lines[0].text, None]
    assert [line.after for line in commit.lines] == [lines[0].text, None, lines[2].text]


def test_a_snapshot_opens_as_the_book_that_it_was_made_of() -> None:
    book = ReplayedState()
    replay(book, segment_body(book, LEASE, [BATCH], 5.0), "first")

    opened = open_book(snapshot_body(book), "tag", "snapshot.json")

    assert opened == ReplayedState(index=1, serial=1, cells=book.cells, tag="tag", base=1)
    assert ReplayedState() == ReplayedState(index=0, serial=0, cells={}, tag="", base=0)


def test_a_lease_object_is_read_back_and_is_never_twice_the_same() -> None:
    for note in (LeaseDocument(), LeaseDocument(LEASE, 3, 7), LeaseDocument(fence=4)):
        assert read_lease_body(lease_body(note), "lease.json") == note
        assert lease_body(note) != lease_body(note)
    assert LeaseDocument() == LeaseDocument(None, 0, 0)


@pytest.mark.parametrize(
    ("read", "fields", "message"),
    [
        (lambda body: replay(ReplayedState(), body, "x"), {"index": 1}, "x is not a segment"),
        (
            lambda body: replay(ReplayedState(), body, "x"),
            {"index": 1, "commits": [{"serial": 1}]},
            "x is not a segment",
        ),
        (lambda body: open_book(body, "", "x"), {}, "x is not a snapshot"),
        (lambda body: open_book(body, "", "x"), {"cells": [["a"]], "index": 1}, "x is not a snapshot"),
        (lambda body: read_lease_body(body, "x"), {}, "x is not a lease"),
        (lambda body: read_lease_body(body, "x"), {"lease": None, "fence": "?", "index": 0}, "x is not a lease"),
        (lambda body: read_audit_body(body, "x"), {}, "x is not an audit"),
        (lambda body: read_audit_body(body, "x"), {"lines": "a"}, "x is not an audit"),
        (lambda body: read_audit_body(body, "x"), {"lines": [], "audit": "a"}, "x does not name a part of the audit"),
    ],
)
def test_what_is_no_such_object_is_named(read: Callable[[bytes], Any], fields: dict[str, object], message: str) -> None:
    with pytest.raises(StateCorrupt, match=f"^{message}; nothing was changed"):
        read(json.dumps({"format": 1, **fields}).encode())


@pytest.mark.parametrize("body", [b"[]", b'{"index": 1}', b"{"])
def test_an_object_without_a_format_is_refused(body: bytes) -> None:
    with pytest.raises(StateCorrupt):
        read_lease_body(body, "lease.json")


def test_an_object_of_a_newer_version_is_refused() -> None:
    with pytest.raises(StateTooNew):
        read_lease_body(edited(lease_body(LeaseDocument()), format=99), "lease.json")


def test_each_object_carries_bytes_that_nobody_can_guess() -> None:
    assert len(bytes.fromhex(json.loads(lease_body(LeaseDocument()))["nonce"])) >= 16
