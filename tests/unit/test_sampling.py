"""Samples are drawn by the seed, reach every case in the end, and never leave out a whole test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sampling import Sampling, keep

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = list("abcdefghij")


def test_the_same_seed_takes_the_same_cases_in_their_order() -> None:
    taken = Sampling(7).take(CASES, 3, "one")

    assert taken == sorted(Sampling(7).take(CASES, 3, "one"))
    assert len(taken) == 4
    assert [taken] * 20 != [Sampling(seed).take(CASES, 3, "one") for seed in range(20)]
    assert [taken] * 20 != [Sampling(7).take(CASES, 3, str(name)) for name in range(20)]


def test_every_case_is_taken_by_some_seed() -> None:
    assert set(CASES) == {case for seed in range(50) for case in Sampling(seed).take(CASES, 5, "one")}
    assert set(range(8)) == {Sampling(seed).first(8, "one")[0] for seed in range(100)}


def test_a_whole_run_takes_everything() -> None:
    assert Sampling(7, whole=True).take(CASES, 3, "one") == CASES
    assert Sampling(7, whole=True).first(8, "one") == (0, 1)


@pytest.mark.parametrize("many", [1, 2, 3])
def test_one_case_is_always_taken(many: int) -> None:
    assert len(Sampling(7).take(CASES[:many], 3, "one")) == 1
    assert Sampling(7).take([], 3, "one") == []


@pytest.fixture
def marked(request: pytest.FixtureRequest) -> Iterator[list[pytest.Item]]:
    """The tests of this run in this file, as if those with cases were sampled."""
    items = [item for item in request.session.items if item.path == request.path]
    before = {item: list(item.own_markers) for item in items}
    for item in items:
        if "[" in item.name:
            item.add_marker(pytest.mark.sampled(2))
    yield items
    for item, markers in before.items():
        item.own_markers[:] = markers


def test_only_cases_of_marked_tests_are_left_out(marked: list[pytest.Item]) -> None:
    cases = [item for item in marked if "[" in item.name]
    kept, left_out = keep(marked, Sampling(7))

    assert keep(marked[::-1], Sampling(7))[0] == kept[::-1]
    assert sorted(item.nodeid for item in (*kept, *left_out)) == sorted(item.nodeid for item in marked)
    assert set(left_out) < set(cases) or len(cases) < 2
    assert len(left_out) == len(cases) // 2
    assert keep(marked, Sampling(7, whole=True)) == (marked, [])
