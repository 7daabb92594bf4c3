"""Fleet runs as text, as JSON lines and as an exit code."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.fleet.model import counted
from cloudwright.render.contract.fleet import FleetRunLine, FleetTargetLine
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.terminal.escaping import cells, pad, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.fleet.model import Attempt, FleetRun, RunStatus
    from cloudwright.render.terminal.style import TerminalStyle

_COLORS = {
    "done": "green",
    "failed": "red",
    "running": "cyan",
    "waiting for approval": "yellow",
    "held": "yellow",
    "cancelled": "dim",
    "queued": "dim",
    "pending": "dim",
}

STATUS_WIDTH = 20
"""Columns for a target's status."""

NAMED = 5
"""Limit of targets named for a shared message."""

TEXTS = 20
"""Limit of errors shown, and of notes."""

_NEXT = {"waiting for approval": "approve", "stopped": "retry", "done, with failures": "retry", "paused": "resume"}
"""Status of a run -> the commands that apply to it."""


def run_lines(run: FleetRun, status: str, attempts: Sequence[Attempt], style: TerminalStyle) -> Iterator[str]:
    """One run: its status, a line for each target, the plans' notes, and every error with its hint.

    Args:
        run: The run.
        status: The run's status.
        attempts: One for each target.
        style: The capabilities of the output.
    """
    head = style.paint(f"Fleet run {run.id}  {run.spec.verb} of {visible(run.spec.app)}", "bold")
    yield f"{head}  {status}  {counts(attempts)}{_drifted(run, status, attempts)}"
    width = max((cells(attempt.target) for attempt in attempts), default=0)
    for attempt in attempts:
        yield target_line(attempt, style, width)
    yield from _grouped(((one.target, note) for one in attempts for note in one.notes), "note", "cyan", style)
    yield from _grouped(((one.target, one.error) for one in attempts if one.error), "failed", "red", style)
    yield from _next(run, status, drifted=any(attempt.drifted for attempt in attempts))


def _next(run: FleetRun, status: str, *, drifted: bool) -> Iterator[str]:
    """The commands that apply to the run."""
    word = _NEXT.get(status)
    if drifted or word:
        yield ""
    if drifted or word == "approve":
        yield f"  look: cloudwright fleet plan {run.id}"
    if word:
        yield f"  next: cloudwright fleet {word} {run.id}"


def target_line(attempt: Attempt, style: TerminalStyle, width: int = 0) -> str:
    """The status of one target.

    Args:
        attempt: Its latest one.
        style: The capabilities of the output.
        width: Columns of the target's name.
    """
    status = style.paint(pad(str(attempt.status), STATUS_WIDTH), _COLORS[str(attempt.status)])
    parts = [
        counted(attempt.changes, "change") if attempt.changes else "",
        style.paint(f"{attempt.drifted} drifted", "yellow") if attempt.drifted else "",
        duration(attempt.seconds) if attempt.seconds else "",
    ]
    return f"  {status}  {pad(visible(attempt.target), width)}  {'  '.join(part for part in parts if part)}".rstrip()


def _drifted(run: FleetRun, status: str, attempts: Sequence[Attempt]) -> str:
    found = [attempt.drifted for attempt in attempts if attempt.drifted]
    if found:
        return f"; {counted(sum(found), 'resource')} drifted in {counted(len(found), 'target')}"
    return "; no drift" if run.spec.verb == "drift" and status == "done" else ""


def counts(attempts: Iterable[Attempt]) -> str:
    """Such as `12 done, 1 failed, 3 running`."""
    found = Counter(str(attempt.status) for attempt in attempts)
    return ", ".join(f"{found[status]} {status}" for status in _COLORS if found[status])


def run_line(run: FleetRun, status: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """A run as a JSON line."""
    return FleetRunLine(
        run=run.id,
        app=run.spec.app,
        verb=str(run.spec.verb),
        made_at=run.made_at,
        status=status,
        counts=Counter(str(attempt.status) for attempt in attempts),
        drifted=sum(attempt.drifted for attempt in attempts),
    ).as_object()


def attempt_line(run: FleetRun, attempt: Attempt) -> dict[str, Any]:
    """A target of a run as a JSON line."""
    return FleetTargetLine(
        run=run.id,
        target=attempt.target,
        status=str(attempt.status),
        attempt=attempt.number,
        worker=attempt.worker or None,
        changes=attempt.changes,
        digest=attempt.digest or None,
        drifted=attempt.drifted,
        notes=attempt.notes,
        error=attempt.error or None,
        seconds=attempt.seconds,
    ).as_object()


def _grouped(parts: Iterable[tuple[str, str]], mark: str, color: str, style: TerminalStyle) -> Iterator[str]:
    """Messages about targets; those with the same text are grouped."""
    by_text: dict[str, list[str]] = {}
    for target, text in parts:
        by_text.setdefault(text, []).append(visible(target))
    for text, targets in list(by_text.items())[:TEXTS]:
        yield ""
        more = f" and {len(targets) - NAMED} more" if len(targets) > NAMED else ""
        yield f"  {style.paint(mark, color)}  {', '.join(targets[:NAMED])}{more}"
        for line in text.splitlines():
            yield from wrapped(visible(line), " " * 6, style.width)
    if len(by_text) > TEXTS:
        yield ""
        yield f"  {style.paint(mark, color)}  {len(by_text) - TEXTS} more different ones; --json shows all"


def fleet_code(status: RunStatus, attempts: Sequence[Attempt]) -> int:
    """If something failed or was cancelled: 3 if a part succeeded, else 1. Otherwise 2 on drift, else 0."""
    if status in {"done, with failures", "stopped", "cancelled"}:
        return 3 if any(attempt.status == "done" for attempt in attempts) else 1
    return 2 if status == "done" and any(attempt.drifted for attempt in attempts) else 0
