"""How long the phases of a build take, learned from earlier ones and kept in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.progress import learned_phases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.delivery.progress import BuildProgress

LEARNED = "images/"
"""Names of learned durations start with this, then the key of the pipeline or the declared image, and the phase."""

_DECIMALS = 1


def expected_phases(learned: Mapping[str, object], key: str) -> dict[str, float]:
    """Phase -> the seconds that it took in earlier builds.

    Args:
        learned: The state's learned figures by name.
        key: Of the pipeline or the declared image that builds.
    """
    prefix = f"{LEARNED}{key}/"
    return {
        name.removeprefix(prefix): float(value)
        for name, value in learned.items()
        if name.startswith(prefix) and isinstance(value, (int, float))
    }


def learned_times(learned: Mapping[str, object], key: str, progress: BuildProgress) -> dict[str, object]:
    """The figures after another build, in which the former ones count as much as this one.

    Args:
        learned: The state's learned figures by name.
        key: Of the pipeline or the declared image; nothing is learned without one.
        progress: How the build ended.
    """
    if not key:
        return {}
    before = expected_phases(learned, key)
    return {
        f"{LEARNED}{key}/{phase}": round((before.get(phase, seconds) + seconds) / 2, _DECIMALS)
        for phase, seconds in learned_phases(progress).items()
    }
