"""Finds the live resource that another tool knows by a physical id. Reads only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.app.adoption import list_parent
from cloudwright.control.error_classes import is_missing
from cloudwright.errors import PlanError, ServiceError
from cloudwright.plan.physical_ids import identifiers_for, shows

if TYPE_CHECKING:
    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.physical_ids import PhysicalId
    from cloudwright.plan.resolved import ResolvedResource

_READS = 32
"""Maximum of concurrent reads; the limiter decides their rate."""

_UNFIT = frozenset({"InvalidRequest", "Validation", "ValidationException", "ValidationError"})
"""What handlers answer to an identifier that has another form than theirs."""


class ResourceGone(PlanError):
    """The other tool names a resource that does not exist."""


async def find_by_physical_id(
    control: CloudControl, subject: ResolvedResource, physical: PhysicalId
) -> ResourceDescription:
    """The live resource of a physical id.

    Raises:
        ResourceGone: There is none.
        PlanError: It can't be read, or the id is ambiguous.
    """
    await control.verify(subject.target)
    candidates = identifiers_for(subject, physical)
    for identifier in candidates:
        found = await _read(control, subject, identifier)
        if found is not None and shows(subject.kind, found.properties, found.identifier, physical):
            return found
    searched = await _search(control, subject, physical)
    if searched is not None:
        return searched
    if candidates:
        raise ResourceGone(
            f"{subject.key}: there is no {subject.kind.name} {physical} in {subject.target}; it was deleted",
            hint="check account and Region; a deploy would create it again",
        )
    parts = ", ".join("/".join(path) for path in subject.kind.identifiers)
    raise PlanError(
        f"{subject.key}: the identifier of {subject.kind.name} joins {parts} by '|'; {physical} alone is ambiguous",
        hint=f"`cloudwright import FILE {subject.key} IDENTIFIER` adopts it",
    )


async def _read(control: CloudControl, subject: ResolvedResource, identifier: str) -> ResourceDescription | None:
    try:
        return await control.get(subject.target, subject.kind.name, identifier)
    except ServiceError as error:
        if is_missing(error) or error.name in _UNFIT:
            return None
        raise PlanError(
            f"{subject.key}: {subject.kind.name} {identifier} can't be read: {error.message}", hint=error.hint
        ) from error


async def _search(control: CloudControl, subject: ResolvedResource, physical: PhysicalId) -> ResourceDescription | None:
    """Look through the resources of the type, where the id is none of what identifies them."""
    kind, parent = subject.kind, list_parent(subject)
    exact = physical.type not in {"", kind.name} or (len(kind.identifiers) == 1 and not kind.ref_identifier)
    if exact or parent is None or not kind.listable:
        return None
    bound = asyncio.Semaphore(_READS)

    async def read(identifier: str) -> ResourceDescription | None:
        async with bound:
            try:
                return await control.get(subject.target, kind.name, identifier)
            except ServiceError:  # it was deleted meanwhile, or lives in another Region (CC89)
                return None

    try:
        listed = [one.identifier async for one in control.list(subject.target, kind.name, parent or None)]
    except ServiceError:
        return None
    named = [one for one in listed if physical.text in one.split("|")] or listed
    found = [one for one in await asyncio.gather(*map(read, dict.fromkeys(named))) if one is not None]
    fitting = [one for one in found if shows(kind, one.properties, one.identifier, physical)]
    if len(fitting) > 1:
        several = ", ".join(one.identifier for one in fitting)
        raise PlanError(
            f"{subject.key}: {physical} is the name of {len(fitting)} resources: {several}",
            hint=f"`cloudwright import FILE {subject.key} IDENTIFIER` adopts one of them",
        )
    return fitting[0] if fitting else None
