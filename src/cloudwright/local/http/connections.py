"""Silent connections are closed in time, and malformed requests don't fill the log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.web_protocol import RequestHandler

PATIENCE = 60.0
"""Seconds that a client may take from connecting to its first request, and from a request's head to its end."""

MOST_SILENT = 200
"""Connections that may stay silent between two checks, as long as half of the process's file descriptors are free."""

LOOK = 1.0
"""Seconds between two checks."""

_FILES = 4096
"""A sufficient limit of open files; beyond the limit, asyncio would fill the log."""

CLIENT_ERRORS = (HttpProcessingError, RequestPayloadError, ConnectionError)
"""Errors while reading a request that the client or the network causes."""


class SilentConnections:
    """Closes connections that never sent a request, so that they can't use up the process's file descriptors."""

    def __init__(self, server: web.Server, patience: float = PATIENCE) -> None:
        """Take the server to watch.

        Args:
            server: The server whose connections are checked.
            patience: Seconds.
        """
        self._server = server
        self._patience = patience
        self._most = min(MOST_SILENT, _files() // 2)
        self._since: dict[RequestHandler, float] = {}
        self._talking: set[RequestHandler] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start checking, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Stop checking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def note_request(self, request: web.BaseRequest) -> None:
        """Record a request: its connection is no longer silent."""
        self._talking.add(request.protocol)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK, self._patience))
            self._look(asyncio.get_running_loop().time())

    def _look(self, now: float) -> None:
        known = self._server.connections
        self._talking.intersection_update(known)
        silent = dict.fromkeys(one for one in known if one not in self._talking)
        waited = {one: since for one, since in self._since.items() if one in silent}  # the oldest first
        self._since = {**waited, **{one: now for one in silent if one not in waited}}
        for rank, (connection, since) in enumerate(waited.items()):
            if now - since >= self._patience or rank < len(waited) - self._most:
                connection.force_close()


def allow_many() -> None:
    """Raise this process's limit of open files for many clients, as far as the system allows."""
    limits = _limits()
    if limits is None:
        return
    import resource

    soft, hard = limits
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _files() -> int:
    """Number of files that this process may open."""
    limits = _limits()
    return _FILES if limits is None or limits[0] < 0 else limits[0]


def _limits() -> tuple[int, int] | None:
    """The soft and the hard limit of open files, if the system has them."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrlimit(resource.RLIMIT_NOFILE)


class _ClientErrors(logging.Filter):
    """Drops log messages of errors that a client causes: anyone could fill the log with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, CLIENT_ERRORS)


def http_log() -> logging.Logger:
    """The logger of the HTTP layer."""
    log = logging.getLogger("cloudwright.local.http")
    if not log.filters:
        log.addFilter(_ClientErrors())
    return log
