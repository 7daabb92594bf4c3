"""Drift as text: each property that differs, and those that reads don't return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.drift import Condition
from cloudwright.plan.model import Change
from cloudwright.render.plan.edit_text import EditText
from cloudwright.render.terminal.escaping import cells, pad, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.drift import DriftReport, PathDrift, ResourceDrift
    from cloudwright.render.terminal.style import TerminalStyle

_MARKS = {
    Condition.CHANGED: ("~", "yellow"),
    Condition.MISSING: ("-", "red"),
    Condition.UNREADABLE: ("?", "magenta"),
    Condition.AS_DECLARED: ("=", "dim"),
}


def drift_lines(report: DriftReport, look: TerminalStyle) -> Iterator[str]:
    """The whole report.

    Args:
        report: What a look found.
        look: What the output can show.
    """
    name = visible(f"{report.app}/{report.stage}")
    legend = look.paint(f"(declared {look.glyph('→', '->')} live)", "dim") if report.drifted else ""
    head = [look.paint("Drift", "bold"), look.paint(name, "bold"), f"serial {report.serial}", legend]
    yield "  ".join(part for part in head if part)
    yield summary(report, look)
    shown = [resource for resource in report.resources if resource.condition is not Condition.AS_DECLARED]
    if shown:
        yield ""
    width = min(max((cells(resource.type) for resource in shown), default=0), look.width // 2)
    for resource in shown:
        yield from _resource(resource, width, look)
    yield from _unobservable(report, look)
    for note in report.notes:
        yield f"  {look.paint('note:', 'cyan')} {visible(note)}"


def summary(report: DriftReport, look: TerminalStyle) -> str:
    """Such as `1 changed, 1 missing, 12 as declared`.

    Args:
        report: What a look found.
        look: What the output can show.
    """
    counts = [(report.count(condition), condition) for condition in Condition if condition is not Condition.AS_DECLARED]
    parts = [look.paint(f"{count} {condition}", _MARKS[condition][1]) for count, condition in counts if count]
    parts = parts or ["no drift"]
    return ", ".join([*parts, look.paint(f"{report.count(Condition.AS_DECLARED)} as declared", "dim")])


def _resource(resource: ResourceDrift, width: int, look: TerminalStyle) -> Iterator[str]:
    sign, color = _MARKS[resource.condition]
    head = f"  {look.paint(sign, color)} {pad(visible(resource.type), width)}  "
    head += look.paint(visible(resource.key), "bold")
    yield f"{head}  {look.paint(visible(resource.identifier), 'dim')}  {resource.condition}"
    if resource.reason:
        yield look.paint(f"      # {visible(resource.reason)}", "dim")
    yield from EditText(look).changes(_change(path) for path in resource.paths if path.kind != "unobservable")


def _change(path: PathDrift) -> Change:
    """A drift as the change that somebody made: from what is declared to what is there."""
    kind = "add" if path.declared is None else "remove" if path.live is None else "replace"
    # The sign says what is gone and what came; only another reason is worth words.
    reason = path.reason if kind == "replace" else ""
    return Change(path.path, kind, path.declared, path.live, reason=reason)


def _unobservable(report: DriftReport, look: TerminalStyle) -> Iterator[str]:
    """Every place that no read can show: who reads "no drift" must know what that covers."""
    for resource in report.resources:
        reasons: dict[str, list[str]] = {}
        for path in resource.paths:
            if path.kind == "unobservable":
                reasons.setdefault(path.reason, []).append(path.path)
        for reason, places in reasons.items():
            text = f"{resource.key}: drift at {', '.join(places)} can't be seen ({reason})"
            yield f"  {look.paint('note:', 'cyan')} {visible(text)}"
