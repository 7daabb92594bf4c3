"""The comparisons with what a read returned: of a recorded resource, and of one that is adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.declared import ABSENT, DeclaredComparison
from cloudwright.diff.json_strings import parsed
from cloudwright.diff.masking import revealed
from cloudwright.diff.model import NO_LONGER, REORDERED, VALUE_DIFFERS
from cloudwright.diff.ownership import Owners, adopted, is_reordered, owners
from cloudwright.diff.policy import foreign_statements, is_policy, without_statements
from cloudwright.lazy_dataclass import replace
from cloudwright.secret import is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.diff.location import Location
    from cloudwright.diff.model import Difference

_FULL = "the list is full: replaces an element that was added outside cloudwright"


class LiveComparison(DeclaredComparison):
    """The comparison with a read's answer."""

    def array(self, place: Location, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        """The differences of a list, and its foreign elements."""
        found = self.owners(place, want, have, before)
        sequence = tuple(at for _, at in found.pairs)
        if is_reordered(self.arrays, place, want, have, found):
            yield replace(self.found("order", place, want, have, before, REORDERED), sequence=sequence)
        partners = dict(self.arrays.kept(place, want, before))
        for index in found.displacing:
            yield self.displacing(place.item(index, sequence[index]), want[index], have[sequence[index]])
        for pair in (one for one in found.pairs if one[0] not in found.displacing):
            partner = partners.get(pair[0])
            inside = self.element(place, pair, want, have, before, partner)
            if pair[1] is None and not self.arrays.is_unordered(place):
                inside = (replace(each, sequence=sequence) for each in inside)
            yield from inside
        for old, at in found.dropped:
            gone = replace(place.item(None, at), path=(*place.path, str(old)))
            yield from self.former_element(gone, have[at], before[old], named=self.arrays.named(place, have, before))
        for at in found.foreign:
            if have[at] is not ABSENT and not self.arrays.is_system(place, have[at]):
                yield self.others(place.item(None, at), have[at], (*want, *before))

    def displacing(self, place: Location, want: Any, have: Any) -> Difference:
        """The difference of an element that replaces a foreign one."""
        unknown = self.context.holds_unknown(want)
        return replace(self.found("replace", place, want, have, ABSENT, _FULL, unknown=unknown), displaces=True)

    def owners(self, place: Location, want: Any, have: Any, before: Any) -> Owners:
        """Who owns the live elements."""
        return owners(self.arrays, place, want, have, before)

    def former_element(self, place: Location, have: Any, before: Any, *, named: bool) -> Iterator[Difference]:
        """An element that is no longer declared, with the foreign additions inside it."""
        if have is not ABSENT:
            gone = self.found("remove", place, ABSENT, have, before, NO_LONGER)
            yield replace(gone, edited=gone.edited and not named)
            yield from (each for each in self.value(place, before, have, before) if each.foreign)

    def is_edited(self, place: Location, want: Any, have: Any, before: Any) -> bool:
        """Whether a value that is removed as a whole differs from what the program declared before."""
        # Elements of a list and documents within a text are removed as a whole; a comparison with itself finds nothing.
        if before is ABSENT or before is want or is_secret_marker(before) or have is ABSENT:
            return False
        document = is_policy(have) or (isinstance(have, str) and isinstance(parsed(have), (dict, list)))
        # Elements that others added to an exclusive collection are not foreign, and are removed with it.
        exclusive = self.context.exclusive.covers(place.path) or self.context.exclusive.reaches(place.path)
        return (document or exclusive or place.is_element) and not self.equal(place, before, have)

    def missing(self, place: Location, want: Any, before: Any) -> Iterator[Difference]:
        """The difference of a declared value that the live document lacks."""
        # A service may return no list for an empty one; an empty object, however, may be a union's chosen branch.
        unset = want == {} and self.context.override.empty_means_unset.covers(place.path)
        if want != [] and not unset:
            yield from super().missing(place, want, before)

    def visible(self, place: Location, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        """The differences of a value that a read returns; policies are compared by statement."""
        live = parsed(have)
        if not self.context.holds_unknown(want) and is_policy(live) and is_policy(parsed(revealed(want))):
            yield from self.policy(place, want, live, before)
        else:
            yield from super().visible(place, want, have, before)

    def policy(self, place: Location, want: Any, have: dict[str, Any], before: Any) -> Iterator[Difference]:
        """What differs in a policy, without foreign statements."""
        others = foreign_statements(parsed(revealed(want)), have, parsed(before))
        if self.context.is_exclusive((*place.path, "Statement")):
            others = {}
        ours = without_statements(have, others)
        if not self.means(place, want, ours, before):
            yield self.found("replace", place, want, ours, before, VALUE_DIFFERS)
        for at, statement in others.items():
            yield self.others(place.key("Statement", have).item(None, at), statement, ())


class AdoptionComparison(LiveComparison):
    """The comparison with a read of a resource that was created outside cloudwright."""

    def owners(self, place: Location, want: Any, have: Any, before: Any) -> Owners:
        """Who owns the live elements, with no record of an earlier declaration."""
        del before
        return adopted(self.arrays, place, want, have)

    def hidden(self, place: Location, want: Any, before: Any) -> Iterator[Difference]:
        """Nothing: the write-only values of an adopted resource are unknown, so they count as equal (CC32)."""
        del place, want, before
        return iter(())

    def is_unchanged(self, place: Location, want: Any, before: Any) -> bool:
        """True: nothing was declared before."""
        del place, want, before
        return True
