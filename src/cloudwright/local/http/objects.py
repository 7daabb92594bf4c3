"""S3 over HTTP: a request's body is written to a temporary file, so that a large one needs no memory."""

from __future__ import annotations

import asyncio
import tempfile
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from cloudwright.local.api.wire import Refused
from cloudwright.local.objects.bodies import ChunkedDecoder, is_chunked
from cloudwright.local.objects.operations import LARGEST, too_large
from cloudwright.local.objects.requests import ObjectRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_IN_MEMORY = 4 * 1024 * 1024
_READ = 1 << 18
_HOST = ".localhost"


async def received(request: web.Request, patience: float) -> ObjectRequest:
    """A request with its whole body, which is a temporary file if it is large.

    Args:
        request: The request, with its body unread.
        patience: Seconds to wait for the next bytes.

    Raises:
        Refused: It is too large, or not encoded as its headers say.
        web.HTTPRequestTimeout: The body stopped arriving.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        keep = _decoded if is_chunked(headers) else _kept
        headers |= await keep(_arriving(request, patience), body)
        _check_length(headers, body.tell())
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return ObjectRequest(request.method, _path(request), body, headers)


def _check_length(headers: dict[str, str], size: int) -> None:
    length = headers.get("x-amz-decoded-content-length")
    if length is not None and length != str(size):
        raise Refused("IncompleteBody", "You did not provide the number of bytes specified by the HTTP header")


def _path(request: web.Request) -> str:
    """The path with the bucket as its first part, also if the client put it into the host name."""
    raw = request.rel_url.raw_path_qs
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    bucket = host.removesuffix(_HOST)
    return f"/{bucket}{raw}" if bucket != host else raw


async def _arriving(request: web.Request, patience: float) -> AsyncIterator[bytes]:
    size = 0
    while True:
        try:
            async with asyncio.timeout(patience):
                data = await request.content.read(_READ)
        except TimeoutError:
            raise web.HTTPRequestTimeout(text=f"no more of the request within {patience:g} seconds\n") from None
        if not data:
            return
        size += len(data)
        if size > LARGEST:
            raise too_large()
        yield data


async def _kept(arriving: AsyncIterator[bytes], body: IO[bytes]) -> dict[str, str]:
    async for data in arriving:
        body.write(data)
    return {}


async def _decoded(arriving: AsyncIterator[bytes], body: IO[bytes]) -> dict[str, str]:
    decoder = ChunkedDecoder()
    async for data in arriving:
        for content in decoder.feed(data):
            body.write(content)
    decoder.finish()
    return decoder.trailers
