"""Which member of a group waits for which: an order to apply them in, and cycles, which have none."""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from cloudwright.errors import DependencyCycle
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class OutputUses:
    """Who uses whose outputs, as it becomes known.

    Attributes:
        hint: How to resolve a cycle.
        edges: Member -> the members whose outputs it reads, in the order of reading.
    """

    hint: str = "declare the shared resources in a separate app, and read its outputs in both"
    edges: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, user: str, used: str) -> None:
        """Note that one member reads the outputs of another.

        Raises:
            DependencyCycle: The other one needs this one, directly or through others.
        """
        way = self._way(used, user)
        if way:
            links = ", ".join(f"{one} reads those of {other}" for one, other in pairwise([user, *way]))
            raise DependencyCycle(
                f"the apps read each other's outputs in a cycle: {links}; none of them can be deployed first",
                hint=self.hint,
            )
        self.edges.setdefault(user, {})[used] = None

    def of(self, user: str) -> tuple[str, ...]:
        """The members whose outputs this one reads."""
        return tuple(self.edges.get(user, ()))

    def reversed(self) -> OutputUses:
        """The same, with users in the place of what they use: the order of a destroy."""
        turned = OutputUses()
        for user, all_used in self.edges.items():
            for used in all_used:
                turned.edges.setdefault(used, {})[user] = None
        return turned

    def ordered(self, names: Iterable[str]) -> list[str]:
        """The members, each after those that it uses; otherwise in the order given."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in found:
                return
            for used in self.of(name):
                visit(used)
            found[name] = None

        known = list(names)
        for name in known:
            visit(name)
        return [name for name in found if name in set(known)]

    def _way(self, start: str, end: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """The members from one to another along their uses; empty if there is no way."""
        if start == end:
            return [end]
        for used in self.of(start):
            if used not in seen and (way := self._way(used, end, seen | {start})):
                return [start, *way]
        return []
