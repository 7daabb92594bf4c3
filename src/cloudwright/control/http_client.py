"""Requests over persistent connections: HTTP/1.1 with TLS and proxies.

It supports the one kind of call that AWS's JSON, query and REST protocols need (a body, or a query string). httptools
parses the answers; connections, TLS and timeouts are asyncio's. A general HTTP library takes more time for a call than
signing, planning and journaling it together, and its import takes longer than a small deploy.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from cloudwright.control.model import Reply
from cloudwright.control.signature import host_header

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

P = TypeVar("P", bound=asyncio.BaseProtocol)

CONNECT_TIMEOUT = 10.0
"""Seconds for name resolution, connection and TLS together."""

ANSWER_TIMEOUT = 60.0
"""Seconds; GetResource runs the type's read handler synchronously, which may take a while."""

CONNECTIONS = 160
"""Open connections, over all hosts."""

IDLE = 15.0
"""Seconds after which an idle connection is not reused: AWS's load balancers close them."""


class ProxyRoute(Protocol):
    """A proxy: `cloudwright.control.endpoints.Proxy`."""

    @property
    def url(self) -> str:
        """Without credentials."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """`Proxy-Authorization`, or nothing."""
        ...


_LAST_WAIT = 1.0
"""Seconds that the end of a run waits for connections that are still being opened."""


class NotConnected(Exception):
    """No connection could be established, so nothing was sent; its cause is the operating system's error."""


class BrokenOff(Exception):
    """The connection broke or timed out later, so whether the request was carried out is unknown."""


class ProxyRefused(OSError):
    """The proxy answered CONNECT with an error."""


