"""Two documents of one type: where they differ in meaning, not in spelling.

Only declared places are compared, so what a service fills in by itself is never a difference (CC31). The one
comparison looks at three documents: the desired one, a baseline, and the one declared before. The last tells which
properties the program no longer declares (CC8) and what write-only values were sent, since reads don't return those.
Without a live read, the document declared before is the baseline too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from cloudwright.diff.arrays import Arrays
from cloudwright.diff.equality import same_leaf
from cloudwright.diff.jsontext import exactly_equal
from cloudwright.diff.masking import holds_secret, is_marker, marker, revealed, scrubbed, with_markers
from cloudwright.diff.model import Difference, Kind
from cloudwright.diff.place import Place
from cloudwright.diff.policy import is_policy
from cloudwright.secret import MARKER, Secret

if TYPE_CHECKING:
    from cloudwright.diff.context import Context
    from cloudwright.diff.pairing import Pair

ABSENT: Final[Any] = None
"""A null and a missing property are the same thing in every document (CC16, CC20)."""

_CHANGED = "the declared value differs"
_NEW = "declared, and not there"
_NO_LONGER = "no longer declared"
_REORDERED = "the same elements in another order"
_UNKNOWN = "known after deploy"
_WRITE_ONLY = "differs from what was sent before; reads never return it"
_UNSETTABLE = "write-only and no longer declared: an update can't unset it"


def compare_declared(
    context: Context, desired: Mapping[str, Any], declared_before: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """What the program wants otherwise than it did at the last success.

    Args:
        context: The type and how to look at it.
        desired: The document that the program declares now; may hold secrets and placeholders.
        declared_before: The record's declared document; secrets and write-only leaves are markers.
    """
    return tuple(_Declared(context).differences(desired, declared_before, declared_before))


def compare_live(
    context: Context,
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    declared_before: Mapping[str, Any] | None,
) -> tuple[Difference, ...]:
    """What the program wants otherwise than it is. With the same document twice, the result is the drift.

    Args:
        context: The type and how to look at it.
        desired: The document that the program declares now; may hold secrets and placeholders.
        live: What a read returned: no write-only values, but much that nobody declared.
        declared_before: The record's declared document. `None` at an adoption: nobody knows then what write-only values
            the resource has, so they count as equal (CC32).
    """
    walk = _Adopted(context) if declared_before is None else _Live(context)
    return tuple(walk.differences(desired, live, declared_before or {}))


def arrays_of(context: Context) -> Arrays:
    """How the elements of live and desired arrays belong together: what a comparison pairs, a patch must pair alike.

    Args:
        context: The type and how to look at it.
    """
    return _Live(context).arrays


class _Declared:
    """The comparison with a document of our own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.arrays = Arrays(context, self.equal, self.likeness)

    def differences(
        self, desired: Mapping[str, Any], baseline: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[Difference]:
        # Most of a program is as it was: nothing is faster than to see that at once.
        if before is baseline and exactly_equal(desired, baseline):
            return iter(())
        return self.mapping(Place.root(self.context.resource_type), scrubbed(desired), baseline, before)

    def value(self, place: Place, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        if self.is_identical(place, want, have, before) or self.context.is_given(place.path):
            return
        if self.context.is_unknown(want):
            yield self.found(
                "replace" if have is not ABSENT else "add", place, want, have, before, _UNKNOWN, unknown=True
            )
        elif self.context.is_hidden(place.path):
            yield from self.hidden(place, want, before)
        elif isinstance(want, Secret) or is_marker(have):
            yield from self.secret(place, want, have)
        elif have is ABSENT:
            yield from self.missing(place, want, before)
        else:
            yield from self.visible(place, want, have, before)

    def is_identical(self, place: Place, want: Any, have: Any, before: Any) -> bool:
        # A live document may be equal in all that it shows, and yet lack a write-only value.
        return exactly_equal(want, have) and (have is before or not self.context.hides_below(place.path))

    def visible(self, place: Place, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        if isinstance(want, Mapping) and isinstance(have, Mapping) and not (is_policy(want) and is_policy(have)):
            yield from self.mapping(place, want, have, before if isinstance(before, Mapping) else {})
        elif isinstance(want, (list, tuple)) and isinstance(have, (list, tuple)):
            yield from self.array(place, want, have, before if isinstance(before, (list, tuple)) else [])
        elif self.context.holds_unknown(want):
            yield self.found("replace", place, want, have, before, _UNKNOWN, unknown=True)
        elif not self.means(place, want, have, before):
            yield self.found("replace", place, want, have, before, _CHANGED)

    def means(self, place: Place, want: Any, have: Any, before: Any) -> bool:
        clear = revealed(want)
        same = same_leaf(self.context, place, clear, have)
        # What can't be told is not drift; but a declaration that changed is a change.
        return self.is_unchanged(place, clear, before) if same is None else same

    def is_unchanged(self, place: Place, want: Any, before: Any) -> bool:
        if is_marker(before):
            return bool(marker(want, self.context.fingerprint) == before)
        return before is not ABSENT and same_leaf(self.context, place, want, revealed(before)) is True

    def mapping(
        self, place: Place, want: Mapping[str, Any], have: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[Difference]:
        for name, value in want.items():
            if value is not ABSENT:
                yield from self.value(place.key(name, want), value, have.get(name), before.get(name))
        # A free-form document is declared whole: what it holds beyond the declared is a difference too.
        whole = place.shape.is_free and place.path and not self.arrays.is_tags(place)
        extra = {**before, **have} if whole else before
        for name in extra:
            if want.get(name) is ABSENT and extra[name] is not ABSENT:
                yield from self.dropped(place.key(name, want), have.get(name), before.get(name))

    def array(self, place: Place, want: Any, have: Any, before: Any) -> Iterator[Difference]:
        if self.arrays.is_reordered(place, want, have):
            yield self.found("order", place, want, have, before, _REORDERED)
            return
        partners = dict(self.arrays.pairs(place, want, before))
        for index, at in self.arrays.pairs(place, want, have):
            yield from self.element(place, (index, at), want, have, before, partners)

    def element(
        self, place: Place, pair: Pair, want: Any, have: Any, before: Any, partners: dict[int | None, int | None]
    ) -> Iterator[Difference]:
        index, at = pair
        here = place.item(index, at)
        if index is None:
            if at is not None and have[at] is not ABSENT and not self.arrays.is_foreign(place, have[at], before):
                yield self.found("remove", here, ABSENT, have[at], before, _NO_LONGER)
            return
        partner = partners.get(index)
        before_item = ABSENT if partner is None else before[partner]
        yield from self.value(here, want[index], ABSENT if at is None else have[at], before_item)

    def secret(self, place: Place, want: Any, have: Any) -> Iterator[Difference]:
        if self.context.holds_unknown(want):
            yield self.found("replace", place, want, have, {MARKER: ""}, _UNKNOWN, unknown=True)
            return
        clear = revealed(want)
        if is_marker(have):
            same = marker(want, self.context.fingerprint) == have
        else:
            same = have is not ABSENT and not any(self.value(place, clear, have, clear))
        if not same:
            kind: Kind = "add" if have is ABSENT else "replace"
            yield self.found(kind, place, want, have, {MARKER: ""}, _CHANGED)

    def hidden(self, place: Place, want: Any, before: Any) -> Iterator[Difference]:
        # Its members can't be told from a read, so a hidden block is sent anew as one.
        if self.context.holds_unknown(want):
            yield self.found("replace", place, want, before, before, _UNKNOWN, unknown=True)
        elif not self.sent_before(place, want, before):
            kind: Kind = "add" if before is ABSENT else "replace"
            yield self.found(kind, place, want, before, before, _WRITE_ONLY)

    def sent_before(self, place: Place, want: Any, before: Any) -> bool:
        if want is before:
            return True
        clear = revealed(want)
        if is_marker(before):
            # Records of earlier versions hide a write-only block whole, with the secrets inside it hidden before.
            forms = (clear, with_markers(want, self.context.fingerprint))
            return any(marker(form, self.context.fingerprint) == before for form in forms)
        if before is ABSENT:
            return bool(clear in ({}, []))
        if self.context.is_plain(place.path):
            return same_leaf(self.context, place, self.context.shown(want, place.path, before), before) is True
        return bool(self.context.hidden_leaves(want) == before) or same_leaf(self.context, place, clear, before) is True

    def missing(self, place: Place, want: Any, before: Any) -> Iterator[Difference]:
        if self.all_hidden(place, want):
            if isinstance(want, Mapping):
                yield from self.mapping(place, want, {}, before if isinstance(before, Mapping) else {})
            return
        yield self.found("add", place, want, ABSENT, before, _NEW, unknown=self.context.holds_unknown(want))

    def dropped(self, place: Place, have: Any, before: Any) -> Iterator[Difference]:
        if self.context.is_given(place.path):
            return
        if self.context.is_hidden(place.path):
            yield self.found("remove", place, ABSENT, before, before, _UNSETTABLE, unsettable=True)
        elif self.arrays.holds_foreign_tags(place, have, before):
            yield from self.visible(place, type(have)(), have, before)
        elif have is not ABSENT and not self.is_default(place, have):
            yield self.found("remove", place, ABSENT, have, before, _NO_LONGER)

    def is_default(self, place: Place, have: Any) -> bool:
        default = self.context.override.restore_defaults.at(place.path)
        return default is not ABSENT and same_leaf(self.context, place, default, have) is True

    def all_hidden(self, place: Place, want: Any) -> bool:
        """Whether a declared block holds write-only leaves alone, so that no read can show that it exists."""
        if self.context.is_hidden(place.path):
            return True
        inside = want if isinstance(want, Mapping) else {}
        return bool(inside) and all(self.all_hidden(place.key(name, inside), item) for name, item in inside.items())

    def equal(self, place: Place, want: Any, have: Any) -> bool:
        # Against itself as the document declared before: write-only values can't tell elements apart in a live read.
        return next(self.value(place, want, have, want), None) is None

    def likeness(self, place: Place, want: Any, have: Any) -> float:
        # An element that is not known yet takes what is left: it may turn out to be just that.
        least = 0.01 if self.context.holds_unknown(want) else 0.0
        if not isinstance(want, Mapping) or not isinstance(have, Mapping):
            return least
        leaves = _leaves(want)
        return max(least, (leaves - sum(1 for _ in self.value(place, want, have, want))) / max(leaves, 1))

    def found(
        self,
        kind: Kind,
        place: Place,
        want: Any,
        have: Any,
        like: Any,
        reason: str,
        *,
        unknown: bool = False,
        unsettable: bool = False,
    ) -> Difference:
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
        )


class _Live(_Declared):
    """The comparison with what a read returned."""

    def missing(self, place: Place, want: Any, before: Any) -> Iterator[Difference]:
        # A service returns an empty list as no list at all; an empty object, though, may be a union's chosen branch.
        unset = want == {} and self.context.override.empty_means_unset.covers(place.path)
        if want != [] and not unset:
            yield from super().missing(place, want, before)


class _Adopted(_Live):
    """The comparison with a read of a resource that somebody else made."""

    def hidden(self, place: Place, want: Any, before: Any) -> Iterator[Difference]:
        del place, want, before
        return iter(())

    def is_unchanged(self, place: Place, want: Any, before: Any) -> bool:
        del place, want, before
        return True


def _leaves(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_leaves(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(_leaves(item) for item in value)
    return 1
