"""What kind of list a list is, and which of its elements belong together."""

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
"""What names an option where a list of attributes has no `Key`: ElasticBeanstalk option settings, RDS option groups."""


class Arrays:
    """Pairs elements by key, by likeness or by position, as the type has it."""

    def __init__(
        self,
        context: ComparisonContext,
        equal: Callable[[Location, Any, Any], bool],
        likeness: Callable[[Location, Any, Any], float],
    ) -> None:
        """Look at arrays in a context.

        Args:
            context: The type and how to look at it.
            equal: Whether two elements at a place mean the same.
            likeness: How alike two elements at a place are, from 0 to 1.
        """
        self.context = context
        self._equal = equal
        self._likeness = likeness

    def is_tags(self, place: Location) -> bool:
        """Whether this is the type's collection of tags.

        Args:
            place: Where it is.
        """
        return place.path != () and self.context.tag_paths.matches(place.path)

    def keys(self, place: Location) -> tuple[str, ...]:
        """The properties that name an element of the list; none if elements have no names.

        Args:
            place: Where the list is.
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
        """Whether the sequence of the elements means nothing, so that the service may return another one.

        Args:
            place: Where the list is.
        """
        override = self.context.override
        if override.ordered.matches(place.path) or override.unordered.matches(place.path):
            return override.unordered.matches(place.path)
        return place.shape.is_unordered or place.shape.is_attribute_list or self.is_tags(place)

    def pairs(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> list[Pair]:
        """Which elements of two lists of one owner belong together, the desired ones first and in their order.

        Args:
            place: Where the two lists are.
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
        """Which declared elements were declared before, as a plan without a read pairs them.

        Args:
            place: Where the two lists are.
            want: The desired list.
            before: The list declared before.
        """
        if self.is_reordered(place, want, before):
            return self.matching(place, want, before)
        return self.pairs(place, want, before)

    def named(self, place: Location, *lists: Sequence[Any]) -> bool:
        """Whether the elements of all these lists have names that tell them apart.

        Args:
            place: Where the lists are.
            lists: Their elements.
        """
        names = self.keys(place)
        return bool(names) and all(self._are_named(names, elements) for elements in lists)

    def equal(self, place: Location, want: Any, have: Any) -> bool:
        """Whether a desired element of the list means the same as one of the baseline.

        Args:
            place: Where the two lists are.
            want: The desired element.
            have: The baseline's element.
        """
        return self._equal(place.item(None, 0), want, have)

    def matching(self, place: Location, want: Sequence[Any], have: Sequence[Any], least: float = 0.0) -> list[Pair]:
        """Which elements belong together, wherever they stand.

        Args:
            place: Where the two lists are.
            want: The desired list.
            have: The baseline's list.
            least: How alike two elements must be that are not equal, from 0 to 1.
        """
        item = place.item(None, 0)

        def likeness(one: Any, other: Any) -> float:
            found = self._likeness(item, one, other)
            return found if found >= least else 0.0

        return pair_unordered(want, have, self._digest, lambda a, b: self._equal(item, a, b), likeness)

    def same(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> list[Pair]:
        """Which elements of two lists of different owners are the same: those of one name, or of one meaning.

        Args:
            place: Where the two lists are.
            want: The desired list.
            have: The elements that others put there.
        """
        if self.named(place, want, have):
            names = self.keys(place)
            return pair_by_key(want, have, lambda element: self._key(names, element), subset=True)
        return pair_unordered(want, have, self._digest, lambda a, b: self.equal(place, a, b), lambda *_: 0.0)

    def is_reordered(self, place: Location, want: Sequence[Any], have: Sequence[Any]) -> bool:
        """Whether an ordered list has the same elements in another sequence.

        Args:
            place: Where the two lists are.
            want: The desired list.
            have: The baseline's list.
        """
        if self.keys(place) or self.is_unordered(place):
            return False
        return is_reordered(want, have, self._digest, lambda a, b: self.equal(place, a, b))

    def is_system(self, place: Location, element: Any) -> bool:
        """Whether an undeclared element is the service's own: an attribute, or a tag that no program may set (CC41).

        Args:
            place: Where the list is.
            element: An element of the baseline.
        """
        if not self.is_tags(place):
            return place.shape.is_attribute_list
        key = self._key(self.keys(place), element)
        return isinstance(key, str) and key.lower().startswith("aws:")

    def _are_named(self, names: tuple[str, ...], elements: Sequence[Any]) -> bool:
        """Whether each element has a name of its own, as far as the names are known."""
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
