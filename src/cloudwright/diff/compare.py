"""Two documents of one type: where they differ in meaning, not in spelling.

Only declared paths are compared, so what a service fills in by itself is never a difference (CC31). The comparison uses
three documents: the desired one, a baseline, and the one declared before. The last shows which properties the program
no longer declares (CC8) and which write-only values were sent, since reads don't return those. Without a live read, the
document declared before is the baseline too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.declared import DeclaredComparison
from cloudwright.diff.live import AdoptionComparison, LiveComparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Difference


def compare_declared(
    context: ComparisonContext, desired: Mapping[str, Any], declared_before: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """What the program declares differently from the last success.

    Args:
        context: The type and its comparison rules.
        desired: The document that the program declares now; may hold secrets and placeholders.
        declared_before: The record's declared document; secrets and write-only leaves are markers.
    """
    return tuple(DeclaredComparison(context).differences(desired, declared_before, declared_before))


def compare_live(
    context: ComparisonContext,
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    declared_before: Mapping[str, Any] | None,
) -> tuple[Difference, ...]:
    """How the live document differs from the desired one. With the recorded document as desired, that is the drift.

    Foreign elements of collections are left out: see `compare_both`.

    Args:
        context: The type and its comparison rules.
        desired: The document that the program declares now; may hold secrets and placeholders.
        live: A read's answer: without write-only values, but with undeclared ones.
        declared_before: The record's declared document. `None` for an adoption: the resource's write-only values are
            then unknown, so they count as equal (CC32).
    """
    return compare_both(context, desired, live, declared_before)[0]


def compare_both(
    context: ComparisonContext,
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    declared_before: Mapping[str, Any] | None,
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """How the live document differs from the desired one, and the foreign elements of declared collections.

    Args:
        context: The type and its comparison rules.
        desired: The document that the program declares now; may hold secrets and placeholders.
        live: What a read returned.
        declared_before: The record's declared document; `None` at an adoption.

    Returns:
        The differences that an update may apply, and those that stay, each a `remove` of a foreign element.
    """
    walk = AdoptionComparison(context) if declared_before is None else LiveComparison(context)
    found = tuple(walk.differences(desired, live, declared_before or {}))
    return tuple(one for one in found if not one.foreign), tuple(one for one in found if one.foreign)


def arrays_of(context: ComparisonContext) -> Arrays:
    """How the elements of live and desired arrays match; a patch must match them as the comparison does."""
    return LiveComparison(context).arrays
