"""Who gains and loses access: the recorded distribution compared with the planned one.

Set differences over the tuples (Region, principal, mode); the order of lists does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.display import Displayed
from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.graph import DISTRIBUTION, DeclarationGraph
from cloudwright.imagebuilder.model import Distribution, Mode, Principal, RecipientKind, build
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.imagebuilder.model import Grant, GrantValue
    from cloudwright.plan.model import Plan

STAYS = "AMIs already distributed stay until they are deregistered (IB156)."
LATER = "Takes effect at the next pipeline run."


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChange(Displayed):
    """What a deploy changes about one configuration's access.

    Attributes:
        before: What the state holds; `None` for a new configuration.
        after: What the plan wants.
        gains: Tuples that only the plan has.
        loses: Tuples that only the state has.
        altered: Tuples in both whose key, SSM parameter or default template version changes, as planned.
    """

    before: Distribution | None
    after: Distribution
    gains: tuple[Grant, ...]
    loses: tuple[Grant, ...]
    altered: tuple[Grant, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.gains or self.loses or self.altered)

    @property
    def public_before(self) -> bool:
        """Whether everybody may launch now."""
        return self.before is not None and _public(self.before.grants)

    @property
    def public_after(self) -> bool:
        """Whether everybody may launch afterwards."""
        return _public(self.after.grants)

    @property
    def turns_public(self) -> bool:
        """Whether an image becomes public in some Region; a CI job may fail for it."""
        return _public(self.gains)


def changes(plan: Plan) -> tuple[AccessChange, ...]:
    """The access changes of every DistributionConfiguration that the plan declares, unchanged ones included.

    Args:
        plan: Its declarations, with what the state holds for each.
    """
    graph = DeclarationGraph.of(plan)
    before = graph.before
    found = []
    for declared in graph.of_type(DISTRIBUTION):
        was = before.by_key.get(declared.key)
        old = build(Configuration(was, before)) if was is not None else None
        found.append(compare(old, build(Configuration(declared, graph))))
    return tuple(found)


def compare(before: Distribution | None, after: Distribution) -> AccessChange:
    """The difference between two models of one configuration.

    Args:
        before: What the state holds; `None` for a new one.
        after: What the plan wants.
    """
    old = {grant.identity: grant for grant in before.grants} if before is not None else {}
    new = {grant.identity: grant for grant in after.grants}
    return AccessChange(
        before=before,
        after=after,
        gains=tuple(grant for identity, grant in new.items() if identity not in old),
        loses=tuple(grant for identity, grant in old.items() if identity not in new),
        altered=tuple(new[identity] for identity in new if identity in old and _altered(old[identity], new[identity])),
    )


def sentences(change: AccessChange, names: Mapping[str, str]) -> tuple[str, ...]:
    """The change in words: one sentence a principal, then whether it is public.

    Args:
        change: The change.
        names: Account -> its name; accounts without one are shown by number alone.
    """
    named = {**names, change.after.account: "build"}
    gains = _access_lines("GAINS", change.gains, named)
    loses = _access_lines("LOSES", change.loses, named)
    public = f"PUBLIC  {_word(change.public_before)} -> {_word(change.public_after)}"
    return (*gains, *loses, public)


def closing(change: AccessChange) -> str:
    """When the change takes effect, and what it doesn't affect."""
    return f"{LATER} {STAYS}" if change.loses else LATER


def label(principal: Principal, names: Mapping[str, str]) -> str:
    """A principal with its name: `222222222222 dev`."""
    return f"{principal.short} {names.get(principal.id, '')}".rstrip()


def _access_lines(word: str, grants: Iterable[Grant], names: Mapping[str, str]) -> list[str]:
    by_place: dict[tuple[Principal, str], list[Mode]] = {}
    for grant in grants:
        by_place.setdefault((grant.principal, grant.region), []).append(grant.mode)
    by_modes: dict[tuple[Principal, tuple[Mode, ...]], list[str]] = {}
    for (principal, region), modes in by_place.items():
        by_modes.setdefault((principal, tuple(modes)), []).append(region)
    return [
        f"{word}   launch   {label(principal, names)} in {', '.join(regions)} ({', '.join(modes)})"
        for (principal, modes), regions in by_modes.items()
    ]


def _altered(old: Grant, new: Grant) -> bool:
    if (old.key is None) != (new.key is None):
        return True
    if old.key is not None and new.key is not None and old.key.differs(new.key):
        return True
    return _differ(old.parameters, new.parameters) or _differ(old.defaults, new.defaults)


def _differ(old: tuple[GrantValue, ...], new: tuple[GrantValue, ...]) -> bool:
    if len(old) != len(new):
        return True
    if not all(value.known for value in (*old, *new)):
        return False
    return {value.text for value in old} != {value.text for value in new}


def _public(grants: Iterable[Grant]) -> bool:
    return any(grant.principal.kind is RecipientKind.PUBLIC for grant in grants)


def _word(value: bool) -> str:  # noqa: FBT001 - the value itself is what is put into words
    return "yes" if value else "no"
