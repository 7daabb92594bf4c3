"""When to ask next: what operations took before, and a schedule that overshoots by less than 10%. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "duration/"
"""Names of learned durations in the state start with this."""

FIRST_LOOK = 0.5
"""Seconds after which an operation of unknown length is looked at first: few end earlier."""

_OVERSHOOT = 0.1
"""Share of an unknown length, and seconds beside it, by which its end may be noticed late."""

_SHARE = 0.08
_SHORTEST = 0.15
_NEAR = 0.02
_FIRST_PROBE = 5.0
_SPARSE = 15.0
_LATE = 0.25
_CREEP = 0.99
CROWD_MARGIN = 1.03
"""Where many are asked singly, a look slightly late costs less than a second look."""


class Durations:
    """What operations of each type take, in seconds; learned, and kept in the state as plain data."""

    def __init__(self, learned: Mapping[str, object] | None = None, *, usual: float | None = None) -> None:
        """Start with what earlier runs learned.

        Args:
            learned: Figures of the state by name; those named `duration/TYPE/OPERATION` are seconds.
            usual: Seconds that every operation takes of which nothing is known yet; only the local cloud has such a
                figure.
        """
        self._usual = usual
        self._seconds = {
            name: float(value)
            for name, value in (learned or {}).items()
            if name.startswith(PREFIX) and isinstance(value, (int, float)) and value > 0
        }

    def expect(self, type_name: str, operation: str) -> float | None:
        """Seconds that such an operation is likely to take, if any was ever seen."""
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
            # Seen ended at the first look, the end may lie before: creep down until a look comes too early. The
            # step refers to the expectation that was used, so a crowd that shared it counts as one observation.
            seen = _CREEP * ended / CROWD_MARGIN
        self._seconds[name] = max(0.01, seen if known is None else (known + seen) / 2)

    def learned(self) -> dict[str, object]:
        """Everything known, as plain data for the state."""
        return {name: round(value, 3) for name, value in self._seconds.items()}


def next_poll(elapsed: float, expected: float | None, *, margin: float = 1.0) -> float:
    """Seconds after its start at which an operation that is still running should be looked at next.

    Args:
        elapsed: Seconds since its start.
        expected: Seconds that it is likely to take, if known.
        margin: Factor on the expectation for the first look; `CROWD_MARGIN` where a look too early is dear.
    """
    if expected is None:
        return max(FIRST_LOOK, elapsed + _OVERSHOOT * (1 + elapsed))
    expected *= margin
    if elapsed < expected * 0.999:
        return min(expected, _next_probe(elapsed))
    late = elapsed - expected
    return elapsed + min(max(_NEAR * expected, 0.05, late / 2), max(_SHORTEST, _SHARE * elapsed))


def next_scout_poll(elapsed: float) -> float:
    """The same for an operation of unknown length whose look serves a whole crowd, so that looks are cheap.

    Args:
        elapsed: Seconds since its start.
    """
    return max(FIRST_LOOK, elapsed + max(_SHORTEST, _SHARE * elapsed))


def next_sparse_poll(elapsed: float) -> float:
    """The same for an operation of which another one like it will tell how long it takes."""
    return max(_SPARSE, 2 * elapsed)


def _next_probe(elapsed: float) -> float:
    # A long expectation may be wrong, and failures come early: look at 5, 10, 20, 40 ... seconds too.
    probe = _FIRST_PROBE
    while probe <= elapsed * 1.001:
        probe *= 2
    return probe
