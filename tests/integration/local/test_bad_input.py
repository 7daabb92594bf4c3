"""Untrusted clients: what they send byte by byte, the answers they get, and what they can't do to others."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from cloudwright.local.api.signatures import SignatureCheck
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http import connections
from cloudwright.local.http.server import BODY_LIMIT, LocalServer
from local_kit import ACCOUNT, REGION, WIDGET, StillClock, catalog, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

BODY = json.dumps({"TypeName": WIDGET}).encode()
PANEL = "/_cloudwright/faults"


def message(body: bytes = BODY, *, path: str = "/", method: str = "POST", **changed: str | None) -> bytes:
    """A request as it goes over the wire; a header that is `None` is left out."""
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Authorization": signed(ACCOUNT, REGION),
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "CloudApiService.ListResources",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def form(body: bytes, service: str = "sts") -> bytes:
    kind = "application/x-www-form-urlencoded"
    return message(body, Authorization=signed(ACCOUNT, REGION, service), Content_Type=kind, X_Amz_Target=None)


def chunked(piece: bytes, count: int) -> bytes:
    chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
    return message(chunk * count + b"0\r\n\r\n", Content_Length=None, Transfer_Encoding="chunked")


def listing(**members: Any) -> bytes:
    return message(json.dumps({"TypeName": WIDGET, **members}).encode())


class Door:
    """A served cloud, spoken to in bytes."""

    def __init__(self, cloud: LocalCloud, endpoint: str) -> None:
        self.cloud = cloud
        self.host, _, port = endpoint.removeprefix("http://").rpartition(":")
        self.port = int(port)
        self._writers: list[asyncio.StreamWriter] = []

    async def knock(self, raw: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        self._writers.append(writer)
        writer.write(raw)
        return reader, writer

    async def leave(self) -> None:
        """Hang up."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def ask(self, raw: bytes = message()) -> tuple[int, bytes]:
        """The status and the body of one answer."""
        reader, _ = await self.knock(raw)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None, head
        return int(head.split()[1]), await reader.readexactly(int(length[1]))


@pytest.fixture
async def open_door() -> AsyncIterator[Callable[..., Any]]:
    cloud = LocalCloud(catalog(), clock=StillClock())
    async with AsyncExitStack() as stack:
        stack.callback(cloud.close)

        async def start(**options: Any) -> Door:
            server = await stack.enter_async_context(LocalServer(cloud, **options))
            door = Door(cloud, await server.start())
            stack.push_async_callback(door.leave)
            return door

        yield start


@pytest.fixture
async def door(open_door: Callable[..., Any]) -> Door:
    opened: Door = await open_door()
    return opened


