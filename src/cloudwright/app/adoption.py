"""Finds the live resource that a declaration would adopt. Reads only."""

from __future__ import annotations

import asyncio
from shlex import quote
from typing import TYPE_CHECKING, Any

from cloudwright.control.error_classes import is_missing
from cloudwright.errors import PlanError, ServiceError
from cloudwright.plan.adoption import direct_identifier, fits, naming_properties, waits_for_names
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.schema.pointer import Path

_READS = 32
"""Maximum of concurrent reads; the limiter decides their rate."""


async def find_by_identifier(control: CloudControl, subject: ResolvedResource, text: str) -> ResourceDescription:
    """The live resource of an identifier from the user.

    Args:
        control: For the read.
        subject: The declaration.
        text: Parts joined by `|` in schema order, or the JSON form (CC67).

    Raises:
        InvalidProperties: It is not an identifier of the type.
        PlanError: There is no such resource, or it can't be read.
    """
    identifier = "|".join(subject.kind.split_identifier(text).values())
    await control.verify(subject.target)
    try:
        return await control.get(subject.target, subject.kind.name, identifier)
    except ServiceError as error:
        if is_missing(error):
            raise PlanError(
                f"{subject.key}: there is no {subject.kind.name} {identifier} in {subject.target}",
                hint="check the identifier, the account and the Region",
            ) from error
        raise PlanError(
            f"{subject.key}: {subject.kind.name} {identifier} can't be read: {error.message}", hint=error.hint
        ) from error


async def find_by_name(control: CloudControl, subject: ResolvedResource) -> ResourceDescription | None:
    """The live resource with the declared names; `None` if there is none.

    Raises:
        PlanError: The declaration names no resource, or several.
        ServiceError: AWS refuses the read.
    """
    if waits_for_names(subject):
        return None
    await control.verify(subject.target)
    identifier = direct_identifier(subject)
    if identifier is not None:
        found = await _get(control, subject, identifier)
        # An identifier from the user is exact; an ARN composed here may have another form at AWS.
        if found is not None or not identifier.startswith("arn:"):
            return found
    return await _search(control, subject, exhaustive=identifier is None)


async def _get(control: CloudControl, subject: ResolvedResource, identifier: str) -> ResourceDescription | None:
    try:
        return await control.get(subject.target, subject.kind.name, identifier)
    except ServiceError as error:
        if not is_missing(error):
            raise
    return None


async def _search(control: CloudControl, subject: ResolvedResource, *, exhaustive: bool) -> ResourceDescription | None:
    names, parent = naming_properties(subject), list_parent(subject)
    if not names or parent is None or not subject.kind.listable:
        if exhaustive:
            raise _unnamed(subject, names)
        return None
    bound = asyncio.Semaphore(_READS)

    async def read(identifier: str) -> ResourceDescription | None:
        async with bound:
            return await _read(control, subject, identifier)

    # The listed documents may hold only identifiers, so each is read singly (CC92).
    listed = [one.identifier async for one in control.list(subject.target, subject.kind.name, parent or None)]
    read_all = await asyncio.gather(*map(read, dict.fromkeys(listed)))
    fitting = [one for one in read_all if one is not None and fits(subject, one.properties, names)]
    if len(fitting) > 1:
        several = ", ".join(one.identifier for one in fitting)
        raise PlanError(
            f"{subject.key}: {_described(names)} names {len(fitting)} live resources: {several}",
            hint='choose one: adopt="IDENTIFIER" in the program, or `cloudwright import FILE KEY IDENTIFIER`',
        )
    return fitting[0] if fitting else None


async def _read(control: CloudControl, subject: ResolvedResource, identifier: str) -> ResourceDescription | None:
    """A listed resource; one that can't be read from here is in another Region or was deleted (CC89)."""
    try:
        return await control.get(subject.target, subject.kind.name, identifier)
    except ServiceError:
        return None


def list_parent(subject: ResolvedResource) -> dict[str, Any] | None:
    """The input of the list handler (CC91); `None` if the declaration lacks it."""
    handler = subject.kind.handlers.get("list")
    required = (handler.list_schema or {}).get("required") if handler else None
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    values = {name: get(subject.desired, (name,), None) for name in names}
    return values if all(isinstance(value, str | int) for value in values.values()) else None


def _unnamed(subject: ResolvedResource, names: Mapping[Path, Any]) -> PlanError:
    why = "nothing in its properties names one live resource" if not names else f"{subject.kind.name} can't be searched"
    return PlanError(
        f"{subject.key}: {why}, so what to adopt is unknown",
        hint='name it: adopt="IDENTIFIER" in the program, or '
        f"`cloudwright import FILE {quote(subject.key)} IDENTIFIER`",
    )


def _described(names: Mapping[Path, Any]) -> str:
    return ", ".join(f"{'/'.join(path)} {value!r}" for path, value in names.items())
