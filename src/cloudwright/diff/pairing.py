"""Matches elements of two arrays, so that differences are shown inside elements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

Pair = tuple[int | None, int | None]
"""Positions in the desired and in the baseline array; `None` for an element without a match."""

_MOST_COMPARED = 40_000
"""Limit of combinations that are compared by meaning; beyond it only identical elements match."""

_MOST_SCORED = 900
"""Limit of combinations of leftover elements that are scored; more are paired by position, to bound the work."""


def pair_by_key(
    want: Sequence[Any], have: Sequence[Any], key: Callable[[Any], Hashable | None], *, subset: bool = False
) -> list[Pair]:
    """Pair elements of equal key; elements whose key is not known yet match what is left, in order.

    Args:
        want: The desired array.
        have: The baseline's array.
        key: The key of an element; `None` if it has none that is known.
        subset: Ignore baseline elements without a match.
    """
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at in reversed(range(len(have))):
        places[key(have[at])].append(at)
    partners = [places[name].pop() if (name := key(item)) is not None and places[name] else None for item in want]
    left = sorted(set(range(len(have))) - {at for at in partners if at is not None})
    for index, item in enumerate(want):
        if partners[index] is None and key(item) is None and left and not subset:
            partners[index] = left.pop(0)
    return _in_order(partners, [] if subset else left)


def pair_unordered(
    want: Sequence[Any],
    have: Sequence[Any],
    digest: Callable[[Any], Hashable | None],
    equal: Callable[[Any, Any], bool],
    likeness: Callable[[Any, Any], float],
) -> list[Pair]:
    """Pair identical elements first, then those that mean the same, then the most similar of the rest.

    Args:
        want: The desired array.
        have: The baseline's array.
        digest: Equal for identical elements; `None` if identity can't be decided.
        equal: Whether two elements mean the same.
        likeness: How similar two elements are: 0 for nothing in common, growing with what they share.
    """
    exact = pair_by_key(want, have, digest, subset=True)
    partners = [at for _, at in exact]
    left = sorted(set(range(len(have))) - set(partners))
    alone = [index for index, at in enumerate(partners) if at is None]
    if len(alone) * len(left) <= _MOST_COMPARED:
        # The fullest first: an element of which little is declared equals many.
        for index in sorted(alone, key=lambda index: -leaves(want[index])):
            found = next((at for at in left if equal(want[index], have[at])), None)
            if found is not None:
                partners[index] = found
                left.remove(found)
        alone = [index for index, at in enumerate(partners) if at is None]
    for index, at in _most_alike(alone, left, lambda index, at: likeness(want[index], have[at])):
        partners[index] = at
        left.remove(at)
    return _in_order(partners, left)


def pair_ordered(want: Sequence[Any], have: Sequence[Any], equal: Callable[[Any, Any], bool]) -> list[Pair]:
    """Pair by position, but match equal elements at both ends across an insertion or a removal.

    Args:
        want: The desired array.
        have: The baseline's array.
        equal: Whether two elements mean the same.
    """
    shorter = min(len(want), len(have))
    head = 0
    while head < shorter and equal(want[head], have[head]):
        head += 1
    tail = 0
    while tail < shorter - head and equal(want[-1 - tail], have[-1 - tail]):
        tail += 1
    middle = min(len(want), len(have)) - head - tail
    partners: list[int | None] = [*range(head + middle)]
    partners += [None] * (len(want) - head - middle - tail)
    partners += [len(have) - tail + offset for offset in range(tail)]
    taken = set(partners)
    return _in_order(partners, [at for at in range(len(have)) if at not in taken])


def is_reordered(
    want: Sequence[Any],
    have: Sequence[Any],
    digest: Callable[[Any], Hashable | None],
    equal: Callable[[Any, Any], bool],
) -> bool:
    """Whether two arrays differ, but only in the sequence of their elements (CC30).

    Args:
        want: The desired array.
        have: The baseline's array.
        digest: Equal for identical elements; `None` if identity can't be decided.
        equal: Whether two elements mean the same.
    """
    if len(want) != len(have) or all(map(equal, want, have)):
        return False
    pairs = pair_unordered(want, have, digest, equal, lambda *_: 0.0)
    return all(index is not None and at is not None for index, at in pairs)


def leaves(value: Any) -> int:
    """How many leaves a value has.

    Args:
        value: A JSON value that may hold `Secret` objects and placeholders.
    """
    if isinstance(value, Mapping):
        return sum(leaves(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(leaves(item) for item in value)
    return 1


def _most_alike(alone: list[int], left: list[int], likeness: Callable[[int, int], float]) -> list[tuple[int, int]]:
    if len(alone) * len(left) > _MOST_SCORED:
        return [(index, at) for index, at in zip(alone, left, strict=False) if likeness(index, at) > 0]
    scored = [(-likeness(index, at), index, at) for index in alone for at in left]
    pairs, used, taken = [], set[int](), set[int]()
    for score, index, at in sorted(scored):
        if score < 0 and index not in used and at not in taken:
            pairs.append((index, at))
            used.add(index)
            taken.add(at)
    return pairs


def _in_order(partners: list[int | None], left: Sequence[int]) -> list[Pair]:
    return [*enumerate(partners), *((None, at) for at in left)]
