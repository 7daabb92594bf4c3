"""What must go before something that is replaced old one first: whatever refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.model import Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.plan.planner import Planner
    from cloudwright.program.declaration import Declaration


def found_teardown(planner: Planner, declarations: Mapping[str, Declaration]) -> frozenset[str]:
    """Keys that refer to something that is replaced old one first, so that they must go before it.

    What is torn down takes its own users with it.

    Args:
        planner: With everything decided.
        declarations: All declarations of the pass.
    """
    recorded = {key: planned for key, planned in planner.planned.items() if planned.record is not None}
    torn: set[str] = set()
    first = {key for key, planned in recorded.items() if planned.step.order is Order.DELETE_FIRST}
    while more := users(first | torn, recorded, declarations) - torn:
        torn |= more
    return frozenset(torn)


def users(keys: set[str], among: Iterable[str], declarations: Mapping[str, Declaration]) -> set[str]:
    """Which of some keys refer to one of others.

    Args:
        keys: What is referred to.
        among: What may refer to it.
        declarations: All declarations of the pass.
    """
    return {key for key in among if keys.intersection(declarations[key].referenced)}
