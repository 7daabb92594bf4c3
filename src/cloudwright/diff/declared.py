"""The comparison of a desired document with the one that the program declared before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from cloudwright.diff.arrays import Arrays
from cloudwright.diff.equality import same_leaf
from cloudwright.diff.json_strings import exactly_equal
from cloudwright.diff.location import Location
from cloudwright.diff.masking import holds_secret, marker, revealed, scrubbed, with_markers
from cloudwright.diff.model import (
    KNOWN_LATER,
    MISSING,
    NO_LONGER,
    REORDERED,
    VALUE_DIFFERS,
    Difference,
    Kind,
)
from cloudwright.diff.pairing import leaves
from cloudwright.diff.policy import is_policy
from cloudwright.lazy_dataclass import replace
from cloudwright.schema.pointer import get
from cloudwright.secret import SECRET_MARKER, Secret, is_secret_marker

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.pairing import Pair

ABSENT: Final[Any] = None
"""A null and a missing property are the same thing in every document (CC16, CC20)."""

_WRITE_ONLY = "differs from what was sent before; reads never return it"

_FOREIGN = "added outside cloudwright"

_EXCLUDED = "added outside cloudwright, where only declared elements may exist"

_UNSETTABLE = "write-only and no longer declared: an update can't unset it"


class DeclaredComparison:
    """The comparison with a declared document."""

    def __init__(self, context: ComparisonContext) -> None:
        self.context = context
        self.arrays: Arrays = Arrays(context, self.equal, self.likeness)

    def differences(
        self, desired: Mapping[str, Any], baseline: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[Difference]:
        """All differences of a document, in the order of its properties."""
        # Most of a program is unchanged, and identity is the fastest test for that.
        if before is baseline and exactly_equal(desired, baseline):
            return iter(())
        return self.mapping(Location.root(self.context.resource_type), scrubbed(desired), baseline, before)

    def value(self, place: Location, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        """The differences of one value of any kind."""
        if self.is_identical(place, want, have, before) or self.context.is_given(place.path):
            return
        if self.context.is_unknown(want):
            yield self.found(
                "replace" if have is not ABSENT else "add", place, want, have, before, KNOWN_LATER, unknown=True
            )
        elif self.context.is_hidden(place.path):
            yield from self.hidden(place, want, before)
        elif isinstance(want, Secret) or is_secret_marker(have) or is_secret_marker(want):
            yield from self.secret(place, want, have)
        elif have is ABSENT:
            yield from self.missing(place, want, before)
        else:
            yield from self.visible(place, want, have, before)

    def is_identical(self, place: Location, want: Any, have: Any, before: Any) -> bool:
        """Whether a value is the same in the same spelling, so that nothing needs a closer comparison."""
        # A live document may be equal in everything it shows and still lack a write-only value.
        return exactly_equal(want, have) and (have is before or not self.context.hides_below(place.path))

    def visible(self, place: Location, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        """The differences of a value that a read returns."""
        if isinstance(want, Mapping) and isinstance(have, Mapping) and not (is_policy(want) and is_policy(have)):
            yield from self.mapping(place, want, have, before if isinstance(before, Mapping) else {})
        elif isinstance(want, (list, tuple)) and isinstance(have, (list, tuple)):
            yield from self.array(place, want, have, before if isinstance(before, (list, tuple)) else [])
        elif self.context.holds_unknown(want):
            yield self.found("replace", place, want, have, before, KNOWN_LATER, unknown=True)
        elif not self.means(place, want, have, before):
            yield self.found("replace", place, want, have, before, VALUE_DIFFERS)

    def means(self, place: Location, want: Any, have: Any, before: Any) -> bool:
        """Whether two leaves mean the same, however they are spelled."""
        clear = revealed(want)
        same = same_leaf(self.context, place, clear, have)
        # An undecidable difference is not drift, but a changed declaration is a change.
        return self.is_unchanged(place, clear, before) if same is None else same

    def is_unchanged(self, place: Location, want: Any, before: Any) -> bool:
        """Whether a leaf with no comparable live value is declared as it was before."""
        if is_secret_marker(before):
            return bool(marker(want, self.context.fingerprint) == before)
        return before is not ABSENT and same_leaf(self.context, place, want, revealed(before)) is True

    def mapping(
        self, place: Location, want: Mapping[str, Any], have: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[Difference]:
        """The differences of an object: those of its declared members, then those of the ones no longer declared."""
        for name, value in want.items():
            if value is not ABSENT:
                yield from self.value(place.key(name, want), value, have.get(name), before.get(name))
        for name in before:
            if want.get(name) is ABSENT and before[name] is not ABSENT:
                yield from self.dropped(place.key(name, want), have.get(name), before.get(name))
        yield from self.undeclared(place, want, have, before)

    def undeclared(
        self, place: Location, want: Mapping[str, Any], have: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[Difference]:
        """Foreign members of a map or of a document that the schema does not describe."""
        if have is before or not place.path or not (place.shape.is_map or place.shape.is_free):
            return
        for name, value in have.items():
            added = want.get(name) is ABSENT and before.get(name) is ABSENT and value is not ABSENT
            if added and not (self.arrays.is_tags(place) and name.lower().startswith("aws:")):
                yield self.others(place.key(name, want), value, (*want.values(), *before.values()))

    def others(self, place: Location, have: Any, siblings: Iterable[Any]) -> Difference:
        """The difference of an element that the program never declared; it is masked if its siblings are."""
        foreign = not self.context.is_exclusive(place.path[:-1])
        reason = _FOREIGN if foreign else _EXCLUDED
        old = self.context.shown(have, place.path, *siblings)
        return replace(self.found("remove", place, ABSENT, old, ABSENT, reason), foreign=foreign)

    def array(self, place: Location, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        """The differences of a list, element by element."""
        if self.arrays.is_reordered(place, want, have):
            yield self.found("order", place, want, have, before, REORDERED)
            return
        partners = dict(self.arrays.pairs(place, want, before))
        for index, at in self.arrays.pairs(place, want, have):
            if index is not None:
                yield from self.element(place, (index, at), want, have, before, partners.get(index))
            elif at is not None and have[at] is not ABSENT:
                yield self.found("remove", place.item(None, at), ABSENT, have[at], before, NO_LONGER)

    def element(
        self, place: Location, pair: Pair, want: Any, have: Any, before: Any, partner: int | None
    ) -> Iterator[Difference]:
        """What differs inside a declared element."""
        index, at = pair
        assert index is not None
        old, declared = (ABSENT if one is None else some[one] for one, some in ((at, have), (partner, before)))
        yield from self.value(place.item(index, at), want[index], old, declared)

    def secret(self, place: Location, want: Any, have: Any) -> Iterator[Difference]:
        """The difference of a secret from what was sent before."""
        if self.context.holds_unknown(want):
            yield self.found("replace", place, want, have, {SECRET_MARKER: ""}, KNOWN_LATER, unknown=True)
            return
        clear = revealed(want)
        if is_secret_marker(have) or (is_secret_marker(want) and have is not ABSENT):
            same = marker(want, self.context.fingerprint) == marker(have, self.context.fingerprint)
        else:
            same = have is not ABSENT and not any(self.value(place, clear, have, clear))
        if not same:
            kind: Kind = "add" if have is ABSENT else "replace"
            yield self.found(kind, place, want, have, {SECRET_MARKER: ""}, VALUE_DIFFERS)

    def hidden(self, place: Location, want: Any, before: Any) -> Iterator[Difference]:
        """The difference of a write-only value from what was sent before."""
        # A read doesn't return its members, so a write-only block is sent again as a whole.
        if self.context.holds_unknown(want):
            yield self.found("replace", place, want, before, before, KNOWN_LATER, unknown=True)
        elif not self.sent_before(place, want, before):
            kind: Kind = "add" if before is ABSENT else "replace"
            yield self.found(kind, place, want, before, before, _WRITE_ONLY)

    def sent_before(self, place: Location, want: Any, before: Any) -> bool:
        """Whether a write-only value was sent already."""
        if want is before:
            return True
        clear = revealed(want)
        if is_secret_marker(before):
            # Records of earlier versions mask a write-only block as one digest, over secrets that were masked before.
            forms = (clear, with_markers(want, self.context.fingerprint))
            return any(marker(form, self.context.fingerprint) == before for form in forms)
        if before is ABSENT:
            return bool(clear in ({}, []))
        if self.context.is_plain(place.path):
            return same_leaf(self.context, place, self.context.shown(want, place.path, before), before) is True
        return bool(self.context.hidden_leaves(want) == before) or same_leaf(self.context, place, clear, before) is True

    def missing(self, place: Location, want: Any, before: Any) -> Iterator[Difference]:
        """The difference of a declared value that the other document lacks."""
        if self.all_hidden(place, want):
            if isinstance(want, Mapping):
                yield from self.mapping(place, want, {}, before if isinstance(before, Mapping) else {})
            return
        yield self.found("add", place, want, ABSENT, before, MISSING, unknown=self.context.holds_unknown(want))

    def dropped(self, place: Location, have: Any, before: Any) -> Iterator[Difference]:
        """The difference of a value that is no longer declared."""
        if self.context.is_given(place.path):
            return
        if self.context.is_hidden(place.path):
            yield self.found("remove", place, ABSENT, before, before, _UNSETTABLE, unsettable=True)
        elif have is not ABSENT and not self.is_default(place, have):
            yield from self.former_value(place, have, before)

    def former_value(self, place: Location, have: Any, before: Any) -> Iterator[Difference]:
        """A value that is no longer declared; a collection keeps its foreign elements."""
        others = (
            [each for each in self.value(place, before, have, before) if each.foreign] if have is not before else []
        )
        if any(each.at[:-1] == place.at for each in others):
            yield from self.visible(place, type(have)(), have, before)
        else:
            yield self.found("remove", place, ABSENT, have, before, NO_LONGER)
            yield from others

    def is_default(self, place: Location, have: Any) -> bool:
        """Whether a value that is no longer declared is back at the default that an update restores."""
        default = self.context.override.restore_defaults.at(place.path)
        return default is not ABSENT and same_leaf(self.context, place, default, have) is True

    def all_hidden(self, place: Location, want: Any) -> bool:
        """Whether a declared block holds only write-only leaves, so that no read can show that it exists."""
        if self.context.is_hidden(place.path):
            return True
        inside = want if isinstance(want, Mapping) else {}
        return bool(inside) and all(self.all_hidden(place.key(name, inside), item) for name, item in inside.items())

    def equal(self, place: Location, want: Any, have: Any) -> bool:
        """Whether two elements differ in nothing but foreign additions."""
        # Compared with itself as the document declared before, since write-only values can't distinguish elements of a
        # live read. Foreign additions inside an element don't make it another one.
        return all(difference.foreign for difference in self.value(place, want, have, want))

    def likeness(self, place: Location, want: Any, have: Any) -> float:
        """How alike two elements are, from 0 to 1."""
        # An element that is not known yet matches any remaining element: it may turn out to be equal.
        least = 0.01 if self.context.holds_unknown(want) else 0.0
        if not isinstance(want, Mapping) or not isinstance(have, Mapping):
            return least
        whole = leaves(want)
        unlike = sum(self.weight(place, want, one) for one in self.value(place, want, have, want) if not one.foreign)
        return max(least, (whole - unlike) / max(whole, 1))

    def weight(self, place: Location, want: Any, difference: Difference) -> int:
        """How many leaves of a desired element a difference concerns: all of a block that is missing."""
        inside = difference.path[len(place.path) :]
        return leaves(get(want, inside)) if difference.kind == "add" else 1

    def found(
        self,
        kind: Kind,
        place: Location,
        want: Any,
        have: Any,
        like: Any,
        reason: str,
        *,
        unknown: bool = False,
        unsettable: bool = False,
    ) -> Difference:
        """One difference, with its secrets masked."""
        old = self.context.shown(have, place.path, like, want)
        new = self.context.shown(want, place.path, like, have)
        return Difference(
            path=place.path,
            at=place.at,
            kind=kind,
            old=old,
            new=new,
            reason=reason,
            secret=holds_secret(old) or holds_secret(new),
            unknown=unknown,
            unsettable=unsettable,
            edited=kind in {"replace", "remove"} and self.is_edited(place, want, have, like),
            positions=place.positions,
        )

    def is_edited(self, place: Location, want: Any, have: Any, before: Any) -> bool:
        """Whether a value that is removed as a whole differs from what the program declared before."""
        del place, want, have, before
        return False
