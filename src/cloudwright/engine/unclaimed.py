"""Searches for a resource that a request of ours may have created, when nothing names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control.model import OperationStatus
from cloudwright.diff.compare import compare_both
from cloudwright.diff.context import ComparisonContext
from cloudwright.errors import Ambiguous, ServiceError
from cloudwright.plan.identity import naming_place, physical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.control.model import ResourceDescription
    from cloudwright.engine.run import Services
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.journal import JournalEntry


async def find_unclaimed(entry: JournalEntry, services: Services) -> ResourceDescription | None:
    """The one live resource of the entry's type that no record claims and whose document equals the entry's body.

    Returns:
        `None` if none matches.

    Raises:
        Ambiguous: The owner of a match is unknown.
        CloudwrightError: The type can't be listed or read.
    """
    snapshot = await services.store.read()
    claimed = {physical(record.type, record.target, record.identifier) for record in snapshot.records}
    kind = services.catalog.get(entry.type)
    rivals = [other for other in snapshot.journal if _rivals(entry, other, kind)]
    fitting = []
    async for listed in services.control.list(entry.target, entry.type, _parent(entry, services)):
        if physical(entry.type, entry.target, listed.identifier) in claimed:
            continue
        live = await _read(entry, listed.identifier, services)
        if live is not None and matches(entry, live.properties, services):
            fitting.append(live)
    if fitting and rivals:
        made = {await _made_by(other, services) for other in rivals}
        fitting = [live for live in fitting if live.identifier not in made]
        if None in made and fitting:
            raise Ambiguous
    if len(fitting) > 1:
        raise Ambiguous
    return fitting[0] if fitting else None


def _rivals(entry: JournalEntry, other: JournalEntry, kind: ResourceType) -> bool:
    """Whether another open create of ours could have created the same resource."""
    if (other.operation, other.type) != (entry.operation, entry.type) or other.id == entry.id:
        return False
    ours, theirs = (naming_place(kind, one.target) for one in (entry, other))
    return ours == theirs and other.draft.declared == entry.draft.declared


async def _made_by(other: JournalEntry, services: Services) -> str | None:
    """The identifier of what another create of ours created; `None` if that is unknown."""
    if other.request_token is None:
        return None
    event = await services.control.status(other.target, other.request_token)
    if event.status is OperationStatus.SUCCESS:
        return event.identifier
    return None


async def _read(entry: JournalEntry, identifier: str, services: Services) -> ResourceDescription | None:
    try:
        return await services.control.get(entry.target, entry.type, identifier)
    except ServiceError as error:
        if error.name == "ResourceNotFound":
            return None
        raise


def _parent(entry: JournalEntry, services: Services) -> Mapping[str, object] | None:
    """The parent's properties that the list handler needs, from the create itself (CC91)."""
    handler = services.catalog.get(entry.type).handlers.get("list")
    wanted = (handler.list_schema or {}).get("properties") if handler else None
    names = wanted if isinstance(wanted, dict) else {}
    return {name: entry.draft.declared[name] for name in names if name in entry.draft.declared} or None


def matches(entry: JournalEntry, live: Mapping[str, Any], services: Services) -> bool:
    """Whether a live document equals what a create declared, on every leaf that a read returns.

    Args:
        entry: The create; its draft holds the desired document, masked.
        live: The live document.
        services: For the type's schema.
    """
    kind = services.catalog.get(entry.type)
    context = ComparisonContext(
        resource_type=kind,
        override=kind.override,
        fingerprint=services.sealing.fingerprint,
        target=entry.target,
    )
    found, others = compare_both(context, entry.draft.declared, live, entry.draft.declared)
    # Tags are often added to resources; any other undeclared element makes it another document.
    return not found and all(context.tag_paths.covers(each.path) for each in others)
