"""A state's audit as text: who changed what, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.state.records import time_text
from cloudwright.render.terminal.escaping import visible
from cloudwright.state.audit import AuditOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.render.terminal.style import TerminalStyle
    from cloudwright.state.audit import AuditLine

_WELL = {AuditOutcome.SUCCEEDED, AuditOutcome.FOUND_DONE}
_PLAN = 12
"""Characters of a plan's digest that are shown."""


def audit_text(lines: Sequence[AuditLine], style: TerminalStyle) -> Iterator[str]:
    """Two lines for each change, the latest first."""
    if not lines:
        yield "no changes yet"
    for line in reversed(lines):
        color = "green" if line.outcome in _WELL else "red"
        what = visible(" ".join(filter(None, (line.key, line.type, line.identifier))))
        yield f"{time_text(line.at)}  {line.action:<7}  {style.paint(f'{line.outcome:<10}', color)}  {what}"
        place = "/".join(filter(None, (line.account, line.region)))
        by = f"by {line.author}" + (f" as {line.principal}" if line.principal else "")
        plan = f"plan {line.plan[:_PLAN]}" if line.plan else ""
        request = f"request {line.request_token}" if line.request_token else ""
        error = f"AWS error {line.error}" if line.error else ""
        hand = f"by hand: {line.command}" if line.command else ""
        facts = (by, hand, line.detail, place, plan, request, error)
        yield style.paint(visible("    " + ", ".join(filter(None, facts))), "dim")
