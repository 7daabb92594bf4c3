"""Chooses the generation of a resource that a declaration continues."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.plan.adoption import adoption
from cloudwright.plan.decision import Decision, decide
from cloudwright.plan.model import Action
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.state.records import Record

_FRESH = frozenset({Action.CREATE, Action.REPLACE})


def choose(
    subject: ResolvedResource, records: Sequence[Record], context: PlanContext, found: ResourceDescription | None
) -> tuple[Decision, Record | None]:
    """Compare a declaration with all live generations of its key, newest first.

    Args:
        subject: The declaration, resolved.
        records: The generations, newest first.
        context: Holds the live documents that were read.
        found: The live resource that an adopting declaration would adopt.

    Returns:
        The decision and the record that it continues or replaces.

    Raises:
        PlanError: The only record is doubtful; the user must decide.
    """
    owned = [record for record in records if record.status is not RecordStatus.DOUBTFUL]
    if not owned and found is not None:
        # A doubtful record is adopted in place; it keeps its generation and identifier.
        owner = f"{context.snapshot.app}/{context.snapshot.stage}"
        return adoption(subject, found, force=context.options.force, owner=owner), records[0] if records else None
    if not owned and records:
        raise _doubtful(records[0])
    if not owned:
        return decide(subject, None), None
    decisions = [(decide(subject, record, context.live.get(record.id)), record) for record in owned]
    newest = decisions[0][0]
    if newest.action is Action.CREATE:
        return newest, None
    # An older one that was deleted outside cloudwright changes nothing: the newest still has to be replaced in order.
    return next((each for each in decisions if each[0].action not in _FRESH), decisions[0])


def _doubtful(record: Record) -> PlanError:
    return PlanError(
        f"{record.key}: {record.identifier} exists, but nothing proves that it is ours ({record.note})",
        hint=f"adopt it with --adopt {quote(record.key)}, or forget it: "
        f"`cloudwright state rm {quote(record.key)} FILE`",
    )
