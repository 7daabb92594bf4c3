"""A complete state for other programs: the lines of `state list`, and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.outputs import without_seals
from cloudwright.render import json_lines
from cloudwright.render.contract.store import UsesLine

if TYPE_CHECKING:
    from cloudwright.state.snapshot import Snapshot


def export_lines(snapshot: Snapshot) -> list[json_lines.Line]:
    """A state as lines of JSON; secrets and sealed values are masked."""
    return [
        json_lines.state_line(snapshot),
        *map(json_lines.record_line, snapshot.records),
        *map(json_lines.entry_line, snapshot.journal),
        *map(json_lines.action_line, snapshot.actions),
        json_lines.outputs_line(without_seals(snapshot.outputs)),
        *(UsesLine(app=used).as_object() for used in snapshot.uses),
    ]
