"""Stacks in the local cloud of a folder, as `--local` opens it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.store import CloudStore
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT, REGION = "000000000000", "us-east-1"


@contextlib.contextmanager
def cloud_of(folder: Path) -> Iterator[LocalCloud]:
    """The local cloud that commands with `--local` use in a folder."""
    place = folder / ".cloudwright" / "local"
    place.mkdir(parents=True, exist_ok=True)
    cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), store=CloudStore(place / "cloud.db"))
    try:
        yield cloud
    finally:
        cloud.close()
