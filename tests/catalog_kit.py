"""The bundled types, for tests that only read them: loaded once a process, since to load all of them takes a second."""

from __future__ import annotations

from functools import cache

from cloudwright.schema.catalog import Catalog

CATALOG = Catalog.bundled()


@cache
def provisionable() -> tuple[str, ...]:
    """Every type that Cloud Control can make, sorted."""
    return tuple(name for name in CATALOG.names() if CATALOG.get(name).provisionable)
