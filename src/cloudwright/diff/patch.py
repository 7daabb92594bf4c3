"""What to send for a set of differences: RFC 6902 operations against the live document.

Cloud Control applies a patch to what its own read returns and validates the complete result, so a patch must also
repair what the read omits (write-only values, CC5) or returns wrongly (empty containers, CC14). Three steps:

1. `draft`: the document that the update handler is to see, which is the live one with the differences applied;
2. `ReadRepair`: the same with the read's faults repaired;
3. `PatchWriter`: the operations from the live document to that one, leaf by leaf.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import arrays_of
from cloudwright.diff.masking import scrubbed
from cloudwright.diff.patch_operations import PatchOp, PatchWriter
from cloudwright.diff.repair import ReadRepair
from cloudwright.diff.target_document import draft
from cloudwright.diff.wire_values import sized
from cloudwright.schema.pointer import get, walk_leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Difference, Path

__all__ = ["PatchOp", "build_patch", "to_json"]


def build_patch(
    context: ComparisonContext,
    *,
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    differences: Iterable[Difference],
    touch: Iterable[Path] = (),
    foreign: Iterable[Difference] = (),
    before: Mapping[str, Any] | None = None,
) -> tuple[PatchOp, ...]:
    """The operations that make a live resource match the program.

    Args:
        context: The type and its comparison rules.
        desired: The desired document, without placeholders.
        live: The answer of a read just now.
        differences: From `compare_live` of the two documents. A difference that the caller leaves out is not changed,
            so that drift which no plan showed is not reverted (S19).
        touch: Paths of the desired document that are sent again even if they look the same: the end of an earlier
            update of them is unknown.
        foreign: From `compare_both`: the foreign elements of collections, which stay.
        before: The record's declared document, by which live elements are matched with desired ones; `None` for a
            resource that is being adopted.

    Returns:
        Empty if there is nothing to change; sending write-only values again is not a change (CC12).
    """
    want = scrubbed(desired)
    wanted = [one for one in differences if not one.unsettable]
    asserted = [leaf for path in touch for leaf in _declared_leaves(want, path)]
    if not wanted and not asserted:
        return ()
    arrays = arrays_of(context)
    document = draft(arrays, want, live, wanted, foreign)
    ReadRepair(arrays, before).document(want, document)
    return PatchWriter(arrays, asserted).between(live, document)


def to_json(patch: Iterable[PatchOp]) -> str:
    """The text of `PatchDocument`. It contains secrets in plain text.

    Args:
        patch: Operations in the order in which they are applied.

    Raises:
        PlanError: It is larger than Cloud Control accepts.
    """
    return sized(json.dumps([one.document() for one in patch], separators=(",", ":")), "patch")


def _declared_leaves(desired: Mapping[str, Any], path: Path) -> list[Path]:
    """The declared leaves at a path; a list counts as one, since its positions may differ in the live document."""
    for length in range(len(path)):
        if isinstance(get(desired, path[:length]), list):
            path = path[:length]
            break
    value = get(desired, path)
    if value is None:
        return []
    leaves = [leaf for leaf, _ in walk_leaves(value, path)]
    return list(dict.fromkeys(_up_to_list(desired, leaf) for leaf in leaves))


def _up_to_list(desired: Mapping[str, Any], leaf: Path) -> Path:
    lists = (leaf[:length] for length in range(len(leaf)) if isinstance(get(desired, leaf[:length]), list))
    return next(lists, leaf)
