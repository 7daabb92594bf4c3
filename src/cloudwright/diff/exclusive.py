"""Properties that exclude each other, when a read returns both or a union changes its branch (CC15, CC23)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from cloudwright.diff.shape import Shape


def excluded(shape: Shape, want: Mapping[str, Any], present: AbstractSet[str] | Mapping[str, Any]) -> list[str]:
    """The undeclared properties that a declared one excludes, if that one is present too.

    If it is absent, the branch of the union was changed, and only a plan may change it back.

    Args:
        shape: The object's schema.
        want: The declared properties of the object.
        present: The properties that it would have.
    """
    if not want:
        return []
    declared = frozenset(want)
    there = declared.intersection(present)
    pairs = set(_exclusive_pairs(shape))
    if 1 in shape.says("maxProperties"):
        pairs |= {frozenset(pair) for pair in combinations(present, 2)}
    return [name for name in present if name not in declared and any({name, other} in pairs for other in there)]


def _exclusive_pairs(shape: Shape) -> Iterator[frozenset[str]]:
    for names in shape.says("requiredXor"):
        yield from map(frozenset, combinations(names, 2))
    for rules in shape.says("dependentExcluded"):
        yield from (frozenset((name, other)) for name, others in rules.items() for other in others)
    for branches in shape.says("oneOf"):
        yield from _apart([branch for branch in branches if isinstance(branch, Mapping)])


def _apart(branches: list[Mapping[str, Any]]) -> Iterator[frozenset[str]]:
    """Pairs that no branch of a `oneOf` allows together: each is the only required property of its own branch."""
    single = [branch["required"][0] for branch in branches if len(branch.get("required", ())) == 1]
    if len(single) == len(branches):
        yield from (frozenset(pair) for pair in combinations(single, 2) if pair[0] != pair[1])
