"""`--target` and `--exclude`: which declarations a plan includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cloudwright.plan.options import PlanOptions


def selected(edges: Mapping[str, Collection[str]], options: PlanOptions, known: Collection[str]) -> frozenset[str]:
    """The keys that a plan includes.

    Args:
        edges: Declared key -> keys it depends on.
        options: `targets` include what they depend on; `excludes` exclude what depends on them.
        known: Every key that may be named: declared or recorded.

    Raises:
        PlanError: A named key does not exist.
    """
    named = (*options.targets, *options.excludes, *options.replace, *options.allow_replace, *options.delete_first)
    _refuse_unknown((key for key, _ in options.imports), edges, "the program declares no")
    _refuse_unknown((*named, *options.adopt), known, "there is no resource")
    chosen = _upstream(edges, options.targets) if options.targets else set(edges)
    return frozenset(chosen - _downstream(edges, options.excludes))


def _refuse_unknown(keys: Iterable[str], known: Collection[str], what: str) -> None:
    for key in keys:
        if key not in known:
            near = did_you_mean(key, known)
            raise PlanError(
                f"{what} {key!r}" + (f"; did you mean {near!r}?" if near else ""),
                hint="`cloudwright state list FILE` and a plan without this option show all keys",
            )


def _upstream(edges: Mapping[str, Collection[str]], roots: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(edges.get(key, ()))
    return found


def _downstream(edges: Mapping[str, Collection[str]], roots: Iterable[str]) -> set[str]:
    dependents: dict[str, list[str]] = {}
    for key, needs in edges.items():
        for other in needs:
            dependents.setdefault(other, []).append(key)
    return _upstream(dependents, roots)
