"""How long the bundled schemas take: open the pack, load one type, find a node, load all types.

Run `python benchmarks/schema_load.py`. Each figure is the best of many runs in one process, files in the page cache.
"""

from __future__ import annotations

import resource
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.schema import catalog as catalog_module
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
SAMPLE = (FLAGSHIP, "AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::EC2::Instance", "AWS::QuickSight::Dashboard")
NESTED = ("Distributions", "0", "AmiDistributionConfiguration", "Name")
MILLISECOND = 1e3


def best(runs: int, action: Callable[[], object]) -> float:
    """The shortest of several runs, in milliseconds."""
    durations = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return min(durations) * MILLISECOND


def opened() -> Catalog:
    catalog = Catalog.bundled()
    assert FLAGSHIP in catalog
    return catalog


def main() -> None:
    data = Path(str(catalog_module.__file__)).parent / "data"
    for path in sorted(data.iterdir()):
        print(f"{path.name:<40} {path.stat().st_size:>12,} bytes")
    print(f"{'open the pack':<40} {best(30, opened):>12.3f} ms")
    catalog = opened()
    for name in SAMPLE:
        duration = best(50, partial(catalog._load, name))  # noqa: SLF001 - past the cache on purpose
        print(f"{'load ' + name:<56} {duration:>8.3f} ms")
    known = catalog.get(FLAGSHIP)
    print(f"{'find a nested node':<56} {best(200, lambda: known.node(NESTED)):>8.4f} ms")
    everything = best(2, lambda: list(map(opened().get, catalog.names())))
    each = everything / len(catalog.names())
    print(f"{'load all ' + str(len(catalog.names())) + ' types':<56} {everything:>8.1f} ms, {each:.3f} ms each")
    print(f"{'peak memory of this process':<56} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>8.1f} MB")


if __name__ == "__main__":
    main()
