"""From an address to a store: `sqlite://`, a path, `memory://`, `s3://bucket/prefix`, `postgresql://...`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import StateUnavailable
from cloudwright.state.address import _path, bucket_and_prefix, public

if TYPE_CHECKING:
    from cloudwright.clock import Clock
    from cloudwright.state.hosted_store import HostedStore


def open_store(url: str, app: str, stage: str, *, clock: Clock | None = None) -> HostedStore:
    """The store of an address; nothing is opened or created before the first call.

    Args:
        url: `sqlite:///path`, a plain path, `memory://`, `s3://bucket/prefix` or `postgresql://user@host/database`.
        app: The app's name.
        stage: The stage's name.
        clock: The machine's clock by default.

    Raises:
        StateUnavailable: The kind of address is unknown, or its extra is not installed.
    """
    scheme = url.partition("://")[0] if "://" in url else "sqlite"
    match scheme:
        case "sqlite":
            from cloudwright.state.sql.sqlite import SqliteStore

            return SqliteStore(_path(url), app, stage, clock=clock)
        case "memory":
            from cloudwright.state.memory import MemoryStore

            return MemoryStore(app, stage, clock=clock)
        case "s3":
            from cloudwright.state.s3.backend import S3Store
            from cloudwright.state.s3.objects import S3Objects

            bucket, prefix = bucket_and_prefix(url)
            return S3Store(S3Objects(bucket, clock=clock), prefix, app, stage, clock=clock)
        case "postgresql" | "postgres":
            from cloudwright.state.sql.postgresql import PostgresStore

            return PostgresStore(url, app, stage, clock=clock)
        case _:
            raise StateUnavailable(
                f"{public(url)} is not the address of a state",
                hint="use a path, s3://bucket/prefix or postgresql://user@host/database",
            )
