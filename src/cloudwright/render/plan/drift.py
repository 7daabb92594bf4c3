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


def drift_lines(report: DriftReport, style: TerminalStyle) -> Iterator[str]:
    """The complete report."""
    name = visible(f"{report.app}/{report.stage}")
    legend = style.paint(f"(declared {style.glyph('→', '->')} live)", "dim") if report.drifted else ""
    head = [style.paint("Drift", "bold"), style.paint(name, "bold"), f"serial {report.serial}", legend]
    yield "  ".join(part for part in head if part)
    yield summary(report, style)
    shown = [resource for resource in report.resources if resource.condition is not Condition.AS_DECLARED]
    if shown:
        yield ""
    width = min(max((cells(resource.type) for resource in shown), default=0), style.width // 2)
    for resource in shown:
        yield from _resource(resource, width, style)
    yield from _unobservable(report, style)
    for note in report.notes:
        yield f"  {style.paint('note:', 'cyan')} {visible(note)}"


def summary(report: DriftReport, style: TerminalStyle) -> str:
    """Such as `1 changed, 1 missing, 12 as declared`."""
    counts = [(report.count(condition), condition) for condition in Condition if condition is not Condition.AS_DECLARED]
    parts = [style.paint(f"{count} {condition}", _MARKS[condition][1]) for count, condition in counts if count]
    parts = parts or ["nothing was compared" if report.compared_nothing else "no drift"]
    return ", ".join([*parts, style.paint(f"{report.count(Condition.AS_DECLARED)} as declared", "dim")])


def _resource(resource: ResourceDrift, width: int, style: TerminalStyle) -> Iterator[str]:
    sign, color = _MARKS[resource.condition]
    head = f"  {style.paint(sign, color)} {pad(visible(resource.type), width)}  "
    head += style.paint(visible(resource.key), "bold")
    yield f"{head}  {style.paint(visible(resource.identifier), 'dim')}  {resource.condition}"
    if resource.reason:
        yield style.paint(f"      # {visible(resource.reason)}", "dim")
    yield from EditText(style).changes(_change(path) for path in resource.paths if path.kind != "unobservable")


def _change(path: PathDrift) -> Change:
    """A drift shown as the outside change: from the declared to the live value."""
    kind = "add" if path.declared is None else "remove" if path.live is None else "replace"
    # The sign already shows removals and additions; only other reasons are printed.
    reason = path.reason if kind == "replace" else ""
    return Change(path.path, kind, path.declared, path.live, reason=reason)


def _unobservable(report: DriftReport, style: TerminalStyle) -> Iterator[str]:
    """Every path that no read returns: "no drift" does not cover these."""
    for resource in report.resources:
        reasons: dict[str, list[str]] = {}
        for path in resource.paths:
            if path.kind == "unobservable":
                reasons.setdefault(path.reason, []).append(path.path)
        for reason, places in reasons.items():
            text = f"{resource.key}: drift at {', '.join(places)} can't be seen ({reason})"
            yield f"  {style.paint('note:', 'cyan')} {visible(text)}"
