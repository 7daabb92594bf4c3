"""Dependency orders of steps, and the message for a dependency cycle."""

from __future__ import annotations

import contextlib
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from cloudwright.errors import DependencyCycle, ProgramError
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cloudwright.program.declaration import Declaration
    from cloudwright.program.source import Source
    from cloudwright.state.records import Record


def topological(edges: Mapping[str, Collection[str]], sources: Mapping[str, Source] | None = None) -> list[str]:
    """Keys in an order in which each comes after those that it depends on; ties in the given order.

    Args:
        edges: Key -> keys it depends on; keys outside the mapping are left out.
        sources: Where each is declared, for the message.

    Raises:
        DependencyCycle: Lists the cycle.
    """
    graph = {key: [other for other in needs if other in edges] for key, needs in edges.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        lines = [f"  {key}" + (f"  ({(sources or {}).get(key)})" if (sources or {}).get(key) else "") for key in circle]
        raise DependencyCycle(
            "these resources depend on each other in a cycle:\n" + "\n".join(lines),
            hint="remove one of the depends_on, or one of the references",
        ) from None


def deletion_needs(records: Iterable[Record]) -> dict[tuple[str, int], set[tuple[str, int]]]:
    """For each record the records that must be deleted before it: those that depend on it.

    Edges of different runs can form a cycle; within it the order of creation decides.
    """
    chosen = list(records)
    by_key: dict[str, list[Record]] = {}
    for record in chosen:
        by_key.setdefault(record.key, []).append(record)
    needs: dict[tuple[str, int], set[tuple[str, int]]] = {record.id: set() for record in chosen}
    for record in chosen:
        for key in record.depends_on:
            for other in by_key.get(key, ()):
                if other.id != record.id:
                    needs[other.id].add(record.id)
    in_circles = _in_circles(needs)
    return _by_creation(chosen, needs, in_circles) if in_circles else needs


def _in_circles(needs: Mapping[tuple[str, int], Collection[tuple[str, int]]]) -> set[tuple[str, int]]:
    """What is part of a cycle, or lies between two of them."""
    rest = _blocked(needs)
    if not rest:
        return rest
    dependents: dict[tuple[str, int], list[tuple[str, int]]] = {one: [] for one in rest}
    for one in rest:
        for other in rest.intersection(needs[one]):
            dependents[other].append(one)
    return _blocked(dependents)


def _blocked(needs: Mapping[tuple[str, int], Collection[tuple[str, int]]]) -> set[tuple[str, int]]:
    """What can't be taken in turn, because a cycle comes before it."""
    sorter, rest = TopologicalSorter(needs), set(needs)
    with contextlib.suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready():
        rest.difference_update(ready)
        sorter.done(*ready)
    return rest


def _by_creation(
    records: Iterable[Record],
    needs: Mapping[tuple[str, int], set[tuple[str, int]]],
    concerned: Collection[tuple[str, int]],
) -> dict[tuple[str, int], set[tuple[str, int]]]:
    order = {record.id: record.order for record in records}
    return {
        one: {other for other in others if one not in concerned or other not in concerned or order[other] > order[one]}
        for one, others in needs.items()
    }


def deletion_order(records: Iterable[Record]) -> list[Record]:
    """Records in an order in which they can be deleted."""
    chosen = {record.id: record for record in records}
    needs = {one: sorted(others) for one, others in deletion_needs(chosen.values()).items()}
    return [chosen[one] for one in TopologicalSorter(needs).static_order()]


def edges_of(declarations: Mapping[str, Declaration]) -> dict[str, tuple[str, ...]]:
    """Key -> keys it depends on, in an order in which they can be decided.

    Raises:
        ProgramError: `depends_on` names a key that is not declared.
        DependencyCycle: They depend on each other.
    """
    edges = {key: declaration.depends_on for key, declaration in declarations.items()}
    for key, needs in edges.items():
        for other in needs:
            if other not in edges:
                near = did_you_mean(other, edges)
                raise ProgramError(
                    f"{key!r} depends on {other!r}, which is not declared ({declarations[key].source})"
                    + (f"; did you mean {near!r}?" if near else "")
                )
    return {key: edges[key] for key in ordered(declarations)}


def ordered(declarations: Mapping[str, Declaration]) -> list[str]:
    """Keys in an order in which each comes after those that it depends on; keys outside the mapping don't count.

    Raises:
        DependencyCycle: They depend on each other.
    """
    edges = {key: declaration.depends_on for key, declaration in declarations.items()}
    return topological(edges, {key: declaration.source for key, declaration in declarations.items()})
