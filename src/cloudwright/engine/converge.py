"""Whether AWS did what it said: the read after a write against what was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_live
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.subject import Subject
    from cloudwright.state.model import JournalEntry


def unconverged(
    entry: JournalEntry,
    live: Mapping[str, Any] | None,
    subject: Subject | None,
    before: Mapping[str, Any] | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a read after a successful write shows otherwise than declared.

    Args:
        entry: The request.
        live: The document read; `None` if the type can't be read.
        subject: The declaration; `None` if the request is finished without its program.
        before: What was declared before an update: what was taken out since should be gone.

    Returns:
        Declared pointers that reads never return (CC47), and notes about changes that the service ignored (CC13).
    """
    if live is None or subject is None:
        return (), ()
    missing: list[str] = []
    notes: list[str] = []
    found = compare_live(subject.view, subject.desired, live, entry.draft.declared)
    told = {difference.path for difference in found}
    for difference in found:
        pointer = format_pointer(difference.path)
        if difference.kind == "add":
            missing.append(pointer)
        elif difference.kind != "order":
            notes.append(f"AWS reported success, but {pointer} is not as declared")
    notes += [
        f"AWS reported success, but kept {format_pointer(difference.path)}, which is declared no more"
        for difference in compare_live(subject.view, subject.desired, live, before or {})
        if difference.kind == "remove" and not difference.unsettable and difference.path not in told
    ]
    if missing:
        notes.append(f"AWS does not return {', '.join(missing)}: drift there can't be seen")
    return tuple(missing), tuple(notes)
