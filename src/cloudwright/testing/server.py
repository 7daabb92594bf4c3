"""A local cloud over HTTP, in its own thread, for tests of other clients."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

from cloudwright.local.http.server import LocalServer

if TYPE_CHECKING:
    from types import TracebackType

    from cloudwright.local.cloud import LocalCloud


class ServedCloud:
    """Serves a cloud over HTTP while a `with` block runs.

    Attributes:
        cloud: The cloud. Its methods may be called while it is served: calls take turns.
        url: The address that it listens on, such as `http://127.0.0.1:4510`.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        """Set the cloud; the server starts with the block."""
        self.cloud = cloud
        self.url: str = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="local cloud")
        self._server = LocalServer(cloud)

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
