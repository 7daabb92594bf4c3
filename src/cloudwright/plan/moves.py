"""Moves: records whose declaration has another key now, found by identity or by aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.plan.identity import physical
from cloudwright.program.scope import composed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.planner import Planner
    from cloudwright.program.declaration import Declaration


def found_moves(planner: Planner, declarations: Mapping[str, Declaration]) -> dict[str, str]:
    """New key -> former key: for creates with the identity of one of our orphans, and for aliases."""
    context = planner.context
    orphans = [r for r in context.snapshot.records if r.key not in declarations]
    by_identity = {context.identities[r.id]: r.key for r in orphans if r.id in context.identities}
    # A record may hold a decomposed Unicode spelling of a key, which looks the same.
    spelt = {composed(r.key): r.key for r in orphans}
    moves: dict[str, str] = {}
    for key, declaration in declarations.items():
        if key in context.by_key:
            continue
        alias = next((spelt[a] for a in (key, *declaration.options.aliases) if a in spelt), None)
        identity = planner.identity(key) if by_identity else None
        former = alias or (by_identity.get(identity) if identity else None) or _claimed(planner, key, declarations)
        if former is not None and former not in moves.values():
            moves[key] = former
    return moves


def _claimed(planner: Planner, key: str, declarations: Mapping[str, Declaration]) -> str | None:
    """The former key of a live resource that an adopting declaration names and that is already recorded."""
    record = planner.claimed.get(key)
    # A run that knows the move finds the record at once, and adopts nothing.
    former = record.key if record is not None else planner.context.moves.get(key)
    return former if former not in declarations else None


def refuse_claims(planner: Planner) -> None:
    """Check that no two keys would own one live resource.

    Raises:
        PlanError: A declaration adopts what another key owns, or two adopt the same.
    """
    for key, record in planner.claimed.items():
        raise PlanError(
            f"{key}: {record.identifier} is managed already, as {record.key}",
            hint=f'to rename it, declare it once, with aliases="{record.key}"',
        )
    taken: dict[tuple[object, ...], str] = {}
    for key, found in planner.found.items():
        subject = planner.planned[key].subject
        one = physical(subject.kind.name, subject.target, found.identifier)
        if one in taken:
            raise PlanError(
                f"{taken[one]} and {key} would both adopt {found.identifier}", hint="declare it once, and refer to it"
            )
        taken[one] = key
