"""Whatever comes over the wire, the server answers in HTTP or hangs up, logs no failure, and serves the next one."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwright.console.pages import Console
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import LocalServer
from local_kit import ACCOUNT, REGION, WIDGET, StillClock, catalog, signed
from property.local_calls import TEXTS, calls, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES = st.binary(max_size=30).map(lambda raw: raw.translate(None, b"\r\n"))
_PATHS = st.sampled_from(
    ["/", "/x/../y", "/_cloudwright/health", "/_cloudwright/faults", "/_cloudwright/faults/CC8", "//", "*", "http://x/"]
) | st.builds(
    lambda page, asked: f"/_cloudwright/console/{page}?{urlencode(asked, errors='replace')}",
    st.sampled_from(["overview", "resources", "resource", "operations", "calls", "calls/7", "distributions", "none"]),
    st.dictionaries(
        st.sampled_from(["account", "region", "type", "identifier", "text", "before"]),
        TEXTS | st.integers().map(str),
        max_size=4,
    ),
)
_HEADERS = {
    b"Host": st.sampled_from([b"127.0.0.1", b"localhost:1", b"[", b"evil.example"]) | _BYTES,
    b"Authorization": st.just(signed(ACCOUNT, REGION).encode())
    | st.builds(lambda name: signed(quote(name, errors="replace"), "us-east-1", "sts").encode(), TEXTS)
    | _BYTES,
    b"Content-Type": st.sampled_from([b"application/json; charset=none", b"application/x-www-form-urlencoded"])
    | _BYTES,
    b"X-Amz-Target": st.sampled_from([b"CloudApiService.ListResources", b"CloudApiService."]) | _BYTES,
    b"Content-Encoding": st.sampled_from([b"gzip", b"deflate", b"identity"]) | _BYTES,
    b"Content-Length": st.sampled_from([b"-1", b"3", b"99999999999999999999"]) | _BYTES,
    b"Transfer-Encoding": st.sampled_from([b"chunked", b"gzip, chunked"]) | _BYTES,
    b"Expect": st.sampled_from([b"100-continue", b"200-nothing"]),
    b"Connection": st.sampled_from([b"close", b"upgrade"]) | _BYTES,
    b"Upgrade": st.just(b"websocket"),
}


def _message(method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> bytes:
    given = {b"Host": b"127.0.0.1", b"Content-Length": b"%d" % len(body), **headers}
    lines = [f"{method} {path} HTTP/1.1".encode(), *(name + b": " + value for name, value in given.items())]
    return b"\r\n".join([*lines, b"", b""]) + body


def _call(call: tuple[str, bytes]) -> bytes:
    action, body = call
    target = {b"Authorization": signed(ACCOUNT, REGION).encode(), b"X-Amz-Target": f"CloudApiService.{action}".encode()}
    return _message("POST", "/", target, body)


def _query(query: tuple[str, str, bytes]) -> bytes:
    service, _, body = query
    kind = {
        b"Authorization": signed(ACCOUNT, REGION, service).encode(),
        b"Content-Type": b"application/x-www-form-urlencoded",
    }
    return _message("POST", "/", kind, body)


_ANY = st.builds(
    _message,
    st.sampled_from(["POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    _PATHS,
    st.fixed_dictionaries({}, optional=_HEADERS),
    st.binary(max_size=60) | calls().map(lambda call: call[1]),
)
_MESSAGES = calls().map(_call) | queries().map(_query) | _ANY | st.binary(max_size=80)


@pytest.fixture(scope="module")
def complaints() -> Iterator[list[str]]:
    """What the server, its libraries and the event loop have logged."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(f"{record.getMessage()} {record.exc_info}")  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


async def _answer(endpoint: str, raw: bytes) -> bytes:
    """The head of the first answer; what came before the server hung up, if it did."""
    host, port = endpoint.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(raw)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    except asyncio.IncompleteReadError as error:
        return error.partial
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def _knock(messages: list[bytes]) -> tuple[list[bytes], bytes, list[str]]:
    cloud = LocalCloud(catalog(), clock=StillClock())
    cloud.put("999999999999", REGION, WIDGET, {"Name": "foreign", "Secret": "canary"})
    console = Console(cloud)
    async with LocalServer(cloud, routes=console.routes(), patience=0.02) as server:
        endpoint = await server.start()
        answers = [await _answer(endpoint, raw) for raw in messages]
        last = await _answer(endpoint, _call(("ListResources", json.dumps({"TypeName": WIDGET}).encode())))
        console.close()
    foreign = [one.identifier for one in cloud.resources("999999999999")]
    cloud.close()
    return answers, last, foreign


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_MESSAGES, min_size=1, max_size=8))
def test_the_next_caller_is_served_whatever_was_sent_before(complaints: list[str], messages: list[bytes]) -> None:
    answers, last, foreign = asyncio.run(_knock(messages))

    for answer in answers:
        assert answer == b"" or answer.startswith(b"HTTP/")
        assert not answer[9:].startswith(b"5")
    assert last.startswith(b"HTTP/1.1 200 OK")
    assert ["foreign"] == foreign
    assert [] == complaints
