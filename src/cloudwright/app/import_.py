"""Generates programs from live resources: lists and reads them. Changes nothing in AWS."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from cloudwright.app.type_registry import learn_type
from cloudwright.control.error_classes import is_missing
from cloudwright.errors import CloudwrightError, ProgramError, ServiceError
from cloudwright.generate.declarable import PLACEHOLDER, TO_FIX, UNREAD
from cloudwright.generate.live import LiveResource
from cloudwright.generate.program import write_program
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.control.model import ResourceDescription
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import DeclaredTarget, Target

_MARKS = {
    PLACEHOLDER: "which values AWS does not show; they are not sent unless you change them",
    UNREAD: "which properties could not be read, since AWS never returns them",
    TO_FIX: "what must be fixed by hand before it can be planned",
}

_READS = 32
"""Maximum of concurrent reads; the limiter decides their rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A program generated from live resources.

    Attributes:
        source: The program's text.
        resources: (type, identifier) of each resource in it.
        notes: What was left out, and why.
    """

    source: str
    target: Target
    resources: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


@contextlib.asynccontextmanager
async def open_cloud(settings: RunSettings) -> AsyncIterator[Runtime]:
    """A runtime for reading a cloud, with a temporary state.

    Args:
        settings: Which cloud; the local one is in their folder.
    """
    from cloudwright.app.runtime import compose
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.memory import MemoryStore

    store = MemoryStore(settings.app, settings.stage)
    runtime = compose(settings, await store.read(), store, catalog=Catalog.bundled())
    try:
        yield runtime
    finally:
        await runtime.close()


async def generate_program(
    runtime: Runtime, app: str, types: Sequence[str], place: DeclaredTarget, parent: Mapping[str, str] | None = None
) -> Generated:
    """List all resources of some types, read each, and generate a program that adopts them without a change.

    Args:
        runtime: For the reads.
        app: The name of the program's app.
        types: Resource types.
        place: The account and Region to list.
        parent: Properties that list handlers require, such as the API whose stages are listed (CC91).

    Raises:
        ProgramError: A type can't be listed, or needs a parent that was not named.
        CloudwrightError: AWS can't be reached.
    """
    target = await runtime.places.resolve(place, ())
    await runtime.services.control.verify(target)
    found: list[LiveResource] = []
    notes: list[str] = []
    for name in dict.fromkeys(types):
        await learn_type(runtime.services, name, target)
        kind = runtime.services.catalog.get(name)
        model = _parent_model(kind, parent or {})
        for live in await _read_all(runtime, kind, target, model):
            if isinstance(live, str):
                notes.append(live)
            else:
                found.append(live)
    _refuse_strange(types, parent or {}, runtime)
    found.sort(key=lambda live: (live.kind.name, live.identifier))
    source = write_program(app, target, found, runtime.services.catalog.is_bundled)
    notes += [f"comments in the program say {what}" for mark, what in _MARKS.items() if mark in source]
    return Generated(
        source=source,
        target=target,
        resources=tuple((live.kind.name, live.identifier) for live in found),
        notes=tuple(notes),
    )


def parent_names(kind: ResourceType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The required and optional properties of a type's list handler.

    Args:
        kind: A listable type.

    Returns:
        Required names, and all names; if there are alternatives, the first group is required.
    """
    schema: Mapping[str, Any] = kind.handlers["list"].list_schema or {}
    required = [name for name in schema.get("required") or () if isinstance(name, str)]
    for word in ("oneOf", "anyOf"):
        groups = [group for group in schema.get(word) or () if isinstance(group, dict)]
        required += [name for name in (groups[0].get("required") or () if groups else ()) if name not in required]
    return tuple(required), tuple(dict.fromkeys((*required, *(schema.get("properties") or {}))))


def _parent_model(kind: ResourceType, parent: Mapping[str, str]) -> dict[str, str]:
    if not kind.listable:
        raise ProgramError(
            f"{kind.name} has no list handler, so its resources can't be found",
            hint="declare it and bind it by its identifier: `cloudwright import FILE KEY IDENTIFIER`",
        )
    required, known = parent_names(kind)
    missing = [name for name in required if name not in parent]
    if missing:
        raise ProgramError(
            f"{kind.name} can only be listed within {', '.join(required)}",
            hint=" ".join(f"--parent {name}=..." for name in missing),
        )
    return {name: value for name, value in parent.items() if name in known}


def _refuse_strange(types: Sequence[str], parent: Mapping[str, str], runtime: Runtime) -> None:
    kinds = [runtime.services.catalog.get(name) for name in types]
    known = {name for kind in kinds for name in parent_names(kind)[1]}
    for name in parent:
        if name not in known:
            raise ProgramError(
                f"--parent {name}: no list handler of {', '.join(types)} takes it",
                hint=f"they take {', '.join(sorted(known))}" if known else "leave it out",
            )


async def _read_all(
    runtime: Runtime, kind: ResourceType, target: Target, model: Mapping[str, str]
) -> list[LiveResource | str]:
    control = runtime.services.control
    bound = asyncio.Semaphore(_READS)

    async def read(identifier: str) -> LiveResource | str:
        async with bound:
            return await _read(runtime, kind, target, identifier)

    try:
        listed = [one.identifier async for one in control.list(target, kind.name, model or None)]
    except ServiceError as error:
        raise CloudwrightError(f"{kind.name} can't be listed in {target}: {error.message}", hint=error.hint) from error
    # A list may hold only identifiers, so each resource is read singly (CC92).
    return list(await asyncio.gather(*map(read, dict.fromkeys(listed))))


async def _read(runtime: Runtime, kind: ResourceType, target: Target, identifier: str) -> LiveResource | str:
    from cloudwright.plan.adoption import stack_of

    try:
        found: ResourceDescription = await runtime.services.control.get(target, kind.name, identifier)
    except ServiceError as error:
        why = "it no longer exists, or is in another Region" if is_missing(error) else error.message
        return f"{kind.name} {identifier} was left out: {why}"
    stack = stack_of(kind, found.properties)
    if stack:
        return f"{kind.name} {identifier} was left out: the CloudFormation stack {stack} manages it"
    return LiveResource(kind=kind, override=kind.override, identifier=found.identifier, properties=found.properties)
