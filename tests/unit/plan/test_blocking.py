"""What blocks an early delete is found by an index, exactly as a search through everything would find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.plan.blocking import RemovedRecords
from cloudwright.plan.mentions import Mentions, names
from dead_runs import record

if TYPE_CHECKING:
    from cloudwright.state.records import Record

ARN = "arn:aws:sns:us-east-1:111111111111:"
KEYS = "abcdef"
IDENTIFIERS = st.sampled_from([*(f"{ARN}{key}" for key in KEYS), *KEYS, f"{ARN}a0", "arn:", ARN * 5])
TEXTS = st.one_of(
    IDENTIFIERS,
    st.lists(IDENTIFIERS, max_size=3).map("/* ".join),
    st.tuples(IDENTIFIERS, st.sampled_from(["", ".", ".b", "-", ":x", "0", "é", "\n"])).map("".join),
)
DOCUMENTS = st.dictionaries(st.sampled_from("PQ"), TEXTS | st.lists(TEXTS, max_size=2), max_size=2)
RECORDS = st.builds(
    lambda key, generation, identifier, declared, depends_on: record(
        key=key, generation=generation, identifier=identifier, declared=declared, depends_on=depends_on
    ),
    st.sampled_from(KEYS),
    st.integers(0, 1),
    IDENTIFIERS,
    DOCUMENTS,
    st.lists(st.sampled_from(KEYS), max_size=2, unique=True).map(tuple),
)


def searched(early: Record, removed: list[Record]) -> list[Record]:
    """What refers to a record, directly or not, found the long way."""
    rest, found = [one for one in removed if one.id != early.id], [early]
    for one in found:
        blocking = [other for other in rest if one.key in other.depends_on or names(other.declared, one.identifier)]
        found += blocking
        rest = [other for other in rest if other not in blocking]
    return found[1:]


@given(RECORDS, st.lists(RECORDS, max_size=7, unique_by=lambda one: one.id))
def test_it_finds_what_a_search_finds_in_the_same_order(early: Record, removed: list[Record]) -> None:
    assert RemovedRecords(removed).blocking(early) == searched(early, removed)


@given(st.lists(RECORDS, max_size=4), st.lists(RECORDS, max_size=7, unique_by=lambda one: one.id))
def test_the_last_reason_counts(early: list[Record], removed: list[Record]) -> None:
    index, known = RemovedRecords(removed), {one.id: one for one in removed}
    early = [known.get(one.id, one) for one in early]
    reasons = {other.id: f"for {place}" for place, one in enumerate(early) for other in searched(one, removed)}
    together = {each.id: each for one in early for each in searched(one, removed)}

    for one in early:
        reasons.pop(one.id, None)
    assert index.reasons([(one, f"for {place}") for place, one in enumerate(early)]) == reasons
    assert {each.id for each in index.blocking(*early)} == together.keys() - {one.id for one in early}


@given(st.dictionaries(st.sampled_from(KEYS), DOCUMENTS), IDENTIFIERS)
def test_an_identifier_is_found_in_every_document_that_names_it(documents: dict[str, object], identifier: str) -> None:
    assert set(Mentions(documents.items()).of(identifier)) == {
        key for key, document in documents.items() if names(document, identifier)
    }
