"""Resources that stay in their recorded Region, because the program does not name the Region of this run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.identity import identifier_place
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.plan.planner import Planned

_SHOWN = 3
"""Limit of keys that a note names."""


def kept_regions(planned: Iterable[Planned]) -> Iterator[str]:
    """One note for each recorded Region that is not the run's.

    Without it, a removed `target(region=...)` would seem to do nothing, and a wrong `AWS_REGION` would go unnoticed.

    Args:
        planned: The decided declarations.
    """
    apart: dict[tuple[str, str], list[str]] = {}
    for one in planned:
        if _stays(one) and one.record is not None:
            apart.setdefault((one.record.target.region, one.subject.target.region), []).append(one.subject.key)
    for (recorded, wanted), keys in apart.items():
        verb, them = ("stays", "it") if len(keys) == 1 else ("stay", "them")
        yield (
            f"{_some(keys)} {verb} in {recorded}, as recorded in the state, although this run's Region is {wanted}; "
            f'to move {them}, declare {them} in `with target(region="{wanted}")`'
        )


def _stays(one: Planned) -> bool:
    """Whether a resource that has a Region is kept in another one than the run's, without a `target` that says so."""
    record, subject = one.record, one.subject
    if record is None or subject.placed or one.step.action not in {Action.NONE, Action.UPDATE, Action.MOVE}:
        return False
    if record.target.region == subject.target.region:
        return False
    return bool(identifier_place(record.type, record.target, record.identifier)[2])


def _some(keys: list[str]) -> str:
    return ", ".join(keys) if len(keys) <= _SHOWN else f"{', '.join(keys[:_SHOWN])} and {len(keys) - _SHOWN} more"
