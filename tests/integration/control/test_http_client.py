from __future__ import annotations

import asyncio
import gc
import ssl
import subprocess
import warnings
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cloudwright.control import http_client
from cloudwright.control.endpoints import Proxy
from cloudwright.control.http_client import BrokenOff, HttpClient, NotConnected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Note: a\r\n\r\nok"


@dataclass
class Server:
    """Answers each request of each connection with the next scripted bytes; `None` closes the connection."""

    answers: list[bytes | None]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(size))
                self.asked.set()
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                if b"close" in answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted(*answers: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    script = Server(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    script.url = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{port}/"
    try:
        yield script
    finally:
        server.close()
        await settled()


async def settled() -> None:
    """Let closed connections finish, so that none outlives the loop."""
    for _ in range(10):
        await asyncio.sleep(0.001)


@asynccontextmanager
async def client(authorities: str | None = None) -> AsyncIterator[HttpClient]:
    made = HttpClient(authorities)
    try:
        yield made
    finally:
        await made.close()
        await settled()


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with scripted(OK, OK) as server, client() as http:
        for _ in range(2):
            reply = await http.post(server.url, b"body", {"X-Test": "1"})

    assert (reply.status, reply.body, reply.headers["x-note"]) == (200, b"ok", "a")
    assert server.connections == 1
    assert b"POST / HTTP/1.1\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nok",
    ],
    ids=["chunked", "interim answer", "ended by the close"],
)
async def test_an_answer_is_whole_however_its_end_is_marked(answer: bytes) -> None:
    async with scripted(answer) as server, client() as http:
        reply = await http.post(server.url, b"", {})

    assert (reply.status, reply.body) == (200, b"ok")


async def test_a_connection_that_the_server_closed_is_replaced() -> None:
    closing = OK.replace(b"X-Note: a", b"Connection: close")
    async with scripted(closing, OK) as server, client() as http:
        await http.post(server.url, b"", {})
        await asyncio.sleep(0.01)
        reply = await http.post(server.url, b"", {})

    assert (reply.status, server.connections) == (200, 2)


async def test_a_connection_that_was_idle_for_too_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "IDLE", 0.0)
    async with scripted(OK, OK) as server, client() as http:
        await http.post(server.url, b"", {})
        await http.post(server.url, b"", {})

    assert server.connections == 2


async def test_the_next_request_takes_the_connection_that_was_opened_early() -> None:
    async with scripted(OK, OK) as server, client() as http:
        http.open_early(server.url)
        http.open_early(server.url)
        await settled()
        opened = server.connections
        for _ in range(2):
            await http.post(server.url, b"", {})

    assert (opened, server.connections) == (1, 1)


async def test_a_request_waits_for_the_connection_that_is_being_opened_early() -> None:
    async with scripted(OK) as server, client() as http:
        http.open_early(server.url)
        await http.post(server.url, b"", {})

    assert server.connections == 1


async def test_an_early_connection_that_has_become_old_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(OK) as server, client() as http:
        http.open_early(server.url)
        await settled()
        monkeypatch.setattr(http_client, "IDLE", 0.0)
        reply = await http.post(server.url, b"", {})

    assert (reply.status, server.connections) == (200, 2)


async def test_an_early_connection_that_the_server_closed_is_replaced() -> None:
    async with scripted(OK) as server, client() as http:
        script, server.answers = server.answers, []  # it closes what connects now
        http.open_early(server.url)
        await settled()
        server.answers = script
        reply = await http.post(server.url, b"", {})

    assert (reply.status, server.connections) == (200, 2)


async def test_an_early_connection_that_can_not_be_opened_is_reported_by_the_request() -> None:
    async with client() as http:
        http.open_early("http://127.0.0.1:1/")
        await settled()
        with pytest.raises(NotConnected):
            await http.post("http://127.0.0.1:1/", b"", {})


