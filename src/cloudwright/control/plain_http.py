"""One POST over a connection of its own, by the standard library: for a run that asks STS and then nobody else.

A first plan needs to know its account and no more. To load aiohttp for that takes longer than all that the plan does.
"""

from __future__ import annotations

import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from cloudwright.control.model import Reply

TIMEOUT = 10.0
"""Seconds for the connection, and for each piece of the answer; nobody can interrupt the wait for them."""


class NotConnected(Exception):
    """No connection could be made, so that nothing was sent; its cause is the error of the system."""


class BrokenOff(Exception):
    """The connection broke or timed out later; its cause is the error."""


def post(url: str, body: bytes, headers: dict[str, str], *, authorities: str | None = None) -> Reply:
    """Send a request and wait for its answer. Blocks; follows no redirect and uses no proxy.

    Args:
        url: With scheme and path.
        body: The exact bytes.
        headers: All but `Host` and `Content-Length`.
        authorities: A file with the certificates to trust; the system's own without it.

    Raises:
        NotConnected: Nothing was sent.
        BrokenOff: Nobody knows what became of the request.
    """
    with closing(_connection(url, authorities)) as connection:
        try:
            connection.connect()
        except (OSError, HTTPException, UnicodeError) as error:
            raise NotConnected from error
        try:
            connection.request("POST", urlsplit(url).path or "/", body, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        except (OSError, HTTPException) as error:
            raise BrokenOff from error


def _connection(url: str, authorities: str | None) -> HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return HTTPConnection(host, parts.port, timeout=TIMEOUT)
    return HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=ssl.create_default_context(cafile=authorities))
