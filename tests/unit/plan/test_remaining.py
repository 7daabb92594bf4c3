"""What remains is found by identifier, exactly as a search through everything would find it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_kit import CATALOG
from cloudwright.plan.context import PlanContext
from cloudwright.plan.identity import identifier_place, physical
from cloudwright.plan.mentions import names
from cloudwright.plan.remaining import Remaining
from cloudwright.state.snapshot import Snapshot
from dead_runs import TOPIC, record

if TYPE_CHECKING:
    from cloudwright.state.records import Record

ARN = "arn:aws:sns:us-east-1:111111111111:name1"


@pytest.mark.parametrize("text", [ARN, f"{ARN}:*", f"see {ARN}.", f"[{ARN}, x]", f"{ARN}/*"])
def test_a_text_names_an_arn_that_it_contains(text: str) -> None:
    assert names({"Value": [text]}, ARN)


@pytest.mark.parametrize("text", [f"{ARN}0", f"{ARN}-b", f"{ARN}_b", f"{ARN}.fifo", "name1"])
def test_a_text_does_not_name_an_arn_by_a_longer_one(text: str) -> None:
    assert not names({"Value": [text]}, ARN)


def remaining(records: list[Record], documents: dict[str, Any]) -> Remaining:
    snapshot = replace(Snapshot(app="demo", stage="test"), records=tuple(records))
    return Remaining(tuple(records), documents, PlanContext(snapshot=snapshot, catalog=CATALOG, fingerprint=repr))


IDENTIFIERS = st.sampled_from([ARN, f"{ARN}0", ARN.upper(), "name1", "NAME1", "name-1", "name.1", "other"])
TYPES = st.sampled_from([TOPIC, "AWS::S3::Bucket"])
TEXTS = st.one_of(IDENTIFIERS, IDENTIFIERS.map(lambda text: f"see {text}/*"))
DOCUMENTS = st.recursive(
    TEXTS, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3), max_leaves=5
)
RECORDS = st.builds(
    lambda key, generation, kind, identifier: record(
        key=key, generation=generation, type_name=kind, identifier=identifier
    ),
    st.sampled_from("abc"),
    st.integers(0, 2),
    TYPES,
    IDENTIFIERS,
)


@given(
    RECORDS,
    st.lists(RECORDS, max_size=6, unique_by=lambda one: one.id),
    st.dictionaries(st.sampled_from("abcd"), DOCUMENTS),
)
def test_it_finds_what_a_search_through_everything_finds(
    removed: Record, kept: list[Record], documents: dict[str, Any]
) -> None:
    found = remaining(kept, documents)
    others = [other for other in kept if other.id != removed.id]
    canonical = CATALOG.override(removed.type).canonical

    namers = [key for key, document in documents.items() if key != removed.key and names(document, removed.identifier)]
    twins = [other.key for other in others if physical_of(other) == physical_of(removed)]
    alike = [
        other
        for other in others
        if (other.type, place_of(other)) == (removed.type, place_of(removed))
        and canonical(other.identifier) == canonical(removed.identifier)
    ]

    assert found.naming(removed) in (namers or [""])
    assert found.twin(removed) == next(iter(twins), "")
    assert found.look_alike(removed) == next(iter(alike), None)
    assert found.keeps(removed.key) == (removed.key in documents or any(one.key == removed.key for one in kept))


def place_of(one: Record) -> object:
    return identifier_place(one.type, one.target, one.identifier)


def physical_of(one: Record) -> object:
    return physical(one.type, one.target, one.identifier)


def calls(size: int) -> int:
    """How many functions run while as many resources are looked up as remain."""
    kept = [record(key=f"kept{index}", identifier=f"{ARN}{index}") for index in range(size)]
    gone = [record(key=f"gone{index}", identifier=f"{ARN}9{index}") for index in range(size)]
    found = remaining(kept, {one.key: {"Value": [f"{one.identifier}/*"]} for one in kept})
    count = 0

    def step(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(step)
    try:
        for one in gone:
            found.naming(one), found.twin(one), found.look_alike(one), found.keeps(one.key)
    finally:
        sys.setprofile(None)
    return count


def test_removals_cost_in_proportion_to_their_number() -> None:
    calls(5)  # what is loaded and cached once

    assert calls(200) < 2.2 * calls(100)