REQUESTS = {
    "malformed JSON": (message(b"{"), 400, "SerializationException"),
    "invalid UTF-8": (message(b"\xff\xfe\x00"), 400, "SerializationException"),
    "invalid UTF-8 in a text": (message(b'{"TypeName": "\xff"}'), 400, "SerializationException"),
    "an abyss": (message(b"[" * 100_000), 400, "SerializationException"),
    "what JSON lacks": (message(b'{"MaxResults": NaN}'), 400, "SerializationException"),
    "missing members": (message(b"{}"), 400, "ValidationException"),
    "a huge page": (listing(MaxResults=100_000_000), 400, "ValidationException"),
    "a stale token": (listing(NextToken="c3RhbGU="), 400, "ValidationException"),
    "SQL": (listing(TypeName="x'; DROP TABLE resources; --"), 400, "ValidationException"),
    "no signature": (message(Authorization=None), 400, "MissingAuthenticationTokenException"),
    "bytes for a signature": (message(Authorization="AWS4 \udcff\udcfe"), 400, "IncompleteSignatureException"),
    "another service": (message(X_Amz_Target="DynamoDB_20120810.Scan"), 400, "UnknownOperationException"),
    "bytes for an operation": (message(X_Amz_Target="CloudApiService.\udcff"), 400, "UnknownOperationException"),
    "over the limit": (message(Content_Length=str(BODY_LIMIT + 1)), 400, "RequestEntityTooLargeException"),
    "a petabyte": (message(Content_Length=str(10**15)), 400, "RequestEntityTooLargeException"),
    "pieces over the limit": (chunked(b" " * 0x100000, 5), 400, "RequestEntityTooLargeException"),
    "a bomb": (
        message(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"),
        400,
        "RequestEntityTooLargeException",
    ),
    "no gzip": (message(b"no gzip", Content_Encoding="gzip"), 400, "SerializationException"),
    "a long form": (form(b"a=b&" * 600), 404, "MalformedQueryString"),
    "what XML can't hold": (form(b"Action=%00%1b%ff"), 400, "InvalidAction"),
    "a role that is none": (form(b"Action=AssumeRole&RoleArn=arn:aws:iam::1:role/x"), 400, "ValidationError"),
}
"""What was sent, the status and the error."""


@pytest.mark.parametrize(("raw", "status", "code"), REQUESTS.values(), ids=REQUESTS)
async def test_bad_requests_get_the_right_error_and_leave_no_trace(
    door: Door, caplog: pytest.LogCaptureFixture, raw: bytes, status: int, code: str
) -> None:
    answered, body = await door.ask(raw)

    assert (status, code) == (answered, code_of(body))
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 200 == (await door.ask())[0]


def code_of(body: bytes) -> str:
    if body.startswith(b"{"):
        return str(json.loads(body)["__type"]).partition("#")[2]
    (code,) = (part.text for part in ET.fromstring(body.decode()).iter() if part.tag.endswith("}Code"))
    return str(code)


HTTP = {
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a negative length": (message(Content_Length="-5"), 400),
    "a length in words": (message(Content_Length="five"), 400),
    "two lengths": (message(Transfer_Encoding="chunked"), 400),
    "a bad piece": (message(b"zz\r\n", Content_Length=None, Transfer_Encoding="chunked"), 400),
    "a long header": (message(X_Long="a" * 20_000), 400),
    "no host": (message(Host=None), 400),
    "half a host": (message(Host="["), 403),
    "another host": (message(Host="evil.example"), 403),
    "a host that begins well": (message(Host="localhost.evil.example"), 403),
    "another method": (message(b"", method="PUT"), 405),
    "a way out": (message(b"", method="GET", path="/../../etc/passwd"), 405),
}
"""What was sent, and the status."""


@pytest.mark.parametrize(("raw", "status"), HTTP.values(), ids=HTTP)
async def test_bad_http_is_refused_and_leaves_no_trace(
    door: Door, caplog: pytest.LogCaptureFixture, raw: bytes, status: int
) -> None:
    assert status == (await door.ask(raw))[0]
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 200 == (await door.ask())[0]


async def test_who_hangs_up_in_the_middle_of_a_request_leaves_no_trace(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    for cut in (5, 60, len(message()) - 3):
        _, writer = await door.knock(message()[:cut])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    assert 200 == (await door.ask())[0]
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nContent-Le"], ids=["nothing", "half a head"])
async def test_a_connection_that_never_asks_is_closed(open_door: Callable[..., Any], sent: bytes) -> None:
    door: Door = await open_door(patience=0.05)

    reader, _ = await door.knock(sent)

    assert b"" == await asyncio.wait_for(reader.read(), 5)


async def test_a_request_that_never_ends_is_answered_and_closed(open_door: Callable[..., Any]) -> None:
    door: Door = await open_door(patience=0.05)

    assert 408 == (await door.ask(message(Content_Length="4000")))[0]


async def test_of_a_silent_crowd_the_oldest_must_go(
    open_door: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOOK", 0.02)
    monkeypatch.setattr(connections, "MOST_SILENT", 20)
    door: Door = await open_door()

    busy, asking = await door.knock()
    asking.write(message())
    await busy.readuntil(b"\r\n\r\n")
    crowd = [await door.knock(b"POST / ") for _ in range(60)]
    ended = [asyncio.ensure_future(reader.read()) for reader, _ in crowd]
    await asyncio.wait_for(asyncio.gather(*ended[:40]), 5)
    asking.write(message())

    assert b"HTTP/1.1 200 OK" in await asyncio.wait_for(busy.readuntil(b"200 OK"), 5)
    assert [] == [one for one in ended[40:] if one.done()]
    for one in ended:
        one.cancel()


async def test_a_thousand_half_open_connections_keep_nobody_waiting(door: Door) -> None:
    for at in range(1000):
        await door.knock(b"POST / HTTP/1.1\r\nContent-Le" if at % 2 else b"")

    status, _ = await asyncio.wait_for(door.ask(), 5)

    assert 200 == status


async def test_it_listens_on_one_loopback_address_unless_told_otherwise(open_door: Callable[..., Any]) -> None:
    narrow: Door = await open_door()
    wide: Door = await open_door(host="0.0.0.0")
    narrow.host = wide.host = "127.0.0.2"

    with pytest.raises(ConnectionRefusedError):
        await narrow.ask()
    assert 200 == (await wide.ask())[0]


async def test_a_verified_signature_may_hold_any_bytes(open_door: Callable[..., Any]) -> None:
    door: Door = await open_door(signatures=SignatureCheck("right"))
    header = signed(ACCOUNT, REGION).replace("SignedHeaders=host", "SignedHeaders=host;x-odd")

    status, body = await door.ask(message(Authorization=header, X_Odd="\udcff\udcfe"))

    assert (400, "InvalidSignatureException") == (status, code_of(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"name": "CC8", "options": 5}', "options can't be 5"),
        (b'{"name": "CC94", "type_name": 5}', "type_name can't be 5"),
        (b'{"name": "CC94", "probability": "x"}', "probability can't be 'x'"),
        (b'{"name": "CC94", "speed": 5}', "a fault has no speed"),
        (b'{"type_name": "*"}', "or an object with a name"),
        (b'"CC72:cout=2"', "did you mean count?"),
        (b'"CC54:calls=many"', "calls must be a whole number, not 'many'"),
        (b'"CC80:seconds=inf"', "seconds must be a finite number, not 'inf'"),
        (b'["CC94", "CC72:count=x"]', "count must be a whole number, not 'x'"),
    ],
)
async def test_a_wrong_fault_is_reported_and_switches_nothing_on(door: Door, body: bytes, reason: str) -> None:
    status, answer = await door.ask(message(body, path=PANEL, Content_Type="application/json; charset=none"))

    assert 400 == status
    assert reason in json.loads(answer)["error"]
    assert [] == door.cloud.faults.listing()
