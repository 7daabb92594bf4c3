"""Who owns each element of a live list: the program, now or at an earlier deploy, or others.

An element is never identified by its position alone, since others may insert one before it. Three lists are compared:
the desired one, the one declared before, and the live one. The live elements are matched with those declared before,
and these with the desired ones; what remains in the live list is foreign.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cloudwright.diff.json_strings import exactly_equal
from cloudwright.diff.pairing import leaves
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.location import Location
    from cloudwright.diff.pairing import Pair

_ALIKE = 0.5
"""The share of an element's declared leaves that must agree for it to count as the same element, edited."""


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners of the elements of a live list.

    Attributes:
        pairs: Desired elements in their order, each with its live position; `None` if it is absent.
        dropped: Elements that the program declared before and doesn't now: position in the list declared before, and
            live position.
        foreign: Live positions of the elements that the program never declared.
        displacing: Desired elements that are paired with a foreign one, because the list is full: they replace it.
    """

    pairs: tuple[tuple[int, int | None], ...]
    dropped: tuple[tuple[int, int], ...] = ()
    foreign: tuple[int, ...] = ()
    displacing: tuple[int, ...] = ()

    @property
    def declared(self) -> list[tuple[int, int]]:
        """The desired elements that are live, with their live positions."""
        return [(index, at) for index, at in self.pairs if at is not None and index not in self.displacing]


def owners(arrays: Arrays, place: Location, want: Sequence[Any], have: Sequence[Any], before: Sequence[Any]) -> Owners:
    """Match a live list with the desired one and the one declared before.

    Args:
        arrays: Identifies the elements of the type's lists.
        place: The lists' location.
        want: The desired list.
        have: The live list.
        before: The list declared before.
    """
    if len(want) == len(have) and all(arrays.equal(place, one, other) for one, other in zip(want, have, strict=True)):
        return Owners(pairs=tuple((index, index) for index in range(len(want))))
    lived = dict(_surviving(arrays, place, before, have))
    kept = dict(_both(arrays.kept(place, want, before)))
    lost = {index for index, old in kept.items() if old not in lived}
    chain = {index: lived.pop(old) for index, old in kept.items() if old in lived}
    # Our remaining elements are matched as two lists of one owner; foreign ones only if they are the same.
    _join(chain, want, lived.values(), have, lambda some, left: arrays.pairs(place, some, left))
    strangers = [at for at in range(len(have)) if at not in chain.values() and at not in lived.values()]
    _join(chain, want, strangers, have, lambda some, left: arrays.same(place, some, left))
    first = sorted(range(len(want)), key=lambda index: index not in lost)
    displaced = _displaced(chain, first, strangers, have, _excess(place, want, have, chain, lived))
    chain.update(displaced)
    taken = set(chain.values())
    return Owners(
        pairs=tuple((index, chain.get(index)) for index in range(len(want))),
        dropped=tuple((old, at) for old, at in lived.items() if at not in taken),
        foreign=tuple(at for at in strangers if at not in taken),
        displacing=tuple(displaced),
    )


def _excess(
    place: Location, want: Sequence[Any], have: Sequence[Any], chain: Mapping[int, int], lived: Mapping[int, int]
) -> int:
    """By how many elements the list would be longer than the type allows if all foreign ones stayed."""
    most = min((each for each in place.shape.says("maxItems") if isinstance(each, int)), default=len(want) + len(have))
    dropped = set(lived.values()) - set(chain.values())
    return max(0, len(have) - len(dropped) + len(want) - len(chain) - most)


def adopted(arrays: Arrays, place: Location, want: Sequence[Any], have: Sequence[Any]) -> Owners:
    """Match the list of a resource that is being adopted with the desired one.

    Args:
        arrays: Identifies the elements of the type's lists.
        place: The lists' location.
        want: The desired list.
        have: The live list.
    """
    pairs = arrays.pairs(place, want, have)
    return Owners(
        pairs=tuple((index, at) for index, at in pairs if index is not None),
        foreign=tuple(at for index, at in pairs if index is None and at is not None),
    )


def is_reordered(arrays: Arrays, place: Location, want: Sequence[Any], have: Sequence[Any], found: Owners) -> bool:
    """Whether the desired elements of an ordered list have another order in the live one.

    Args:
        arrays: Identifies the elements of the type's lists.
        place: The lists' location.
        want: The desired list.
        have: The live list.
        found: The owners of the live elements.
    """
    places = [at for _, at in found.declared]
    if places == sorted(places) or arrays.keys(place) or arrays.is_unordered(place):
        return False
    there = zip((index for index, _ in found.declared), sorted(places), strict=True)
    return not all(arrays.equal(place, want[index], have[at]) for index, at in there)


def _join(
    chain: dict[int, int],
    want: Sequence[Any],
    places: Any,
    have: Sequence[Any],
    pair: Callable[[list[Any], list[Any]], list[Pair]],
) -> None:
    """Pair the still unmatched desired elements with the live ones at these positions."""
    alone = [index for index in range(len(want)) if index not in chain]
    left = sorted(set(places) - set(chain.values()))
    if alone and left:
        found = pair([want[index] for index in alone], [have[at] for at in left])
        chain.update({alone[one]: left[other] for one, other in _both(found)})


def _displaced(
    chain: Mapping[int, int], first: Iterable[int], strangers: Iterable[int], have: Sequence[Any], excess: int
) -> dict[int, int]:
    """The foreign elements of a full list that ours replace: the same ones whatever order a read returns them in."""
    alone = [index for index in first if index not in chain]
    left = sorted(set(strangers) - set(chain.values()), key=lambda at: json.dumps(have[at], sort_keys=True))
    return dict(zip(alone[:excess], left, strict=False))


def _both(pairs: Sequence[Pair]) -> Iterator[tuple[int, int]]:
    return ((one, other) for one, other in pairs if one is not None and other is not None)


def _surviving(arrays: Arrays, place: Location, before: Sequence[Any], have: Sequence[Any]) -> list[tuple[int, int]]:
    """Elements declared before, with their live counterparts."""
    if arrays.named(place, before, have):
        return list(_both(arrays.pairs(place, before, have)))
    head, likely = 0, 0 if arrays.is_unordered(place) else min(len(before), len(have))
    sizes = [leaves(one) for one in before] if likely else []
    while head < likely and _is_itself(arrays, place, before, have[head], head, sizes):
        head += 1
    found = [(index, index) for index in range(head)]
    rest = arrays.matching(place, before[head:], have[head:], least=_ALIKE)
    found += [(head + one, head + other) for one, other in _both(rest)]
    return found if arrays.is_unordered(place) else [*found, *_edited(found, len(before), len(have))]


def _is_itself(
    arrays: Arrays, place: Location, before: Sequence[Any], live: Any, at: int, sizes: Sequence[int]
) -> bool:
    """Whether a live element is the one declared before at its position, and not a fuller one that moved there."""
    if exactly_equal(before[at], live):
        return True
    if not arrays.equal(place, before[at], live):
        return False
    fuller = (one for one, size in zip(before, sizes, strict=True) if size > sizes[at])
    return not any(arrays.equal(place, one, live) for one in fuller)


def _edited(found: list[tuple[int, int]], before: int, have: int) -> Iterator[tuple[int, int]]:
    """Elements between the same two neighbours, as many as before: they were edited in place."""
    gaps: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    kept = dict(found)
    places = {at: index for index, at in found}
    for index in range(before):
        if index not in kept:
            gaps[max((at for at in kept if at < index), default=-1)][0].append(index)
    for at in range(have):
        if at not in places:
            nearest = max((one for one in places if one < at), default=-1)
            gaps[places.get(nearest, -1)][1].append(at)
    for old, new in gaps.values():
        if len(old) == len(new):
            yield from zip(old, new, strict=True)
