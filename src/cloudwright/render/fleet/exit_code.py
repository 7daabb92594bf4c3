"""The exit code of a fleet run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.fleet.model import Attempt, RunStatus


def fleet_code(status: RunStatus, attempts: Sequence[Attempt]) -> int:
    """If something failed or was cancelled: 3 if a part succeeded, else 1. Otherwise 2 on drift, else 0."""
    if status in {"done, with failures", "stopped", "cancelled"}:
        return 3 if any(attempt.status == "done" for attempt in attempts) else 1
    return 2 if status == "done" and any(attempt.drifted for attempt in attempts) else 0
