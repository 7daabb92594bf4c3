"""When to poll next: learned durations, and a schedule that overshoots by less than 10%. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "duration/"
"""Prefix of learned durations in the state."""

FIRST_LOOK = 1.5
"""Seconds before the first poll of an operation of unknown duration: hardly any ends earlier. Even a log group took
1.4 s (https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-manage-requests.html)."""

OVERSHOOT = 0.1
"""How late the end of an operation of unknown duration may be noticed: a share of its duration, plus seconds."""

_SHARE = 0.08
_FINE = 0.05
_SHORTEST = 0.15
_NEAR = 0.02
_FIRST_PROBE = 5.0
_CROWDED = 5.0
_SPARSE = 15.0
_LATE = 0.25
_CREEP = 0.99
CROWD_MARGIN = 1.03
"""If many are polled singly, polling slightly late costs less than a second poll."""


class Durations:
    """Durations of operations by type, in seconds; learned, and stored in the state as plain data."""

    def __init__(self, learned: Mapping[str, object] | None = None, *, usual: float | None = None) -> None:
        """Start from what earlier runs learned.

        Args:
            learned: The state's learned figures by name; those named `duration/TYPE/OPERATION` are seconds.
            usual: Default duration of an unknown operation, in seconds; only the local cloud has one.
        """
        self._usual = usual
        self._seconds = {
            name: float(value)
            for name, value in (learned or {}).items()
            if name.startswith(PREFIX) and isinstance(value, (int, float)) and value > 0
        }

    def expect(self, type_name: str, operation: str) -> float | None:
        """Expected duration in seconds, if one was ever observed."""
        return self._seconds.get(f"{PREFIX}{type_name}/{operation}", self._usual)

    def observe(self, type_name: str, operation: str, *, running: float, ended: float) -> None:
        """Learn from one success.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
            operation: CREATE, UPDATE or DELETE.
            running: Seconds after the start at which it was last seen running; 0 if never.
            ended: Seconds after the start at which it was first seen ended.
        """
        name = f"{PREFIX}{type_name}/{operation}"
        known = self._seconds.get(name)
        seen = ended - _LATE * (ended - running)
        if known is not None and running < 0.8 * ended:
            # If the first poll finds it ended, the end may lie earlier, and lies no later: lower the expectation step
            # by step until a poll comes too early. The step refers to the expectation that was used, so operations
            # that shared it count as one observation. A poll that was itself late must not raise it.
            seen = min(known, _CREEP * ended / CROWD_MARGIN)
        self._seconds[name] = max(0.01, seen if known is None else (known + seen) / 2)

    def learned(self) -> dict[str, object]:
        """All learned durations, as plain data for the state."""
        return {name: round(value, 3) for name, value in self._seconds.items()}


def next_poll(elapsed: float, expected: float | None, *, margin: float = 1.0) -> float:
    """When to poll a running operation next, in seconds after its start.

    Args:
        elapsed: Seconds since its start.
        expected: Seconds that it is likely to take, if known.
        margin: Factor on the expectation for the first poll; `CROWD_MARGIN` if polling too early is expensive.
    """
    if expected is None:
        return max(FIRST_LOOK, elapsed + OVERSHOOT * (1 + elapsed))
    expected *= margin
    if elapsed < expected * 0.999:
        return min(expected, _next_probe(elapsed))
    late = elapsed - expected
    return elapsed + min(max(_NEAR * expected, 0.05, late / 2), max(_SHORTEST, _SHARE * elapsed))


def next_scout_poll(elapsed: float) -> float:
    """The same for an unknown duration if one listing polls many operations, so that a poll is cheap.

    Args:
        elapsed: Seconds since its start.
    """
    return max(FIRST_LOOK, elapsed + max(_SHORTEST, _SHARE * elapsed))


def next_fine_poll(elapsed: float) -> float:
    """The same for one of a few that show how long hundreds take: what it is late, all of them are late.

    Args:
        elapsed: Seconds since its start.
    """
    return max(FIRST_LOOK, elapsed * (1 + _FINE))


def next_crowd_poll(elapsed: float) -> float:
    """The same for one of hundreds whose duration a few others will reveal, so that even a listing is many calls.

    Args:
        elapsed: Seconds since its start.
    """
    return max(_CROWDED, 2 * elapsed)


def next_sparse_poll(elapsed: float) -> float:
    """The same for an operation whose duration another one of its kind will reveal."""
    return max(_SPARSE, 2 * elapsed)


def _next_probe(elapsed: float) -> float:
    # A long expectation may be wrong, and failures come early: also poll at 5, 10, 20, 40 ... seconds.
    probe = _FIRST_PROBE
    while probe <= elapsed * 1.001:
        probe *= 2
    return probe
