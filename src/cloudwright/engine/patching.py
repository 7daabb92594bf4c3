"""The patch of an update: the live document read just now, and only the paths that the plan showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_live
from cloudwright.diff.patch import build_patch
from cloudwright.plan.decide import asked_before
from cloudwright.schema.pointer import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.diff.model import Difference
    from cloudwright.diff.patch import PatchOp
    from cloudwright.engine.work import Work
    from cloudwright.schema.pointer import Path
    from cloudwright.state.model import Record


def patch_for(work: Work, record: Record, live: Mapping[str, Any]) -> tuple[PatchOp, ...]:
    """The operations to send; empty if the live resource is as declared already.

    Drift on a path that the plan does not touch is left alone (the plan did not show it).

    Args:
        work: The step.
        record: As the state holds it; its dirty paths are asserted again.
        live: What a read returned just now.
    """
    view, desired = work.subject.view, work.subject.desired
    dirty = [parse(pointer) for pointer in record.dirty]
    planned = [parse(change.path) for change in work.decision.changes]
    differences = [
        difference
        for difference in compare_live(view, desired, live, asked_before(record, live))
        if any(related(_place(difference), path) for path in (*planned, *dirty))
    ]
    touch = [path for path in dirty if path]
    return build_patch(view, desired=desired, live=live, differences=differences, touch=touch)


def _place(difference: Difference) -> Path:
    # The last token of a removal is the baseline's own, so only its parent can be compared.
    return difference.path[:-1] if difference.kind == "remove" and difference.path[-1].isdigit() else difference.path


def related(one: Path, other: Path) -> bool:
    """Whether one path is the other, or an ancestor of it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
