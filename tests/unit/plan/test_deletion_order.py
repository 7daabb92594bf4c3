"""The order of deletes: the edges between records, but where they form a cycle the order of creation."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.plan.dependency_order import deletion_needs, deletion_order
from dead_runs import record

if TYPE_CHECKING:
    from cloudwright.state.records import Record

KEYS = "abcdefg"
EDGES = st.dictionaries(st.sampled_from(KEYS), st.sets(st.sampled_from(KEYS), max_size=3))


def recorded(edges: dict[str, set[str]], created: list[str]) -> list[Record]:
    return [
        record(key=key, depends_on=tuple(sorted(needs)), order=created.index(key))
        for key, needs in sorted(edges.items())
    ]


def reached(edges: dict[str, set[str]], start: str) -> set[str]:
    """The keys that a key depends on, directly or not."""
    found, waiting = set[str](), [start]
    while waiting:
        fresh = edges.get(waiting.pop(), set()) & edges.keys() - found
        found |= fresh
        waiting += fresh
    return found


@given(EDGES, st.permutations(KEYS))
def test_only_edges_of_a_cycle_are_ever_given_up(edges: dict[str, set[str]], created: list[str]) -> None:
    needs = deletion_needs(recorded(edges, created))
    edges = {key: others & edges.keys() - {key} for key, others in edges.items()}
    cyclic = {key for key in edges if key in reached(edges, key)}
    after = {key for one in cyclic for key in reached(edges, one)}
    between = {key for key in after if cyclic & reached(edges, key)}

    for dependent, dependencies in edges.items():
        for key in dependencies:
            kept = (dependent, 0) in needs[key, 0]
            both = {dependent, key} <= between
            assert kept == (not both or created.index(dependent) > created.index(key))


@given(EDGES, st.permutations(KEYS))
def test_there_is_always_an_order(edges: dict[str, set[str]], created: list[str]) -> None:
    records = recorded(edges, created)

    TopologicalSorter(deletion_needs(records)).prepare()
    assert sorted(each.key for each in deletion_order(records)) == sorted(edges)


def test_a_chain_keeps_its_order_next_to_a_cycle() -> None:
    edges = {"a": {"b"}, "b": {"a"}, "c": set[str](), "d": {"c"}}

    order = [each.key for each in deletion_order(recorded(edges, ["d", "c", "b", "a", "e", "f", "g"]))]

    assert order.index("d") < order.index("c")
