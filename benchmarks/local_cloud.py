"""How fast and how large the local cloud is when served over HTTP.

Run: `python benchmarks/local_cloud.py`. The server is a process of its own; calls per second are per second of its CPU
time, so that the client's share of the machine does not count. Targets stand beside the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.local.rows import Place, StoredResource
from cloudwright.local.store import CloudStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).resolve().parent
ACCOUNT, REGION, TYPE = "111122223333", "us-east-1", "AWS::SNS::Topic"
FEW, MANY = 1_000, 100_000
CALLS, CONNECTIONS, CROWD = 4_000, 16, 500

_START = """
import asyncio, time
from cloudwright.clock import SystemClock
from cloudwright.console.pages import Console
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.server import LocalServer
from cloudwright.schema.catalog import Catalog
async def main():
    begin = time.process_time()
    cloud = LocalCloud(Catalog.bundled(), clock=SystemClock())
    server = LocalServer(cloud, routes=Console(cloud).routes())
    await server.start()
    print(time.process_time() - begin)
    await server.close()
asyncio.run(main())
"""


def arn(number: int) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:topic-{number}"


def fill(file: Path, count: int) -> None:
    """Make a store of so many topics."""
    store = CloudStore(file)
    with store.transaction():
        for number in range(count):
            model = {"TopicName": f"topic-{number}", "TopicArn": arn(number), "DisplayName": "x" * 60}
            store.put(StoredResource(Place(ACCOUNT, REGION), TYPE, arn(number), model, 0.0, 0.0))
    store.close()


def request(action: str, **members: Any) -> bytes:
    body = json.dumps({"TypeName": TYPE, **members}).encode()
    credential = f"Credential={ACCOUNT}/20260101/{REGION}/cloudcontrolapi/aws4_request"
    head = (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: CloudApiService.{action}\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature={'0' * 64}\r\n\r\n"
    )
    return head.encode() + body


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def call(self, raw: bytes) -> float:
        """Seconds that one call took; it must succeed."""
        begin = time.perf_counter()
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        await self._reader.readexactly(int(length[1]) if length else 0)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        return time.perf_counter() - begin

    def close(self) -> None:
        self._writer.close()


class Server:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    async def connect(self, count: int) -> list[Client]:
        return [Client(*await asyncio.open_connection("127.0.0.1", self.port)) for _ in range(count)]

    def cpu(self) -> float:
        """Seconds of user and system time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> int:
        """The peak of its resident memory, bytes."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Server]:
    command = [sys.executable, "-c", "from cloudwright.cli import main; main()", "local", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--json", "--operation-time", "0", "--data", str(folder)], stdout=subprocess.PIPE, text=True
    )
    lines = [line for line, _ in zip(process.stdout or (), range(2), strict=False)]
    endpoint = json.loads(lines[1])["endpoint"]
    try:
        yield Server(process, int(endpoint.rpartition(":")[2]))
    finally:
        process.terminate()
        process.wait()


async def rate(server: Server, count: int) -> tuple[float, float, float]:
    """Calls per CPU second of the server, per second of wall time, and the median of one call alone (milliseconds)."""
    raws = [request("GetResource", Identifier=arn(at * 7919 % count)) for at in range(CALLS)]
    clients = await server.connect(CONNECTIONS)
    alone = statistics.median([await clients[0].call(raw) for raw in raws[:300]])
    begin, cpu = time.perf_counter(), server.cpu()

    async def work(client: Client, share: list[bytes]) -> None:
        for raw in share:
            await client.call(raw)

    await asyncio.gather(*(work(client, raws[at::CONNECTIONS]) for at, client in enumerate(clients)))
    wall, spent = time.perf_counter() - begin, server.cpu() - cpu
    for client in clients:
        client.close()
    return CALLS / spent, CALLS / wall, alone * 1000


async def crowd(server: Server) -> tuple[int, float]:
    """How many of many concurrent connections were answered, and the slowest answer (seconds)."""
    clients = await server.connect(CROWD)
    raw = request("GetResource", Identifier=arn(1))
    times = await asyncio.gather(*(client.call(raw) for client in clients for _ in range(1)))
    for client in clients:
        client.close()
    return len(times), max(times)


def start() -> float:
    """CPU seconds from the end of the imports until it listens; the best of three."""
    runs = [
        subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    return min(float(run.stdout) for run in runs)


async def measure(folder: Path) -> dict[str, float]:
    figures = {"start_cpu_s": start()}
    for count in (FEW, MANY):
        fill(folder / str(count) / "cloud.db", count)
        async with served(folder / str(count)) as server:
            per_cpu, per_wall, alone = await rate(server, count)
            answered, slowest = await crowd(server)
            figures |= {
                f"get_per_cpu_s_{count}": per_cpu,
                f"get_per_wall_s_{count}": per_wall,
                f"get_ms_{count}": alone,
                f"connections_{count}": answered,
                f"slowest_of_connections_s_{count}": slowest,
                f"peak_mb_{count}": server.peak() / 1e6,
            }
    return figures


def table(found: dict[str, float]) -> list[tuple[str, str, str]]:
    """What was measured, the figure, and its target."""
    growth = found[f"get_per_cpu_s_{FEW}"] / found[f"get_per_cpu_s_{MANY}"]
    slowest = found[f"slowest_of_connections_s_{MANY}"]
    return [
        ("start", f"{found['start_cpu_s']:.3f} s CPU", "< 0.3 s"),
        (f"GetResource, {FEW:,} resources", f"{found[f'get_per_cpu_s_{FEW}']:,.0f} calls/CPU s", ">= 2,000"),
        (f"GetResource, {MANY:,} resources", f"{found[f'get_per_cpu_s_{MANY}']:,.0f} calls/CPU s", ""),
        ("growth of the call time", f"{growth:.2f} x", "<= 2 x"),
        (f"{CROWD} connections at once", f"{found[f'connections_{MANY}']:.0f} answered, {slowest:.2f} s", "all"),
        (f"peak memory, {MANY:,} resources", f"{found[f'peak_mb_{MANY}']:.0f} MB", "<= 300 MB"),
    ]


def main() -> None:
    """Measure, print, and keep the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder)))
    for what, figure, target in table(found):
        print(f"{what:<32} {figure:>24}  {target}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "local_cloud.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
