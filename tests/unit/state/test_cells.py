"""The stored form: addresses, lines, and what damaged cells say."""

from __future__ import annotations

import gc

import pytest

from cloudwright.errors import StateCorrupt
from cloudwright.state.cells import Address, Batch, CellKind, assemble, disassemble, lines_of, record_line, uses_in
from cloudwright.state.changes import PutEntry, PutLearned, PutOutputs, PutRecord, StateChange
from cloudwright.state.leases.lease import new_lease
from cloudwright.state.snapshot import Snapshot
from conformance.state import ANNA, FULL_ACTION, FULL_RECORD, TTL, entry, record


def test_an_address_reads_as_what_it_names() -> None:
    assert str(Address(CellKind.RECORD, "bucket")) == "record 'bucket' (generation 0)"
    assert str(Address(CellKind.RECORD, "bucket", 2)) == "record 'bucket' (generation 2)"
    assert str(Address(CellKind.OUTPUTS)) == "outputs"


def test_a_line_keeps_its_content_out_of_logs() -> None:
    line = record_line(record(declared={"Name": "a-value-of-the-user"}))

    assert "a-value-of-the-user" in (line.text or "")
    assert "a-value-of-the-user" not in repr(line)


@pytest.mark.parametrize(
    ("change", "counts", "remembered"),
    [
        (PutRecord(record()), True, True),
        (PutOutputs({"o": 1}), True, True),
        (PutEntry(entry()), True, False),
        (PutLearned({"rate": 1}), False, False),
    ],
)
def test_what_a_deploy_changed_counts_and_its_results_are_remembered(
    change: StateChange, *, counts: bool, remembered: bool
) -> None:
    [line] = lines_of([change])

    assert (line.counts, line.remembered) == (counts, remembered)
    assert Batch(new_lease(ANNA, ttl=TTL, fence=1, now=0.0), (line,)).step == counts


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"outputs": {"o": 1}},
        {"uses": ("net/dev",)},
        {"sealing": {"kind": "file"}},
        {"lookups": {"ami": "ami-1"}},
        {"learned": {"rate": 3}},
        {"actions": (FULL_ACTION,)},
        {"records": (FULL_RECORD,), "journal": (entry(),)},
    ],
    ids=lambda fields: "-".join(fields) or "empty",
)
def test_each_part_of_a_state_has_its_own_cells(fields: dict[str, object]) -> None:
    state = Snapshot(app="shop", stage="dev", serial=3, **fields)  # type: ignore[arg-type]
    cells = disassemble(state)

    assert assemble("shop", "dev", 3, cells) == state
    assert len(cells) == len(fields)


def test_a_state_without_outputs_has_no_cell_for_them() -> None:
    assert disassemble(Snapshot(app="shop", stage="dev")) == {}


@pytest.mark.parametrize(
    ("address", "text", "message"),
    [
        (Address(CellKind.RECORD, "a"), "{", r"record 'a' \(generation 0\) in the state of shop/dev is not JSON"),
        (Address(CellKind.RECORD, "a"), "1,2", r"record 'a' \(generation 0\) in the state of shop/dev is not JSON"),
        (Address(CellKind.SEALING), "[]", "sealing in the state of shop/dev is not an object"),
        (Address(CellKind.LOOKUPS), '"x"', "lookups in the state of shop/dev is not an object"),
        (Address(CellKind.OUTPUTS), '{"outputs":[1]}', "outputs in the state of shop/dev is not an object"),
    ],
)
def test_a_damaged_cell_is_named(address: Address, text: str, message: str) -> None:
    with pytest.raises(StateCorrupt, match=message):
        assemble("shop", "dev", 1, {address: text})


def test_the_apps_that_a_state_uses_are_read_from_its_outputs() -> None:
    assert uses_in('{"outputs":{},"uses":["net/dev"]}') == ("net/dev",)
    assert uses_in("{}") == ()
    with pytest.raises(StateCorrupt, match="the outputs of a state are not an object"):
        uses_in("[]")


@pytest.mark.parametrize("working", [True, False])
def test_reading_a_state_leaves_garbage_collection_as_it_was(*, working: bool) -> None:
    before = gc.isenabled()
    (gc.enable if working else gc.disable)()
    try:
        assemble("shop", "dev", 0, {})
        assert gc.isenabled() is working
    finally:
        (gc.enable if before else gc.disable)()
