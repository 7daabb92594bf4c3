"""Which elements of two lists are the same element."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from cloudwright.diff.pairing import is_reordered, pair_by_key, pair_ordered, pair_unordered


def identity(value: Any) -> Any:
    return value


def shared(one: str, other: str) -> float:
    return len(set(one) & set(other))


def test_identical_elements_find_each_other_before_similar_ones() -> None:
    pairs = pair_unordered(["ab", "abc"], ["abc", "abd"], identity, operator.eq, shared)

    assert [(0, 1), (1, 0)] == pairs


def test_elements_without_anything_in_common_stay_alone() -> None:
    assert [(0, None), (None, 0)] == pair_unordered(["ab"], ["xy"], identity, operator.eq, shared)


def test_a_multiset_counts_its_elements() -> None:
    pairs = pair_unordered(["a", "a"], ["a"], identity, operator.eq, lambda *_: 0.0)

    assert [(0, 0), (1, None)] == pairs


def test_an_element_whose_key_is_unknown_takes_what_is_left() -> None:
    assert [(0, 1), (1, 0)] == pair_by_key([None, "a"], ["a", "b"], identity)


def test_ordered_lists_pair_past_an_insertion_and_a_removal() -> None:
    assert [(0, None), (1, 0), (2, 1)] == pair_ordered(["n", "a", "b"], ["a", "b"], operator.eq)
    assert [(0, 1), (1, 2), (None, 0)] == pair_ordered(["a", "b"], ["n", "a", "b"], operator.eq)
    assert [(0, 0), (1, 1), (2, 2)] == pair_ordered(["a", "x", "c"], ["a", "b", "c"], operator.eq)


def test_a_permutation_is_distinguished_from_a_change() -> None:
    assert is_reordered(["a", "b", "b"], ["b", "a", "b"], identity, operator.eq)
    assert not is_reordered(["a", "b"], ["a", "b"], identity, operator.eq)
    assert not is_reordered(["a", "a", "b"], ["a", "b", "b"], identity, operator.eq)


def test_thousands_of_elements_are_paired_in_a_moment() -> None:
    want = [str(number) for number in range(3_000)]
    have = [str(number) for number in reversed(range(1, 3_001))]

    pairs = pair_unordered(want, have, identity, operator.eq, lambda *_: 0.0)

    assert 2_999 == sum(1 for index, at in pairs if index is not None and at is not None)


@pytest.mark.parametrize(
    ("want", "have", "pairs"),
    [
        ("axb", "ab", [(0, 0), (1, None), (2, 1)]),
        ("ab", "axb", [(0, 0), (1, 2), (None, 1)]),
        ("abc", "axc", [(0, 0), (1, 1), (2, 2)]),
        ("abxcd", "abcd", [(0, 0), (1, 1), (2, None), (3, 2), (4, 3)]),
        ("", "a", [(None, 0)]),
        ("aa", "a", [(0, 0), (1, None)]),
    ],
)
def test_an_insertion_or_removal_leaves_the_elements_at_both_ends_in_pairs(
    want: str, have: str, pairs: list[tuple[int | None, int | None]]
) -> None:
    assert pair_ordered(want, have, lambda one, other: one == other) == pairs


@pytest.mark.parametrize(("likeness", "partner"), [(0.0, None), (0.5, 0)])
def test_of_very_many_leftover_elements_the_ones_at_the_same_place_are_paired_if_they_are_alike(
    likeness: float, partner: int | None
) -> None:
    want, have = [{"a": n} for n in range(40)], [{"b": n} for n in range(40)]
    pairs = pair_unordered(want, have, repr, lambda *_: False, lambda *_: likeness)

    assert pairs[0] == (0, partner)
    assert len(pairs) == (80 if partner is None else 40)
