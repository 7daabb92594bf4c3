"""Drift, as text: what is not as declared, place by place, and what can't be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.drift import Condition
from cloudwright.render.safe import cells, pad, visible
from cloudwright.render.value import fold, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.drift import DriftReport, PathDrift, ResourceDrift
    from cloudwright.render.look import Look

_MARKS = {
    Condition.CHANGED: ("~", "yellow"),
    Condition.MISSING: ("-", "red"),
    Condition.UNREADABLE: ("?", "magenta"),
    Condition.AS_DECLARED: ("=", "dim"),
}
_MOST_UNOBSERVABLE = 3
"""Pointers of one resource that are named where nobody can tell; the JSON lines hold all."""


def drift_lines(report: DriftReport, look: Look) -> Iterator[str]:
    """The whole report.

    Args:
        report: What a look found.
        look: What the output can show.
    """
    name = visible(f"{report.app}/{report.stage}")
    yield f"{look.paint('Drift', 'bold')}  {look.paint(name, 'bold')}  serial {report.serial}"
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


def summary(report: DriftReport, look: Look) -> str:
    """Such as `1 changed, 1 missing, 12 as declared`.

    Args:
        report: What a look found.
        look: What the output can show.
    """
    counts = [(report.count(condition), condition) for condition in Condition if condition is not Condition.AS_DECLARED]
    parts = [look.paint(f"{count} {condition}", _MARKS[condition][1]) for count, condition in counts if count]
    parts = parts or ["no drift"]
    return ", ".join([*parts, look.paint(f"{report.count(Condition.AS_DECLARED)} as declared", "dim")])


def _resource(resource: ResourceDrift, width: int, look: Look) -> Iterator[str]:
    sign, color = _MARKS[resource.condition]
    head = f"  {look.paint(sign, color)} {pad(visible(resource.type), width)}  "
    head += look.paint(visible(resource.key), "bold")
    yield f"{head}  {look.paint(visible(resource.identifier), 'dim')}  {resource.condition}"
    if resource.reason:
        yield look.paint(f"      # {visible(resource.reason)}", "dim")
    told = [path for path in resource.paths if path.kind != "unobservable"]
    names = max((cells(visible(path.path.removeprefix("/"))) for path in told), default=0)
    for path in told:
        yield from _path(path, min(names, look.width // 3), look)


def _path(path: PathDrift, width: int, look: Look) -> Iterator[str]:
    mark, color = {"missing": ("-", "red")}.get(path.kind, ("~", "yellow"))
    if path.declared is None:
        mark, color = "+", "green"
    name = pad(visible(path.path.removeprefix("/")), width)
    reason = look.paint(f"  # {path.reason}", "dim") if path.reason else ""
    room = look.width - cells(name) - 12
    if path.declared is None or path.live is None:
        value = text_of(path.live if path.declared is None else path.declared)
        yield f"      {look.paint(mark, color)} {name}  {fold(value, max(24, room - cells(path.reason) - 4))}{reason}"
        return
    arrow = look.glyph("→", "->")
    line = f"{text_of(path.declared)} {arrow} {text_of(path.live)}"
    if cells(line) <= room:
        yield f"      {look.paint(mark, color)} {name}  {line}{reason}"
        return
    yield f"      {look.paint(mark, color)} {name.rstrip()}{reason}"
    yield f"          {fold(text_of(path.declared), look.width - 12)}"
    yield f"          {arrow} {fold(text_of(path.live), look.width - 14)}"


def _unobservable(report: DriftReport, look: Look) -> Iterator[str]:
    for resource in report.resources:
        unseen = [path.path for path in resource.paths if path.kind == "unobservable"]
        if unseen:
            more = f" and {len(unseen) - _MOST_UNOBSERVABLE} more" if len(unseen) > _MOST_UNOBSERVABLE else ""
            listed = ", ".join(unseen[:_MOST_UNOBSERVABLE]) + more
            yield f"  {look.paint('note:', 'cyan')} {visible(resource.key)}: drift at {visible(listed)} can't be seen"
