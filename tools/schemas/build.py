"""Compile the bundled schemas: `make schemas`.

Downloads the pinned sources, keeps the facts, checks the gates, writes the pack, the Regions and the lock file, and
reports what changed against the pack in the tree. Two builds are compared by the hash of the facts, never by the
bytes of the pack: compressors differ between machines.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gates
import report
import zstandard
from reading import Registry, read_extras, read_registry
from sources import Pin, fetch_tarball, fetch_wheel, read_pins

from cloudwright.schema.normalise import normalise
from cloudwright.schema.pack import Pack, canonical, write

DATA = Path(__file__).parents[2] / "src" / "cloudwright" / "schema" / "data"
DICTIONARY_SIZE = 32_768
"""Deflate looks back no further."""
CHANGES = Path(__file__).parent / "last-changes.txt"
"""The report of the last refresh, to be reviewed with the pack that it describes."""

Types = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Build, or stop with all reasons why not."""
    wheel, tarball = read_pins()
    registry = read_registry(fetch_wheel(wheel))
    extras = read_extras(fetch_tarball(tarball))
    types = {name: {**normalise(schema), **extras.get(name, {})} for name, schema in registry.schemas.items()}
    problems = gates.failures(types)
    if problems:
        sys.exit("\n".join(["The schemas were not replaced:", *problems]))
    _replace(types, _shipped())
    _write_regions(_regions(registry))
    lock = _lock(types, registry, [wheel, tarball])
    (DATA / "schemas.lock.json").write_text(json.dumps(lock, indent=2) + "\n")
    print(f"{len(types)} types, schemas of {registry.schema_date}, facts {lock['facts_sha256']}")
    print(f"facts.pack: {(DATA / 'facts.pack').stat().st_size:,} bytes")


def _shipped() -> Types:
    path = DATA / "facts.pack"
    if not path.exists():
        return {}
    pack = Pack.open(path)
    return {name: pack.read(name) for name in pack.names}


def _replace(types: Types, shipped: Types) -> None:
    """Write the pack and the report, unless the facts are those in the tree already."""
    if canonical(types) == canonical(shipped):
        print("The facts are unchanged.")
        return
    changes = report.compare(shipped, types)
    print(changes)
    if shipped:
        CHANGES.write_text(changes + "\n")
    DATA.mkdir(parents=True, exist_ok=True)
    write(DATA / "facts.pack", types, _dictionary(types))


def _write_regions(regions: Mapping[str, Any]) -> None:
    path = DATA / "regions.json.z"
    if not path.exists() or json.loads(zlib.decompress(path.read_bytes())) != regions:
        path.write_bytes(zlib.compress(canonical(regions), 9))


def _lock(types: Types, registry: Registry, pins: list[Pin]) -> dict[str, Any]:
    return {
        "sources": [asdict(pin) for pin in pins],
        "schema_date": registry.schema_date,
        "types": len(types),
        "facts_sha256": hashlib.sha256(canonical(types)).hexdigest(),
        "regions_sha256": hashlib.sha256(canonical(_regions(registry))).hexdigest(),
        "patterns_by_engine": gates.engine_counts(types),
        "pointers_to_nothing": len(gates.broken_pointers(types)),
    }


def _dictionary(types: Types) -> bytes:
    samples: list[bytes | bytearray | memoryview] = [canonical(types[name]) for name in sorted(types)]
    return zstandard.train_dictionary(DICTIONARY_SIZE, samples).as_bytes()


def _regions(registry: Registry) -> dict[str, Any]:
    """Region names, and for each type the Regions that offer it as a hexadecimal bit set."""
    names = sorted(registry.regions)
    masks: Counter[str] = Counter()
    for bit, region in enumerate(names):
        for type_name in registry.regions[region]:
            masks[type_name] += 1 << bit
    return {"regions": names, "types": {name: f"{mask:x}" for name, mask in sorted(masks.items())}}


if __name__ == "__main__":
    main()
