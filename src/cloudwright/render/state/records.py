"""The state as text: a table of records, or one record in full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cloudwright.render.plan.edit_text import EditText
from cloudwright.render.terminal.escaping import cells, pad, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.render.terminal.style import TerminalStyle
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


def snapshot_lines(snapshot: Snapshot, style: TerminalStyle) -> Iterator[str]:
    """All records, one per line, and the requests whose result is unknown."""
    name = visible(f"{snapshot.app}/{snapshot.stage}")
    count = len(snapshot.records)
    yield f"{style.paint(name, 'bold')}  serial {snapshot.serial}  {count} resource{'' if count == 1 else 's'}"
    rows = [_row(record) for record in snapshot.records]
    widths = [max(cells(row[column]) for row in rows) for column in range(3)] if rows else []
    for row in rows:
        yield (
            "  "
            + "  ".join([*(pad(text, width) for text, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip()
        )
    yield from _actions(snapshot, style)
    for entry in snapshot.journal:
        token = f"  request token {visible(entry.request_token)}" if entry.request_token else ""
        yield style.paint(f"  {entry.operation} of {visible(entry.key)} has no known result{token}", "yellow")


def _actions(snapshot: Snapshot, style: TerminalStyle) -> Iterator[str]:
    if snapshot.actions:
        for action in snapshot.actions:
            text = f"  action {action_text(action)}"
            yield style.paint(text, "yellow") if action.doubtful else text


def _row(record: Record) -> tuple[str, str, str, str]:
    marks = [] if record.status == "live" else [str(record.status)]
    marks += [] if record.current else [f"old generation {record.generation}"]
    marks += ["dirty"] if record.dirty else []
    marks += [f"claimed by {record.claim.partition(':')[0]}"] if record.claim else []
    identifier = visible(record.identifier)
    return (visible(record.key), visible(record.type), identifier, ", ".join([str(record.target), *marks]))


def record_lines(record: Record, style: TerminalStyle) -> Iterator[str]:
    """One record in full; secrets are masked."""
    facts = {
        "type": record.type,
        "identifier": record.identifier,
        "status": str(record.status) + ("" if record.current else ", an old generation"),
        "generation": str(record.generation),
        "account": record.target.account,
        "Region": record.target.region,
        "credentials": str(record.target.source),
        "depends on": ", ".join(record.depends_on),
        "created": time_text(record.created_at),
        "updated": time_text(record.updated_at),
        "options": ", ".join(name for name in ("protect", "retain") if getattr(record, name)),
        "dirty": ", ".join(record.dirty),
        "claim": record.claim,
        "note": record.note,
    }
    yield style.paint(visible(record.key), "bold")
    yield from (f"  {name:<12}  {visible(text)}" for name, text in facts.items() if text)
    for title, document in (("declared", record.declared), ("observed", record.observed)):
        if document:
            yield f"  {title}"
            yield from EditText(style, full=True).listing(document)


def time_text(seconds: float) -> str:
    """A time in UTC; empty for 0.

    Args:
        seconds: Since the epoch.
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if seconds else ""


def action_text(record: ActionRecord) -> str:
    """One action: when it last ran, and the result.

    Args:
        record: Its record.
    """
    delivery = "at-most-once" if record.once else "at-least-once"
    status = "unknown whether it ran" if record.doubtful else str(record.status)
    note = f"; {record.note}" if record.note else ""
    return visible(f"{record.key}  {delivery}  {status}  last run {time_text(record.started_at)}{note}")
