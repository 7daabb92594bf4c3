"""Providers join a run: their types in its catalogue, their methods behind its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.runtime import Runtime
    from cloudwright.program.declaration import Declaration
    from cloudwright.provider.port import Provider
    from cloudwright.schema.catalog import Catalog


def teach_types(catalog: Catalog, providers: Sequence[Provider[Any]]) -> None:
    """Teach a catalogue the types of these providers.

    Raises:
        ProgramError: Two make the same type, a class has a field without a JSON form, or an option has a wrong value.
    """
    from cloudwright.provider.transport import by_type

    for provider in by_type(providers).values():
        catalog.learn(provider.schema())


def add_providers(runtime: Runtime, providers: Sequence[Provider[Any]]) -> None:
    """Send the calls about these types to their providers.

    On the local cloud only those are called that say so; it simulates the types of the others by their schemas.
    """
    from cloudwright.provider.transport import ProviderTransport, by_type
    from cloudwright.services.port import RatedPort

    known = by_type(providers)
    called = {name: one for name, one in known.items() if one.runs_locally or not runtime.local}
    runtime.at_once = {name: one.concurrency for name, one in known.items() if one.concurrency}
    if called:
        services = RatedPort(runtime.services.control)
        runtime.services.control.divert(lambda inner: ProviderTransport(inner, called, services))


def refuse_unprovided(declaration: Declaration, catalog: Catalog) -> None:
    """Refuse a resource of a type written in Python without its provider.

    Args:
        declaration: Of any type.
        catalog: Holds the types of the app's providers.

    Raises:
        ProgramError: The app has no provider of the type.
    """
    if declaration.provided and declaration.type not in catalog:
        raise ProgramError(
            f"{declaration.key} ({declaration.source}): the app has no provider of {declaration.type}",
            hint="pass it to the app: App(..., providers=[...])",
        )
