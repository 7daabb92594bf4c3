"""All resource types: the bundled pack, with live, private and hand-written schemas in place of bundled ones."""

from __future__ import annotations

import json
import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.errors import UnknownType
from cloudwright.schema.normalise import normalise
from cloudwright.schema.override import override_for
from cloudwright.schema.pack import Pack
from cloudwright.schema.resource_type import EXTRAS, ResourceType
from cloudwright.schema.suggest import did_you_mean
from cloudwright.schema.type_reader import from_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.override import Override

_PARTS = 3


def from_schema(schema: Mapping[str, Any]) -> ResourceType:
    """Read a registry schema, normalised like the bundled ones.

    Args:
        schema: JSON of one type, as `DescribeType` returns it.
    """
    return from_facts(normalise(schema))


class Catalog:
    """Finds resource types by name. Nothing is read before the first query."""

    def __init__(self, pack: Pack | None = None, overlays: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Set up a catalog.

        Args:
            pack: The base; without it the bundled pack, opened on first use.
            overlays: Registry schemas by type name; they win over the pack.
        """
        self._given_pack = pack
        self._overlays = dict(overlays or {})
        self._types: dict[str, ResourceType] = {}
        self._overlaid: dict[str, ResourceType] = {}
        self._regions: dict[str, frozenset[str] | None] = {}

    @classmethod
    def bundled(cls) -> Catalog:
        """The catalog of the types that ship with cloudwright."""
        return cls()

    def with_overlay(self, schema: Mapping[str, Any]) -> Catalog:
        """The catalog with one more type, or another schema for a known one.

        Args:
            schema: The registry's JSON of one type.
        """
        return Catalog(self._given_pack or self._pack, {**self._overlays, str(schema["typeName"]): schema})

    def learn(self, schema: Mapping[str, Any]) -> None:
        """Add a type to this catalog in place, for all its users.

        Args:
            schema: The registry's JSON of one type, as `DescribeType` returns it.
        """
        name = str(schema["typeName"])
        self._overlays[name] = schema
        self._overlaid.pop(name, None)

    def child(self) -> Catalog:
        """A catalog that starts with these types; types added to it are not added to this one."""
        made = Catalog(self._given_pack or self._pack, self._overlays)
        made._types = self._types
        return made

    @cached_property
    def _pack(self) -> Pack:
        return self._given_pack or Pack.open(_data("facts.pack"))

    @cached_property
    def _offers(self) -> tuple[list[str], dict[str, str]]:
        """The Regions, and for each type a bit mask, in hexadecimal digits, of those that offer it."""
        document = json.loads(zlib.decompress(_data("regions.json.z").read_bytes()))
        return document["regions"], document["types"]

    def get(self, name: str) -> ResourceType:
        """Look up a type.

        Args:
            name: `AWS::ImageBuilder::DistributionConfiguration`.

        Raises:
            UnknownType: There is no schema of it.
        """
        known = self._overlaid if name in self._overlays else self._types
        found = known.get(name)
        if found is None:
            found = known[name] = self._load(name)
        return found

    def override(self, name: str) -> Override:
        """Facts about a type beyond its schema; empty for most types.

        Args:
            name: Any type's name, also one without a schema.
        """
        return self.get(name).override if name in self._overlays else override_for(name)

    def _load(self, name: str) -> ResourceType:
        if name in self._overlays:
            return from_facts({**self._extras(name), **normalise(self._overlays[name])})
        if name in self._pack:
            return from_facts(self._pack.read(name))
        raise UnknownType(f"No schema knows the resource type {name!r}.", hint=self._advice(name))

    def _extras(self, name: str) -> Mapping[str, object]:
        """Facts of the pack that no registry schema holds; a live schema must not lose them."""
        facts = self._pack.read(name) if name in self._pack else {}
        return {key: facts[key] for key in EXTRAS if key in facts}

    def _advice(self, name: str) -> str:
        near = self._nearest(name)
        if near:
            return f"Did you mean {near!r}?"
        return "`cloudwright types WORD` searches the known types; a private or new type needs its schema as overlay."

    def _nearest(self, name: str) -> str | None:
        """Compare part by part: first the service, then the type within it."""
        parts = name.split("::")
        if len(parts) != _PARTS:
            return did_you_mean(name, self.names())
        vendor, service, resource = parts
        siblings = self._in_service(vendor, service)
        if not siblings:
            services = {known.split("::")[1]: known for known in self.names()}
            near_service = did_you_mean(service, services)
            vendor, service = "AWS", near_service or service
            siblings = self._in_service(vendor, service)
        return self._within(f"{vendor}::{service}::", resource, siblings) or did_you_mean(name, self.names())

    def _in_service(self, vendor: str, service: str) -> list[str]:
        prefix = f"{vendor}::{service}::"
        return [known.removeprefix(prefix) for known in self.names() if known.startswith(prefix)]

    @staticmethod
    def _within(prefix: str, resource: str, siblings: list[str]) -> str | None:
        near = resource if resource in siblings else did_you_mean(resource, siblings)
        return prefix + near if near else None

    def names(self) -> tuple[str, ...]:
        """All known types, sorted."""
        return tuple(sorted({*self._pack.names, *self._overlays})) if self._overlays else self._pack.names

    def is_bundled(self, name: str) -> bool:
        """Whether a type ships with cloudwright, so that `cloudwright.aws` has a class for it.

        Args:
            name: A type's name.
        """
        return name in self._pack

    def __contains__(self, name: object) -> bool:
        return name in self._overlays or name in self._pack

    def search(self, word: str) -> list[str]:
        """The types whose name contains a word, ignoring case.

        Args:
            word: `distribution`, `imagebuilder::image`, ...

        Returns:
            Names; those whose last part begins with the word first.
        """
        wanted = word.casefold()
        found = [name for name in self.names() if wanted in name.casefold()]
        return sorted(found, key=lambda name: not name.rpartition("::")[2].casefold().startswith(wanted))

    def regions(self, name: str) -> frozenset[str] | None:
        """The Regions that offer a type, as of when the pack was built.

        Args:
            name: A type's name.

        Returns:
            Region names of the commercial, China and GovCloud partitions; `None` for a type that was not in the build.
        """
        if name not in self._regions:
            names, masks = self._offers
            mask = int(masks.get(name, "0"), 16)
            offered = frozenset(region for bit, region in enumerate(names) if mask >> bit & 1)
            self._regions[name] = offered if name in masks else None
        return self._regions[name]


def _data(name: str) -> Path:
    # Not importlib.resources: mapping needs a real file anyway, and that import alone takes longer than opening the
    # pack.
    return Path(__file__).parent / "data" / name