class HttpClient:
    """A pool of connections. Redirects are not followed, cookies are not kept, nothing is logged."""

    def __init__(self, authorities: str | None = None) -> None:
        """Nothing is opened yet.

        Args:
            authorities: A file with the certificates to trust; the system's by default.
        """
        self._authorities = authorities
        self._idle: dict[tuple[str, str], list[_Connection]] = defaultdict(list)
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._context: asyncio.Task[ssl.SSLContext] | None = None
        self._opening: dict[tuple[str, str], asyncio.Task[_Connection]] = {}
        self._attempts: set[asyncio.Task[_Connection]] = set()
        self._open_now: set[_Connection] = set()

    def open_early(self, url: str, proxy: ProxyRoute | None = None) -> None:
        """Begin to open a connection for the next request; if it can't be opened, that request says so.

        Args:
            url: As for `request`.
            proxy: The proxy to use, if any.
        """
        key = (url, proxy.url if proxy else "")
        if not self._idle[key] and key not in self._opening:
            self._opening[key] = self._connect(url, proxy)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], proxy: ProxyRoute | None = None) -> Reply:
        """Send a POST and wait for its answer; see `request`."""
        return await self.request("POST", url, body, headers, proxy)

    async def request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], proxy: ProxyRoute | None = None
    ) -> Reply:
        """Send a request and wait for its answer.

        Args:
            method: Such as `PUT`.
            url: `http` or `https`.
            body: The exact bytes.
            headers: All but `Host` and `Content-Length`.
            proxy: The proxy to use, if any.

        Raises:
            NotConnected: Nothing was sent.
            BrokenOff: The request was sent, and no complete answer arrived.
        """
        key = (url, proxy.url if proxy else "")
        async with self._places:
            connection = self._reusable(key) or await self._opened_early(key) or await self._opened(url, proxy)
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    reply = await connection.ask(_request(method, url, body, headers, proxy))
            except (OSError, HttpParserError) as error:
                connection.close()
                raise BrokenOff from error
            except BaseException:
                connection.close()  # its answer would be mistaken for that of the next request
                raise
            if connection.usable:
                self._idle[key].append(connection)
            else:
                connection.close()  # the server said that it would close it, which may take it a while
            return reply

    async def close(self) -> None:
        """Close all connections."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=_LAST_WAIT)
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        self._opening.clear()
        # Also those that a cancelled request was about to take over.
        for connection in tuple(self._open_now):
            connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # a transport closes its socket in the next round of the loop

    def _reusable(self, key: tuple[str, str]) -> _Connection | None:
        waiting = self._idle[key]
        while waiting:
            connection = waiting.pop()
            if connection.usable and asyncio.get_running_loop().time() - connection.since < IDLE:
                return connection
            connection.close()
        return None

    async def _opened(self, url: str, proxy: ProxyRoute | None) -> _Connection:
        return await asyncio.shield(self._connect(url, proxy))

    def _connect(self, url: str, proxy: ProxyRoute | None) -> asyncio.Task[_Connection]:
        """Open a connection in a task that no request cancels: asyncio may lose the socket of a cancelled attempt."""
        attempt = asyncio.create_task(self._connected(url, proxy))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)
        attempt.add_done_callback(_keep_quiet)
        return attempt

    async def _opened_early(self, key: tuple[str, str]) -> _Connection | None:
        """The connection that `open_early` opens, if it can still be used."""
        opening = self._opening.pop(key, None)
        if opening is None:
            return None
        with contextlib.suppress(NotConnected):
            connection = await asyncio.shield(opening)
            if connection.usable and asyncio.get_running_loop().time() - connection.since < IDLE:
                return connection
            connection.close()
        return None

    async def _connected(self, url: str, proxy: ProxyRoute | None) -> _Connection:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                if proxy is None:
                    return await self._open(url, _Connection(self._open_now))
                if url.startswith("https://"):
                    return await self._through(url, proxy)
                return await self._open(proxy.url, _Connection(self._open_now))
        except (OSError, ValueError) as error:
            raise NotConnected from error

    async def _open(self, url: str, protocol: P) -> P:
        host, port, secure = _address(url)
        context = await self._tls() if secure else None
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(
            lambda: protocol, host, port, ssl=context, happy_eyeballs_delay=0.25
        )
        if (connected := transport.get_extra_info("socket")) is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return protocol

    async def _through(self, url: str, proxy: ProxyRoute) -> _Connection:
        host, port, _ = _address(url)
        tunnel = await self._open(proxy.url, _Tunnel())
        try:
            await tunnel.establish(f"[{host}]" if ":" in host else host, port, proxy.headers)
            connection, context = _Connection(self._open_now), await self._tls()
            loop = asyncio.get_running_loop()
            secured = await loop.start_tls(tunnel.transport, connection, context, server_hostname=host)
        except BaseException:
            tunnel.transport.close()
            raise
        if secured is None:
            raise ConnectionResetError("the connection through the proxy closed during the TLS handshake")
        connection.connection_made(secured)
        return connection

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = asyncio.create_task(asyncio.to_thread(_tls_context, self._authorities))
        return await asyncio.shield(self._context)


class _Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, open_now: set[_Connection]) -> None:
        self._open_now = open_now
        self.since = 0.0
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[Reply] | None = None
        self._reusable = False
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._until_close = False
        self._bodiless = False

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._reusable and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Reply:
        """Send a request and wait for its answer."""
        assert self._transport is not None
        self._answer, self._reusable = asyncio.get_running_loop().create_future(), False
        self._bodiless = request.startswith(b"HEAD ")
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close it without waiting."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._reusable, self.since = transport, True, asyncio.get_running_loop().time()
        self._open_now.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(error)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_now.discard(self)
        self._reusable = False
        if self._until_close and exc is None:
            self.on_message_complete()
        self._fail(exc or ConnectionResetError("the server closed the connection"))

    # -- the parser calls these

    def on_message_begin(self) -> None:
        self._headers, self._body, self._until_close = {}, [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        sized = "content-length" in self._headers or "transfer-encoding" in self._headers
        self._until_close = not sized and not self._parser.should_keep_alive()
        if self._bodiless and self._answer is not None and not self._answer.done():
            # Its length is that of a body which is not sent and the parser waits for: the connection is not used again.
            self._answer.set_result(Reply(self._parser.get_status_code(), self._headers, b""))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # an interim answer, such as 100 Continue
            return
        self.since = asyncio.get_running_loop().time()
        if self._answer is None or self._answer.done():
            self.close()  # unsolicited: such as a 408 before an idle connection is closed
            return
        self._reusable = self._parser.should_keep_alive() and not self._until_close
        self._answer.set_result(Reply(status, self._headers, b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


class _Tunnel(asyncio.Protocol):
    """A connection to a proxy during CONNECT."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._received = b""
        self._head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def establish(self, host: str, port: int, headers: Mapping[str, str]) -> None:
        """Make the proxy connect to a host.

        Raises:
            ProxyRefused: It does not.
        """
        lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
        self.transport.write(_head([*lines, *(f"{name}: {value}" for name, value in headers.items())]))
        status = (await self._head).split(b"\r\n")[0].decode("latin-1")
        if status.split(" ")[1:2] != ["200"]:
            raise ProxyRefused(f"the proxy answered {status.partition(' ')[2]!r}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if b"\r\n\r\n" in self._received and not self._head.done():
            self._head.set_result(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._head.done():
            self._head.set_exception(exc or ConnectionResetError("the proxy closed the connection"))


def _keep_quiet(task: asyncio.Task[_Connection]) -> None:
    """Keep a failure quiet that no request has waited for."""
    if not task.cancelled():
        task.exception()


def _request(method: str, url: str, body: bytes, headers: Mapping[str, str], proxy: ProxyRoute | None) -> bytes:
    parts = urlsplit(url)
    target, more = (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers
    if proxy is not None and parts.scheme == "http":
        target, more = url, {**headers, **proxy.headers}
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host_header(url)}", f"Content-Length: {len(body)}"]
    return _head([*lines, *(f"{name}: {value}" for name, value in more.items())]) + body


def _head(lines: list[str]) -> bytes:
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header contains a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _address(url: str) -> tuple[str, int, bool]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not the address of a web server")
    secure = parts.scheme == "https"
    return parts.hostname, parts.port or (443 if secure else 80), secure


def _tls_context(authorities: str | None) -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context(cafile=authorities)
