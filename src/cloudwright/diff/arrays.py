"""Classifies lists, and matches the elements of two lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwright.diff.masking import revealed
from cloudwright.diff.pairing import Pair, is_reordered, pair_by_key, pair_ordered, pair_unordered

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.location import Location

_ATTRIBUTE_KEYS = ("Namespace", "OptionName", "ResourceName")
"""The identifying property of a list of attributes without `Key`.

ElasticBeanstalk option settings, RDS option groups.
"""


class Arrays:
    """Pairs elements by key, by similarity or by position, depending on the type."""

    def __init__(
        self,
        context: ComparisonContext,
        equal: Callable[[Location, Any, Any], bool],
        likeness: Callable[[Location, Any, Any], float],
    ) -> None:
        """Compare arrays of one type.

        Args:
            context: The type and its comparison rules.
            equal: Whether two elements at a location mean the same.
            likeness: How similar two elements at a location are, from 0 to 1.
        """
        self.context = context
        self._equal = equal
        self._likeness = likeness

    def is_tags(self, place: Location) -> bool:
        """Whether this is the type's collection of tags."""
        return place.path != () and self.context.tag_paths.matches(place.path)

    def keys(self, place: Location) -> tuple[str, ...]:
        """The properties that identify an element of the list; none if elements have no identity.

        Args:
            place: The list's location.
        """
        given = self.context.override.list_keys.at(place.path)
        if given:
            return (given,)
        names = place.shape.item().properties
        if self.is_tags(place):
            return tuple(sorted(name for name in names if name.lower() in {"key", "tagkey"}))[:1]
        if not place.shape.is_attribute_list:
            return ()
        return ("Key",) if "Key" in names else tuple(name for name in _ATTRIBUTE_KEYS if name in names)

    def is_unordered(self, place: Location) -> bool:
        """Whether the order of the elements is irrelevant, so that the service may return another one.

        Args:
            place: The list's location.
        """
        override = self.context.override
        if override.ordered.matches(place.path) or override.unordered.matches(place.path):
            return override.unordered.matches(place.path)
        return place.shape.is_unordered or place.shape.is_attribute_list or self.is_tags(place)

    def pairs(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> list[Pair]:
        """Match the elements of two lists of the same owner, the desired ones first and in their order.

        Args:
            place: The location of the two lists.
            want: The desired list.
            have: The baseline's list.
        """
        if self.named(place, want, have):
            names = self.keys(place)
            return pair_by_key(want, have, lambda element: self._key(names, element))
        if self.keys(place) or self.is_unordered(place):
            return self.matching(place, want, have)
        return pair_ordered(want, have, lambda a, b: self.equal(place, a, b))

    def kept(self, place: Location, want: Sequence[Any], before: Sequence[Any]) -> list[Pair]:
        """Match declared elements with those declared before, for a plan without a read."""
        if self.is_reordered(place, want, before):
            return self.matching(place, want, before)
        return self.pairs(place, want, before)

    def named(self, place: Location, *lists: Sequence[Any]) -> bool:
        """Whether the elements of all these lists have distinct keys.

        Args:
            place: The lists' location.
            lists: Their elements.
        """
        names = self.keys(place)
        return bool(names) and all(self._are_named(names, elements) for elements in lists)

    def equal(self, place: Location, want: Any, have: Any) -> bool:
        """Whether a desired element of the list means the same as one of the baseline.

        Args:
            place: The location of the two lists.
            want: The desired element.
            have: The baseline's element.
        """
        return self._equal(place.item(None, 0), want, have)

    def matching(self, place: Location, want: Sequence[Any], have: Sequence[Any], least: float = 0.0) -> list[Pair]:
        """Match elements independently of their positions.

        Args:
            place: The location of the two lists.
            want: The desired list.
            have: The baseline's list.
            least: Minimum similarity of two elements that are not equal, from 0 to 1.
        """
        item = place.item(None, 0)

        def likeness(one: Any, other: Any) -> float:
            found = self._likeness(item, one, other)
            return found if found >= least else 0.0

        return pair_unordered(want, have, self._digest, lambda a, b: self._equal(item, a, b), likeness)

    def same(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> list[Pair]:
        """Match elements of two lists of different owners: those with the same key or the same meaning."""
        if self.named(place, want, have):
            names = self.keys(place)
            return pair_by_key(want, have, lambda element: self._key(names, element), subset=True)
        return pair_unordered(want, have, self._digest, lambda a, b: self.equal(place, a, b), lambda *_: 0.0)

    def is_reordered(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> bool:
        """Whether an ordered list has the same elements in another order.

        Args:
            place: The location of the two lists.
            want: The desired list.
            have: The baseline's list.
        """
        if self.keys(place) or self.is_unordered(place):
            return False
        return is_reordered(want, have, self._digest, lambda a, b: self.equal(place, a, b))

    def is_system(self, place: Location, element: Any) -> bool:
        """Whether an undeclared element is the service's own: an attribute, or a tag that no program may set (CC41).

        Args:
            place: The list's location.
            element: An element of the baseline.
        """
        if not self.is_tags(place):
            return place.shape.is_attribute_list
        key = self._key(self.keys(place), element)
        return isinstance(key, str) and key.lower().startswith("aws:")

    def _are_named(self, names: tuple[str, ...], elements: Sequence[Any]) -> bool:
        """Whether each element has a distinct key, as far as the keys are known."""
        known = [self._key(names, element) for element in elements if not self._awaits_name(names, element)]
        return None not in known and len(known) == len(set(known))

    def _awaits_name(self, names: tuple[str, ...], element: Any) -> bool:
        if isinstance(element, Mapping):
            return any(self.context.is_unknown(element.get(name)) for name in names)
        return self.context.is_unknown(element)

    def _key(self, names: tuple[str, ...], element: Any) -> Hashable | None:
        if not isinstance(element, Mapping):
            return None
        values = [element.get(name) for name in names]
        if any(self.context.is_unknown(value) for value in values):
            return None
        clear = [revealed(value) for value in values]
        key = json.dumps(clear, sort_keys=True) if len(clear) > 1 else clear[0]
        return key if isinstance(key, Hashable) else None

    def _digest(self, element: Any) -> Hashable | None:
        if self.context.is_unknown(element):
            return None
        try:
            return json.dumps(element, sort_keys=True)
        except TypeError:  # a secret, or a placeholder deep inside
            return None
