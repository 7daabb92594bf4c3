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
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gates
import report
import zstandard
from reading import Registry, read_extras, read_registry
from sources import Pin, fetch_tarball, fetch_wheel, read_pins

from cloudwright.schema.normalise import normalise
from cloudwright.schema.pack import Pack, canonical, write

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parents[2] / "src" / "cloudwright" / "schema" / "data"
DICTIONARY_SIZE = 32_768
"""Deflate looks back no further."""


def main() -> None:
    """Build, or stop with all reasons why not."""
    wheel, tarball = read_pins()
    registry = read_registry(fetch_wheel(wheel))
    extras = read_extras(fetch_tarball(tarball))
    types = {name: {**normalise(schema), **extras.get(name, {})} for name, schema in registry.schemas.items()}
    problems = gates.failures(types)
    if problems:
        sys.exit("\n".join(["The schemas were not replaced:", *problems]))
    print(report.compare(_shipped(), types))
    _write(types, registry, [wheel, tarball])


def _shipped() -> dict[str, dict[str, Any]]:
    path = DATA / "facts.pack"
    if not path.exists():
        return {}
    pack = Pack.open(path)
    return {name: pack.read(name) for name in pack.names}


def _write(types: Mapping[str, Mapping[str, Any]], registry: Registry, pins: list[Pin]) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    regions = _regions(registry)
    write(DATA / "facts.pack", types, _dictionary(types))
    (DATA / "regions.json.z").write_bytes(zlib.compress(canonical(regions), 9))
    lock = {
        "sources": [asdict(pin) for pin in pins],
        "schema_date": registry.schema_date,
        "types": len(types),
        "facts_sha256": hashlib.sha256(canonical(types)).hexdigest(),
        "regions_sha256": hashlib.sha256(canonical(regions)).hexdigest(),
        "patterns_by_engine": gates.engine_counts(types),
        "pointers_to_nothing": len(gates.broken_pointers(types)),
    }
    (DATA / "schemas.lock.json").write_text(json.dumps(lock, indent=2) + "\n")
    print(f"{len(types)} types, schemas of {registry.schema_date}, facts {lock['facts_sha256']}")
    print(f"facts.pack {(DATA / 'facts.pack').stat().st_size:,} bytes")


def _dictionary(types: Mapping[str, Mapping[str, Any]]) -> bytes:
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
