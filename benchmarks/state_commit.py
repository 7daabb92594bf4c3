"""Time of one commit against the number of records, for each store; and of opening and reading a state.

Run: `python benchmarks/state_commit.py`. S3 is moto's server on loopback, so its figures are about growth, not about
Amazon; PostgreSQL is Debian's on a socket, without fsync. Stores whose server is not installed are left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cloudwright.state.changes import PutRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.memory import MemoryDatabase, MemoryStore
from cloudwright.state.records import Record
from cloudwright.state.sql.sqlite import SqliteStore
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.state.hosted_store import HostedStore

    Open = Callable[[], HostedStore]

SIZES = (100, 1_000, 10_000)
COMMITS = 50
HOLDER = Holder(user="bench", host="bench", pid=1, command="benchmark", since=0.0)
DOCUMENT = {
    "Name": "BasicDistributionConfig",
    "Description": "A simple distribution configuration for image builder.",
    "Distributions": [
        {
            "Region": region,
            "AmiDistributionConfiguration": {"Name": "basic-ami", "TargetAccountIds": ["123456789012"]},
        }
        for region in ("us-west-2", "us-east-1")
    ],
    "Tags": {"Project": "ImageBuilderDemo"},
}


def record(number: int, note: str = "") -> Record:
    return Record(
        key=f"images/config{number}",
        type="AWS::ImageBuilder::DistributionConfiguration",
        identifier=f"arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/config{number}",
        target=Target("123456789012", "us-east-1"),
        declared=DOCUMENT,
        observed=DOCUMENT,
        note=note,
    )


async def measure(open_store: Open, size: int) -> dict[str, float]:
    """Milliseconds: a commit (median), a commit when 32 wait together, a read by a fresh store (wall and CPU)."""
    store = open_store()
    lease = await store.acquire(HOLDER, ttl=3_600)
    await store.commit(lease, [PutRecord(record(number)) for number in range(size)])
    single = []
    for number in range(COMMITS):
        start = time.perf_counter()
        await store.commit(lease, [PutRecord(record(number, "changed"))])
        single.append(time.perf_counter() - start)
    start = time.perf_counter()
    await asyncio.gather(*(store.commit(lease, [PutRecord(record(number, "again"))]) for number in range(32)))
    together = (time.perf_counter() - start) / 32
    await store.release(lease)
    await store.close()
    fresh = open_store()
    start, cpu = time.perf_counter(), time.process_time()
    snapshot = await fresh.read()
    read, read_cpu = time.perf_counter() - start, time.process_time() - cpu
    await fresh.close()
    assert len(snapshot.records) == size
    seconds = {"commit": statistics.median(single), "of 32": together, "read": read, "read CPU": read_cpu}
    return {name: value * 1_000 for name, value in seconds.items()}


@contextlib.contextmanager
def stores(app: str) -> Iterator[dict[str, Open]]:
    """Every store that can run here, each empty."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudwright-bench-")))
        database = MemoryDatabase()
        openers: dict[str, Open] = {
            "memory": lambda: MemoryStore(app, "dev", database=database),
            "sqlite": lambda: SqliteStore(folder / "state.db", app, "dev"),
        }
        with contextlib.suppress(ImportError):
            openers["s3 (moto)"] = s3(stack, app)
        with contextlib.suppress(ImportError, FileNotFoundError):
            openers["postgresql"] = postgres(stack, app)
        yield openers


def s3(stack: contextlib.ExitStack, app: str) -> Open:
    from cloudwright.state.s3.backend import S3Store
    from cloudwright.state.s3.objects import S3Objects
    from conformance import s3_server

    client = s3_server.client(stack.enter_context(s3_server.running()))
    objects = S3Objects("bench", client=client)
    objects.create_bucket()
    return lambda: S3Store(objects, "bench", app, "dev")


def postgres(stack: contextlib.ExitStack, app: str) -> Open:
    from cloudwright.state.sql.postgresql import PostgresStore
    from conformance import postgres_server

    if not postgres_server.available():
        raise FileNotFoundError("postgres")
    url = stack.enter_context(postgres_server.running())
    return lambda: PostgresStore(url, app, "dev")


def main() -> None:
    print(f"{'store':<12}{'records':>8}{'commit':>10}{'of 32':>10}{'read':>10}{'read CPU':>10}   (ms)")
    for size in SIZES:
        with stores(f"app{size}") as openers:
            for name, open_store in openers.items():
                figures = asyncio.run(measure(open_store, size))
                print(f"{name:<12}{size:>8}{''.join(f'{value:>10.2f}' for value in figures.values())}")


if __name__ == "__main__":
    main()
