"""What the steps of a life share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.engine.outcome import Result


class NotApplicable(Exception):
    """The type can't take a step, and why."""


def ended_well(result: Result) -> None:
    """Check that a run ended well.

    Raises:
        AssertionError: It did not; with what failed.
    """
    if not result.ok:
        raise AssertionError("; ".join(f"{one.action} {one.status}: {one.message}" for one in result.failed))
