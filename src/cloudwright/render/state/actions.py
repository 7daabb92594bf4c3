"""The state of actions, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.state.records import time_text
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from cloudwright.state.action_records import ActionRecord


def action_text(record: ActionRecord) -> str:
    """One action: when it last ran, and the result."""
    delivery = "at-most-once" if record.once else "at-least-once"
    status = "unknown whether it ran" if record.doubtful else str(record.status)
    note = f"; {record.note}" if record.note else ""
    return visible(f"{record.key}  {delivery}  {status}  last run {time_text(record.started_at)}{note}")
