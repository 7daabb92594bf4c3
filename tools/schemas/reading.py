"""What the two downloads say, as plain data. Neither is imported or executed."""

from __future__ import annotations

import gzip
import json
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "cfnlint/data/schemas/"
_NOT_TRUE = ("us-iso", "eu-iso", "eusc-", "sam")
"""Maps that the wheel copies from us-east-1 (isolated partitions), and the transform's own types."""

_EXTRAS = {"arnTemplate": "arnTemplate", "cfnRefIdentifier": "refIdentifier", "isStateful": "stateful"}


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry's schemas.

    Attributes:
        schema_date: When AWS published them.
        schemas: By type name, as they come.
        regions: The types that each Region offers.
    """

    schema_date: str
    schemas: dict[str, dict[str, Any]]
    regions: dict[str, frozenset[str]]


def read_registry(wheel: Path) -> Registry:
    """Read the schemas out of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        providers = _providers(archive)
        hashes = {name: digest for types in providers.values() for name, digest in types.items()}
        schemas = {name: _load(archive, f"resources/{digest}.json") for name, digest in sorted(hashes.items())}
        date = _load(archive, "version.json")["schema_date"]
    return Registry(date, schemas, {region: frozenset(types) for region, types in providers.items()})


def _providers(archive: zipfile.ZipFile) -> dict[str, dict[str, str]]:
    prefix = f"{_FOLDER}providers/"
    files = sorted(name for name in archive.namelist() if name.startswith(prefix) and name.endswith(".json"))
    regions = [name.removeprefix(prefix).removesuffix(".json") for name in files]
    return {region: _load(archive, f"providers/{region}.json") for region in regions if not _copied(region)}


def _copied(region: str) -> bool:
    return region.startswith(_NOT_TRUE)


def _load(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(archive.read(_FOLDER + name))
    return document


def read_extras(tarball: Path) -> dict[str, dict[str, Any]]:
    """ARN template, `Ref` property and statefulness by type name, out of the npm tarball."""
    with tarfile.open(tarball) as archive:
        member = archive.extractfile("package/db.json.gz")
        if member is None:
            raise FileNotFoundError("package/db.json.gz")
        database = json.loads(gzip.decompress(member.read()))
    entities = database["schema"]["resource"]["entities"]
    return {entity["cloudFormationType"]: _extras(entity) for entity in entities}


def _extras(entity: dict[str, Any]) -> dict[str, Any]:
    return {ours: entity[theirs] for theirs, ours in _EXTRAS.items() if entity.get(theirs)}
