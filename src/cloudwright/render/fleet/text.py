"""Fleet runs as text and as lines of the machine face."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.fleet.model import counted
from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.terminal.escaping import cells, pad, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.fleet.model import Attempt, FleetRun
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
"""Columns for where a target stands."""

NAMED = 5
"""Targets that are named where several are told the same; their own lines tell the others."""

TEXTS = 20
"""Errors that are told, and as many notes."""

_NEXT = {"waiting for approval": "approve", "stopped": "retry", "done, with failures": "retry", "paused": "resume"}
"""Status of a run -> what a person can say to it."""


def run_lines(run: FleetRun, status: str, attempts: Sequence[Attempt], look: TerminalStyle) -> Iterator[str]:
    """One run: its status, a line for each target, what plans note, and every error with the way out.

    Args:
        run: What was asked for.
        status: How it goes.
        attempts: One a target.
        look: What the output can show.
    """
    head = look.paint(f"Fleet run {run.id}  {run.spec.verb} of {visible(run.spec.app)}", "bold")
    yield f"{head}  {status}  {counts(attempts)}{_drifted(run, status, attempts)}"
    width = max((cells(attempt.target) for attempt in attempts), default=0)
    for attempt in attempts:
        yield target_line(attempt, look, width)
    yield from _grouped(((one.target, note) for one in attempts for note in one.notes), "note", "cyan", look)
    yield from _grouped(((one.target, one.error) for one in attempts if one.error), "failed", "red", look)
    yield from _next(run, status, drifted=any(attempt.drifted for attempt in attempts))


def _next(run: FleetRun, status: str, *, drifted: bool) -> Iterator[str]:
    """What a person can look at, and say."""
    word = _NEXT.get(status)
    if drifted or word:
        yield ""
    if drifted or word == "approve":
        yield f"  look: cloudwright fleet plan {run.id}"
    if word:
        yield f"  next: cloudwright fleet {word} {run.id}"


def target_line(attempt: Attempt, look: TerminalStyle, width: int = 0) -> str:
    """Where one target stands.

    Args:
        attempt: Its latest one.
        look: What the output can show.
        width: Columns of the target's name.
    """
    status = look.paint(pad(str(attempt.status), STATUS_WIDTH), _COLORS[str(attempt.status)])
    told = [
        counted(attempt.changes, "change") if attempt.changes else "",
        look.paint(f"{attempt.drifted} drifted", "yellow") if attempt.drifted else "",
        duration(attempt.seconds) if attempt.seconds else "",
    ]
    return f"  {status}  {pad(visible(attempt.target), width)}  {'  '.join(part for part in told if part)}".rstrip()


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
    """A run, for machines."""
    return {
        "type": "fleet_run",
        "run": run.id,
        "app": run.spec.app,
        "verb": str(run.spec.verb),
        "made_at": run.made_at,
        "status": status,
        "counts": dict(Counter(str(attempt.status) for attempt in attempts)),
        "drifted": sum(attempt.drifted for attempt in attempts),
    }


def attempt_line(run: FleetRun, attempt: Attempt) -> dict[str, Any]:
    """A target of a run, for machines."""
    return {
        "type": "fleet_target",
        "run": run.id,
        "target": attempt.target,
        "status": str(attempt.status),
        "attempt": attempt.number,
        "worker": attempt.worker or None,
        "changes": attempt.changes,
        "digest": attempt.digest or None,
        "drifted": attempt.drifted,
        "notes": list(attempt.notes),
        "error": attempt.error or None,
        "seconds": attempt.seconds,
    }


def _grouped(told: Iterable[tuple[str, str]], mark: str, color: str, look: TerminalStyle) -> Iterator[str]:
    """What is told of targets, those with the same text together."""
    by_text: dict[str, list[str]] = {}
    for target, text in told:
        by_text.setdefault(text, []).append(visible(target))
    for text, targets in list(by_text.items())[:TEXTS]:
        yield ""
        more = f" and {len(targets) - NAMED} more" if len(targets) > NAMED else ""
        yield f"  {look.paint(mark, color)}  {', '.join(targets[:NAMED])}{more}"
        for line in text.splitlines():
            yield from wrapped(visible(line), " " * 6, look.width)
    if len(by_text) > TEXTS:
        yield ""
        yield f"  {look.paint(mark, color)}  {len(by_text) - TEXTS} more, which differ; --json tells all"
