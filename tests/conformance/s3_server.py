"""Moto's S3 over real HTTP on a free loopback port."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start a server; gives its address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(endpoint: str, service: str = "s3") -> Any:
    """A botocore client for one of the server's services, with credentials of its own."""
    import botocore.session
    from botocore.config import Config

    session = botocore.session.Session()
    session.set_credentials("123456789012", "secret")
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=32)
    return session.create_client(service, region_name="us-east-1", endpoint_url=endpoint, config=config)
