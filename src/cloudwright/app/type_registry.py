"""Types without a bundled schema: private, third-party and brand-new ones, described by the registry itself."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError, UnknownType
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cloudwright.engine.run import Services
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.target import Target

_TYPE_NAME = re.compile(r"[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}(::MODULE)?")
"""The pattern of type names in DescribeType (CloudFormation API reference)."""


async def learn_type(services: Services, type_name: str, target: Target) -> None:
    """Add a type to the run's catalogue, from the registry of its account and Region, unless it is known.

    Args:
        services: Their catalogue gets the type, for the rest of the run.
        type_name: Such as `MyOrg::Network::Thing`.
        target: The account and Region whose registry describes it.

    Raises:
        UnknownType: Neither the bundled schemas nor the registry have it.
        CloudwrightError: The registry query failed; that never counts as "no schema" (CC76).
    """
    from cloudwright.control.describe import MAX_AGE

    if type_name not in services.catalog:
        await describe_type(services, type_name, target, max_age=MAX_AGE)
    elif _doubted(services.catalog.get(type_name)):
        # AWS makes more types manageable every month; its live answer overrules the data, if it is available.
        with contextlib.suppress(CloudwrightError):
            await describe_type(services, type_name, target, max_age=MAX_AGE)


def _doubted(kind: ResourceType) -> bool:
    """Whether only bundled data, which may be outdated, says that Cloud Control can't manage a type."""
    return not kind.provisionable and not kind.provisioning_type


async def describe_type(services: Services, type_name: str, target: Target, *, max_age: float = 0.0) -> None:
    """Add the registry's schema of a type to the run's catalogue, bundled or not.

    Args:
        services: Their catalogue gets the type, for the rest of the run.
        type_name: Such as `AWS::S3::Bucket`.
        target: The account and Region whose registry describes it.
        max_age: Seconds for which a cached answer is valid.

    Raises:
        UnknownType: The registry doesn't have it.
        CloudwrightError: The registry query failed.
    """
    from cloudwright.control.describe import LiveSchemas

    advice = _advice(services, type_name)
    if not _TYPE_NAME.fullmatch(type_name):
        raise UnknownType(f"{type_name!r} is not a resource type: a name has three parts, A::B::C", hint=advice)
    try:
        await services.control.verify(target)
        schema = await LiveSchemas(services.control, services.schemas, services.clock, max_age=max_age).schema(
            target, type_name
        )
    except CloudwrightError as error:
        error.hint = "\n".join(part for part in (advice, error.hint) if part) or None
        raise
    services.catalog.learn(schema)


async def learn_recorded(services: Services, records: Iterable[Record | JournalEntry]) -> frozenset[str]:
    """The same for every type in a state, so that what is recorded can be compared and deleted.

    Returns:
        The types that nobody knows: of providers that the app no longer has. Their resources can only be kept.

    Raises:
        CloudwrightError: The registry could not be reached.
    """
    orphaned: set[str] = set()
    for record in [one for one in records if one.type not in services.catalog]:
        try:
            if record.type not in orphaned:
                await learn_type(services, record.type, record.target)
        except UnknownType:
            orphaned.add(record.type)
        except CloudwrightError as error:
            error.hint = "\n".join(
                [f"the state holds {record.key} with this type", *([error.hint] if error.hint else [])]
            )
            raise
    return frozenset(orphaned)


def without_types(snapshot: Snapshot, types: Collection[str]) -> Snapshot:
    """A state without what has these types.

    Args:
        snapshot: The state.
        types: As `learn_recorded` returned them.
    """
    if not types:
        return snapshot
    records = tuple(record for record in snapshot.records if record.type not in types)
    return replace(snapshot, records=records, journal=tuple(one for one in snapshot.journal if one.type not in types))


def kept_notes(records: Iterable[Record], types: Collection[str]) -> tuple[str, ...]:
    """What to report about records whose provider is missing.

    Args:
        records: Of the state.
        types: As `learn_recorded` returned them.
    """
    return tuple(
        f"{record.key} ({record.type} {record.identifier}) is left unchanged: the app has no provider of its type; "
        "to change or delete it, pass its provider to App(..., providers=[...])"
        for record in records
        if record.type in types
    )


def _advice(services: Services, type_name: str) -> str | None:
    """What the bundled schemas suggest instead."""
    try:
        services.catalog.get(type_name)
    except UnknownType as error:
        return error.hint if error.hint and "Did you mean" in error.hint else None
    return None
