"""How fast and how large the local cloud is when served over HTTP.

Run: `python benchmarks/local_cloud.py`. The server is its own process, started as users start it. Times of calls
are CPU time of that process, so that neither the client nor the rest of the machine counts; each is the best of
several rounds. Targets stand beside the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.local.rows import AccountRegion, StoredRequest, StoredResource
from cloudwright.local.store import CloudStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

HERE = Path(__file__).resolve().parent
ACCOUNT, REGION, TYPE = "111122223333", "us-east-1", "AWS::SNS::Topic"
FEW, MANY = 1_000, 100_000
CALLS, CONNECTIONS, CROWD = 4_000, 16, 500
ROUNDS, ROUND = 3, 300

_START = """
import asyncio, time
from cloudwright.clock import SystemClock
from cloudwright.console.pages import Console
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import LocalServer
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
    """Make a store of so many topics, and of the requests that made them."""
    store, place, now = CloudStore(file), AccountRegion(ACCOUNT, REGION), time.time()
    with store.transaction():
        for number in range(count):
            model = {"TopicName": f"topic-{number}", "TopicArn": arn(number), "DisplayName": "x" * 60}
            store.put(StoredResource(place, TYPE, arn(number), model, 0.0, 0.0))
            words = (f"token-{number}", f"client-{number}", "digest", TYPE, "CREATE", arn(number), "SUCCESS")
            store.add_request(StoredRequest(place, *words, now - 3600, None))
    store.close()


def request(action: str, **members: Any) -> bytes:
    body = json.dumps(members).encode()
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
    """A server in its own process."""

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
    process = subprocess.Popen(  # noqa: ASYNC220 - before anything else runs
        [*command, "--json", "--operation-time", "0", "--data", str(folder)], stdout=subprocess.PIPE, text=True
    )
    lines = [line for _, line in zip(range(2), process.stdout or (), strict=False)]
    endpoint = json.loads(lines[1])["endpoint"]
    try:
        yield Server(process, int(endpoint.rpartition(":")[2]))
    finally:
        process.terminate()
        process.wait()


def get(number: int) -> bytes:
    return request("GetResource", TypeName=TYPE, Identifier=arn(number))


def calls_of(count: int) -> dict[str, Callable[[int], bytes]]:
    """The operations; each makes its n-th request against so many topics."""
    patch = json.dumps([{"op": "replace", "path": "/DisplayName", "value": "y"}])
    failed = {"OperationStatuses": ["FAILED"]}
    return {
        "get": lambda n: get(n * 7919 % count),
        "list": lambda _: request("ListResources", TypeName=TYPE, MaxResults=20),
        "create": lambda n: request("CreateResource", TypeName=TYPE, DesiredState=f'{{"TopicName": "new-{n}"}}'),
        "update": lambda n: request("UpdateResource", TypeName=TYPE, Identifier=arn(n), PatchDocument=patch),
        "status": lambda n: request("GetResourceRequestStatus", RequestToken=f"token-{n * 7919 % count}"),
        "delete": lambda n: request("DeleteResource", TypeName=TYPE, Identifier=f"{arn(0)[:-7]}new-{n}"),
        "requests": lambda _: request("ListResourceRequests"),
        "failed requests": lambda _: request("ListResourceRequests", ResourceRequestStatusFilter=failed),
    }


async def times(server: Server, count: int) -> dict[str, float]:
    """Milliseconds of the server's CPU time that one call of each operation takes; the best of several rounds."""
    (client,) = await server.connect(1)
    found = {}
    for name, call in calls_of(count).items():
        rounds = []
        for at in range(ROUNDS):
            begin = server.cpu()
            for number in range(at * ROUND, (at + 1) * ROUND):
                await client.call(call(number))
            rounds.append((server.cpu() - begin) / ROUND * 1000)
        found[name] = min(rounds)
    client.close()
    return found


async def rate(server: Server, count: int) -> tuple[float, float]:
    """GetResource calls per second of the server's CPU time and of wall time, many connections at once."""
    raws = [get(at * 7919 % count) for at in range(CALLS)]
    clients = await server.connect(CONNECTIONS)

    async def work(client: Client, share: list[bytes]) -> None:
        for raw in share:
            await client.call(raw)

    rounds = []
    for _ in range(ROUNDS):
        begin, cpu = time.perf_counter(), server.cpu()
        await asyncio.gather(*(work(client, raws[at::CONNECTIONS]) for at, client in enumerate(clients)))
        rounds.append((CALLS / (server.cpu() - cpu), CALLS / (time.perf_counter() - begin)))
    for client in clients:
        client.close()
    return max(rounds)


async def crowd(server: Server) -> tuple[int, float]:
    """How many of many connections were answered when all asked at once, and the slowest answer (seconds)."""
    clients = await server.connect(CROWD)
    waits = await asyncio.gather(*(client.call(get(at)) for at, client in enumerate(clients)))
    for client in clients:
        client.close()
    return len(waits), max(waits)


def start() -> float:
    """CPU seconds from the end of the imports until it listens; the best of three."""
    runs = [
        subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    return min(float(run.stdout) for run in runs)


async def measure(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {"start_cpu_s": start()}
    for count in (FEW, MANY):
        fill(folder / str(count) / "cloud.db", count)
        async with served(folder / str(count)) as server:
            listening = server.cpu()
            per_cpu, per_wall = await rate(server, count)
            answered, slowest = await crowd(server)
            figures[str(count)] = {
                "process_start_cpu_s": listening,
                "get_per_cpu_s": per_cpu,
                "get_per_wall_s": per_wall,
                "connections": answered,
                "slowest_of_connections_s": slowest,
                "call_cpu_ms": await times(server, count),
                "peak_mb": server.peak() / 1e6,
            }
    return figures


def table(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What was measured, the figure, and its target."""
    few, many = found[str(FEW)], found[str(MANY)]
    yield "start after imports", f"{found['start_cpu_s']:.3f} s CPU", "< 0.3 s"
    yield "start of the process", f"{many['process_start_cpu_s']:.2f} s CPU", ""
    for count, figures in ((FEW, few), (MANY, many)):
        yield f"GetResource, {count:,} resources", f"{figures['get_per_cpu_s']:,.0f} calls/CPU s", ">= 2,000"
    for name, before in few["call_cpu_ms"].items():
        after = many["call_cpu_ms"][name]
        yield f"{name}, {FEW:,} -> {MANY:,}", f"{before:.2f} -> {after:.2f} ms, {after / before:.2f} x", "<= 2 x"
    slowest = many["slowest_of_connections_s"]
    yield f"{CROWD} connections at once", f"{many['connections']} answered, {slowest:.2f} s", "all"
    yield f"peak memory, {MANY:,} resources", f"{many['peak_mb']:.0f} MB", "<= 300 MB"


def main() -> None:
    """Measure, print, and keep the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder)))
    for what, figure, target in table(found):
        print(f"{what:<38} {figure:>28}  {target}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "local_cloud.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
