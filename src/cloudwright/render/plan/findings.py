"""Findings of rules and value checks: the most severe first, equal ones grouped."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.detail import Detail
from cloudwright.render.source_lines import place_of
from cloudwright.render.terminal.escaping import cells, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.plan.model import Finding
    from cloudwright.render.terminal.style import TerminalStyle

SEVERITIES = {"error": "red", "warning": "yellow", "info": "cyan"}
"""The severities, worst first, with their colours."""

MOST_PLACES = 8
"""Limit of paths shown of one group without `--full`."""

ROOMY = 80
"""Terminal width from which a text is indented past its label."""

_INDENT = " " * 6
_DEEPER = " " * 8


def finding_counts(findings: Iterable[Finding]) -> str:
    """Such as `1 error, 2 warnings`; empty without findings."""
    loud = [finding.severity for finding in findings if not finding.silenced]
    counts = [(severity, loud.count(severity)) for severity in SEVERITIES]
    return ", ".join(f"{n} {severity}{_plural(severity, n)}" for severity, n in counts if n)


def _plural(severity: str, number: int) -> str:
    return "s" if number > 1 and severity != "info" else ""


@dataclass(frozen=True, slots=True)
class FindingText:
    """Formats findings for one output.

    Attributes:
        style: The capabilities of the output.
        detail: `BRIEF` only counts information; `FULL` shows every path, the source of each fact, and why a finding was
            silenced.
    """

    style: TerminalStyle
    detail: Detail = Detail.USUAL

    def lines(self, findings: Sequence[Finding]) -> Iterator[str]:
        """The findings as text, worst first.

        Args:
            findings: All of a plan's.
        """
        loud = [finding for finding in findings if not finding.silenced]
        for severity in SEVERITIES:
            of_severity = [finding for finding in loud if finding.severity == severity]
            if severity == "info" and self.detail is Detail.BRIEF:
                yield from self._number(len(of_severity), "info; `plan` shows")
            else:
                yield from (line for group in grouped(of_severity) for line in self._group(group))
        yield from self._silenced([finding for finding in findings if finding.silenced])

    def _number(self, number: int, what: str) -> Iterator[str]:
        if number:
            yield self.style.paint(f"  {number} {what} {'it' if number == 1 else 'them'}", "dim")

    def _silenced(self, findings: Sequence[Finding]) -> Iterator[str]:
        if self.detail is not Detail.FULL:
            if findings:
                yield self.style.paint(f"  {len(findings)} silenced", "dim")
            return
        for finding in findings:
            place = visible(f"{finding.key}{finding.path}")
            yield self.style.paint(f"  silenced {visible(finding.id)}  {place}", "dim")
            yield from self._quiet(f"because: {finding.silenced}")

    def _group(self, group: Sequence[Finding]) -> Iterator[str]:
        first = group[0]
        label = f"{first.severity} {visible(first.id)}"
        start = f"  {label}  "
        indent = " " * len(start) if self.style.width >= ROOMY else _INDENT
        head, *rest = wrapped(first.text, indent, self.style.width, first=start)
        yield f"  {self.style.paint(label, SEVERITIES[first.severity])}{head.removeprefix(f'  {label}')}"
        yield from rest
        shared = len({finding.fix for finding in group}) == 1
        yield from self._places(group, with_fix=not shared)
        if shared and first.fix:
            yield from self._fix(first.fix, _INDENT)
        if self.detail is Detail.FULL and first.origin:
            yield from self._quiet(f"source: {first.origin}")

    def _places(self, group: Sequence[Finding], *, with_fix: bool) -> Iterator[str]:
        shown = group if self.detail is Detail.FULL else _without_a_tail_of_one(group)
        for _, places in groupby(shown, key=lambda finding: (finding.key, finding.source)):
            yield from self._resource(list(places), with_fix=with_fix)
        if len(shown) < len(group):
            yield self.style.paint(f"{_INDENT}and {len(group) - len(shown)} more places; --full shows them", "dim")

    def _resource(self, findings: Sequence[Finding], *, with_fix: bool) -> Iterator[str]:
        """A resource's paths: on the resource's line if there is a single one that fits, else below it."""
        first = findings[0]
        source = f"  {place_of(first.source)}" if first.source.file else ""
        whole = visible(f"{first.key}{first.path}")
        if len(findings) == 1 and cells(_INDENT + whole + source) <= self.style.width:
            yield f"{_INDENT}{self.style.paint(whole, 'bold')}{source}"
            yield from self._fix(first.fix, _DEEPER) if with_fix and first.fix else ()
            return
        yield f"{_INDENT}{self.style.paint(visible(first.key), 'bold')}{source}"
        for finding in findings:
            yield from self._path(finding, with_fix=with_fix)

    def _path(self, finding: Finding, *, with_fix: bool) -> Iterator[str]:
        path = visible(finding.path) or "(the whole resource)"
        fix = list(self._fix(finding.fix, _DEEPER)) if with_fix and finding.fix else []
        space = self.style.width - cells(_DEEPER + path) - 2
        if len(fix) == 1 and cells(f"fix: {visible(finding.fix)}") <= space:
            yield f"{_DEEPER}{path}  {fix[0].lstrip()}"
            return
        yield f"{_DEEPER}{path}"
        yield from (f"  {line}" for line in fix)

    def _fix(self, text: str, indent: str) -> Iterator[str]:
        first, *rest = wrapped(text, f"{indent}     ", self.style.width)
        yield f"{indent}{self.style.paint('fix:', 'green')} {first.lstrip()}"
        yield from rest

    def _quiet(self, text: str) -> Iterator[str]:
        return (self.style.paint(line, "dim") for line in wrapped(text, _INDENT, self.style.width))


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Groups of equal findings, in the order of the first of each.

    Args:
        findings: In the order of a plan.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.id, finding.text), []).append(finding)
    return list(groups.values())


def _without_a_tail_of_one(group: Sequence[Finding]) -> Sequence[Finding]:
    """Show one path more instead of `and 1 more`, which takes as much space."""
    return group if len(group) <= MOST_PLACES + 1 else group[:MOST_PLACES]
