from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import LocalServer
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ServerThread:
    """A local cloud served from its own thread, since boto3 blocks."""

    def __init__(self, *, operation_time: float, policy: Any = None, **options: Any) -> None:
        self.cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=operation_time, policy=policy)
        self._server = LocalServer(self.cloud, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.endpoint: str = self._run(self._server.start())

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        self._run(self._server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self.cloud.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(stack: ExitStack) -> Callable[..., ServerThread]:
    def start(*, operation_time: float = 0.0, **options: Any) -> ServerThread:
        server = ServerThread(operation_time=operation_time, **options)
        stack.callback(server.close)
        return server

    return start


@pytest.fixture
def client_of(stack: ExitStack) -> Callable[..., Any]:
    def connect(
        server: ServerThread,
        service: str = "cloudcontrol",
        *,
        access_key: str = "AKIAEXAMPLE",
        secret: str = "secret",
        region: str = "us-west-2",
    ) -> Any:
        client = boto3.client(
            service,
            endpoint_url=server.endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}),
        )
        stack.callback(client.close)
        return client

    return connect


@pytest.fixture
def make_client(serve: Callable[..., ServerThread], client_of: Callable[..., Any]) -> Callable[..., Any]:
    server = serve()
    return lambda *args, **options: client_of(server, *args, **options)


@pytest.fixture
def client(make_client: Callable[..., Any]) -> Any:
    return make_client()


@pytest.fixture
def slow_client(serve: Callable[..., ServerThread], client_of: Callable[..., Any]) -> Any:
    return client_of(serve(operation_time=60.0))
