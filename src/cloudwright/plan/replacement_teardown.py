"""Teardown: what must be deleted before something that is replaced delete-first, since it refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.model import Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.plan.planner import Planner
    from cloudwright.program.declaration import Declaration


def found_teardown(planner: Planner, declarations: Mapping[str, Declaration]) -> frozenset[str]:
    """Keys that refer to something that is replaced delete-first, so that they are deleted before it.

    A teardown includes what refers to the resources that it deletes.
    """
    recorded = {key: planned for key, planned in planner.planned.items() if planned.record is not None}
    torn: set[str] = set()
    first = {key for key, planned in recorded.items() if planned.step.order is Order.DELETE_FIRST}
    while more := users(first | torn, recorded, declarations) - torn:
        torn |= more
    return frozenset(torn)


def users(keys: set[str], among: Iterable[str], declarations: Mapping[str, Declaration]) -> set[str]:
    """Which of some keys refer to one of others."""
    return {key for key in among if keys.intersection(declarations[key].referenced)}
