"""Findings of rules and value checks, grouped by severity; silenced ones as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.places import place_of
from cloudwright.render.safe import visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.plan.model import Finding
    from cloudwright.render.look import Look

SEVERITIES = {"error": "red", "warning": "yellow", "info": "cyan"}
"""The severities, worst first, with their colours."""


def finding_counts(findings: Iterable[Finding]) -> str:
    """Such as `1 error, 2 warnings`; empty if nothing is found."""
    loud = [finding.severity for finding in findings if not finding.silenced]
    counts = [(severity, loud.count(severity)) for severity in SEVERITIES]
    return ", ".join(f"{n} {severity}{_plural(severity, n)}" for severity, n in counts if n)


def _plural(severity: str, number: int) -> str:
    return "s" if number > 1 and severity != "info" else ""


def finding_lines(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    """The findings as text, worst first.

    Args:
        findings: All of a plan's.
        look: What the output can show.
    """
    loud = [finding for finding in findings if not finding.silenced]
    if not findings:
        return
    yield ""
    for severity, color in SEVERITIES.items():
        for finding in (finding for finding in loud if finding.severity == severity):
            yield from _finding(finding, look, color)
    if len(loud) < len(findings):
        yield look.paint(f"  {len(findings) - len(loud)} silenced", "dim")


def _finding(finding: Finding, look: Look, color: str) -> Iterator[str]:
    place = visible(f"{finding.key}{finding.path}")
    source = f"  {place_of(finding.source)}" if finding.source.file else ""
    yield f"  {look.paint(f'{finding.severity} {visible(finding.id)}', color)}  {look.paint(place, 'bold')}{source}"
    yield from wrapped(finding.text, " " * 6, look.width)
    if finding.fix:
        first, *rest = wrapped(finding.fix, " " * 11, look.width)
        yield f"      {look.paint('fix:', 'green')} {first.lstrip()}"
        yield from rest
