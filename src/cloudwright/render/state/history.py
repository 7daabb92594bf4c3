"""A state's history as text: what each commit changed, and how two states differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.plan.model import Change
from cloudwright.render.plan.edit_text import EditText
from cloudwright.render.state.records import time_text
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.render.terminal.style import TerminalStyle
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.records import Record

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_KEYS = 4
"""Limit of keys named for one commit."""


def history_lines(commits: Sequence[PastCommit], style: TerminalStyle) -> Iterator[str]:
    """One line for each commit, the latest first."""
    if not commits:
        yield "no history: nothing was ever written, or the store no longer has it"
    for commit in reversed(commits):
        more = len(commit.touched) - _KEYS
        keys = ", ".join(map(visible, commit.touched[:_KEYS])) + (f" and {more} more" if more > 0 else "")
        serial = style.paint(f"{commit.serial:>6}", "bold")
        who = visible(f"{commit.author}: {commit.command}")
        yield f"{serial}  {time_text(commit.at)}  {keys}  {style.paint(who, 'dim')}"


def difference_lines(changes: Sequence[RecordChange], style: TerminalStyle) -> Iterator[str]:
    """The records that differ, each with its differences; secrets are masked."""
    if not changes:
        yield "no difference"
    for change in changes:
        mark, color = _MARKS[change.kind]
        record = change.after or change.before
        assert record is not None
        generation = f"  generation {change.generation}" if change.generation else ""
        yield f"{style.paint(mark, color)} {visible(change.key)}  {style.paint(record.type, 'dim')}{generation}"
        if change.before is not None and change.after is not None:
            old, new = _shown(change.before), _shown(change.after)
            edits = Change("", "replace", old, new)
            yield from EditText(style).changes([edits]) if old != new else ["      only what AWS reports about it"]


def _shown(record: Record) -> dict[str, Any]:
    """The parts of a record that matter to people: where and what it is, and what was declared."""
    facts: dict[str, Any] = {
        "identifier": record.identifier,
        "where": str(record.target),
        "status": str(record.status),
        "current": record.current,
        "depends on": list(record.depends_on),
        "dirty": list(record.dirty),
        "options": [name for name in ("protect", "retain") if getattr(record, name)],
    }
    return {**facts, "declared": dict(record.declared)}
