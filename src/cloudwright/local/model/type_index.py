"""Types by name, read from the catalog on first use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.local.model.types import LocalType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.local.model.paths import Path
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

_EVERYWHERE = "AWS::ImageBuilder::DistributionConfiguration"
"""A type that exists in every known Region: in a Region that it does not list, no type is refused."""


class TypeIndex:
    """All types of a catalog, as the service sees them."""

    def __init__(self, catalog: Catalog) -> None:
        """Use the schemas.

        Args:
            catalog: The bundled types, perhaps with overlays.
        """
        self._catalog = catalog
        self._known: dict[str, tuple[ResourceType, LocalType]] = {}

    def find(self, name: str) -> LocalType | None:
        """The type of that name, or `None`."""
        if name not in self._catalog:
            return None
        schema = self._catalog.get(name)
        known = self._known.get(name)
        if known is None or known[0] is not schema:  # the catalog may have got another schema since
            known = self._known[name] = (schema, self._load(schema))
        return known[1]

    def names(self) -> Iterable[str]:
        """All type names, sorted."""
        return self._catalog.names()

    def public(self, name: str) -> bool:
        """Whether a type is public, not added by a user's own schema."""
        return self._catalog.is_bundled(name)

    def available(self, kind: LocalType, region: str) -> bool:
        """Whether a type exists in a Region; true if the Region is unknown."""
        if not kind.regions or region in kind.regions:
            return True
        return region not in (self._catalog.regions(_EVERYWHERE) or ())

    def _load(self, kind: ResourceType) -> LocalType:
        regions = self._catalog.regions(kind.name) or frozenset()
        permissions = {handler: facts.permissions for handler, facts in kind.handlers.items()}
        return replace(from_facts(kind.schema, regions), permissions=permissions)


def from_facts(facts: Mapping[str, Any], regions: frozenset[str] = frozenset()) -> LocalType:
    """A type from its normalised schema.

    Args:
        facts: The registry schema, pointers in normal form.
        regions: The Regions where the type exists; empty means everywhere.
    """
    read_only = _paths(facts, "readOnlyProperties")
    return LocalType(
        name=str(facts["typeName"]),
        schema=facts,
        identifier=_paths(facts, "primaryIdentifier"),
        read_only=read_only,
        write_only=tuple(path for path in _paths(facts, "writeOnlyProperties") if path not in read_only),
        create_only=_paths(facts, "createOnlyProperties"),
        conditional_create_only=_paths(facts, "conditionalCreateOnlyProperties"),
        handlers=facts.get("handlers") or {},
        tagging=facts.get("tagging") or {},
        arn_template=str(facts.get("arnTemplate") or ""),
        regions=regions,
    )


def _paths(facts: Mapping[str, Any], keyword: str) -> tuple[Path, ...]:
    return tuple(_path(pointer) for pointer in facts.get(keyword) or ())


def _path(pointer: str) -> Path:
    tokens = pointer.removeprefix("/properties/").removeprefix("/").split("/")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)