@pytest.mark.parametrize("opened", [True, False])
async def test_an_early_connection_that_nobody_takes_is_closed(*, opened: bool) -> None:
    async with scripted(OK) as server, client() as http:
        http.open_early(server.url)
        if opened:
            await settled()

    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    "answer",
    [None, b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\nConnection: close\r\n\r\nhalf", b"what? close\r\n\r\n"],
    ids=["no answer", "half an answer", "no HTTP"],
)
async def test_a_broken_answer_leaves_the_outcome_open(answer: bytes | None) -> None:
    async with scripted(answer) as server, client() as http:
        with pytest.raises(BrokenOff):
            await http.post(server.url, b"", {})

    assert len(server.requests) == 1, "it is never sent again by itself"


async def test_no_answer_in_time_leaves_the_outcome_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "ANSWER_TIMEOUT", 0.05)
    async with scripted(b"", b"") as server, client() as http:
        with pytest.raises(BrokenOff) as failed:
            await http.post(server.url, b"", {})

    assert isinstance(failed.value.__cause__, TimeoutError)


async def test_the_answer_to_a_cancelled_request_is_never_taken_for_another() -> None:
    async with scripted(b"", OK, OK) as server, client() as http:
        first = asyncio.create_task(http.post(server.url, b"first", {}))
        await server.asked.wait()
        first.cancel()
        reply = await http.post(server.url, b"second", {})

    assert (reply.body, server.connections) == (b"ok", 2)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://example.com/", "http:///"])
async def test_what_never_connected_was_not_sent(url: str) -> None:
    async with client() as http:
        with pytest.raises(NotConnected):
            await http.post(url, b"", {})


async def test_a_header_cannot_smuggle_another_one() -> None:
    async with scripted(OK) as server, client() as http:
        with pytest.raises(ValueError, match="line break"):
            await http.post(server.url, b"", {"X-Test": "1\r\nHost: evil"})

    assert not server.requests


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder


def tls_of(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def test_tls_trusts_the_given_authorities_only(certificate: Path) -> None:
    async with scripted(OK, tls=tls_of(certificate)) as server:
        async with client() as http:
            with pytest.raises(NotConnected) as refused:
                await http.post(server.url, b"", {})
        async with client(str(certificate / "cert.pem")) as http:
            reply = await http.post(server.url, b"", {})

    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert reply.body == b"ok"


@asynccontextmanager
async def proxy(status: str) -> AsyncIterator[tuple[Proxy, list[bytes]]]:
    seen: list[bytes] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
        host, _, port = seen[-1].split(b" ")[1].decode().rpartition(":")
        if not status.startswith("200"):
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield Proxy.parse(f"http://user:word@127.0.0.1:{server.sockets[0].getsockname()[1]}"), seen
    finally:
        server.close()
        await settled()


async def test_https_passes_through_a_proxy_and_the_host_never_sees_its_password(certificate: Path) -> None:
    async with (
        scripted(OK, tls=tls_of(certificate)) as server,
        proxy("200 Connection established") as (route, seen),
        client(str(certificate / "cert.pem")) as http,
    ):
        reply = await http.post(server.url, b"", {}, route)

    assert reply.body == b"ok"
    assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk" in seen[0]
    assert b"Proxy-Authorization" not in server.requests[0]


async def test_a_proxy_that_refuses_means_that_nothing_was_sent() -> None:
    async with proxy("407 Proxy Authentication Required") as (route, _), client() as http:
        with pytest.raises(NotConnected) as refused:
            await http.post("https://localhost:1/", b"", {}, route)

    assert "407 Proxy Authentication Required" in str(refused.value.__cause__)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("rounds", range(12))
async def test_a_request_that_is_cancelled_while_it_connects_leaves_no_socket(rounds: int, *, early: bool) -> None:
    async with scripted(OK) as server:
        client = HttpClient()
        if early:
            client.open_early(server.url)
        asking = asyncio.create_task(client.post(server.url, b"", {}))
        for _ in range(rounds):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always", ResourceWarning)
            await client.close()
            await settled()
            gc.collect()

    assert [str(one.message) for one in found] == []
