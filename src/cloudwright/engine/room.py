"""Creates that may have failed because what is about to go still has their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control.verdict import Kind
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.engine.evidence import Judged
    from cloudwright.engine.failures import OperationFailed
    from cloudwright.plan.model import Step
    from cloudwright.state.model import Record

# Overlapping CIDRs and second ones of a singleton come under several of these (CC79, CC82); refusals of the caller or
# of the document under none.
_NO_ROOM = frozenset({"AlreadyExists", "ServiceLimitExceeded", "ResourceConflict", "GeneralService", "InvalidRequest"})


def short_of_room(failed: OperationFailed, step: Step, leaving: Sequence[Record]) -> OperationFailed:
    """The same failure, naming what leaves at the end of the run and may have the new one's place till then.

    Args:
        failed: Of a create.
        step: What was to be made.
        leaving: Records that the plan deletes and that are still there.
    """
    if step.action not in {Action.CREATE, Action.REPLACE} or failed.judged is None or not _no_room(failed.judged):
        return failed
    keys = [one.key for one in leaving if one.type == step.type and one.target.place == step.target.place]
    if keys:
        flags = " ".join(f"--delete-first {key}" for key in keys)
        goes = "goes" if len(keys) == 1 else "go"
        advice = f"if {', '.join(keys)}, which {goes} at the end, has its place: {flags}"
        failed.hint = f"{failed.hint}\n{advice}" if failed.hint else advice
    return failed


def _no_room(judged: Judged) -> bool:
    told = judged.event or judged.error
    code = (judged.event.error_code if judged.event else judged.error.code if judged.error else None) or ""
    return (
        told is not None
        and judged.verdict.kind in {Kind.EXISTS, Kind.FAIL}
        and code.removesuffix("Exception") in _NO_ROOM
    )
