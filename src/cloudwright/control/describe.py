"""Live schemas: what the registry of one account and Region says about a type, including private and newer types."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.clock import SystemClock
from cloudwright.control import query
from cloudwright.control.model import Call
from cloudwright.errors import NotAnswered, ServiceError, UnknownType
from cloudwright.schema.resource_type import PROVISIONING_TYPE

if TYPE_CHECKING:
    from cloudwright.clock import Clock
    from cloudwright.control.client import CloudControl
    from cloudwright.target import Target

MAX_AGE = 24 * 3600.0
"""Seconds after which a cached schema is requested again."""


class LiveSchemas:
    """DescribeType with a cache on disk, separate for each account and Region."""

    def __init__(
        self,
        client: CloudControl,
        cache: Path | None = None,
        clock: Clock | None = None,
        *,
        max_age: float = MAX_AGE,
    ) -> None:
        """Nothing is read or sent yet.

        Args:
            client: Sends the requests.
            cache: A directory; the user's cache directory by default.
            clock: For the age of cached files.
            max_age: Seconds; 0 disables the cache.
        """
        self._client = client
        self._cache = cache or _user_cache()
        self._clock = clock or SystemClock()
        self._max_age = max_age

    async def schema(self, target: Target, type_name: str) -> dict[str, Any]:
        """The type's schema from the registry.

        A query that fails is an error, never an empty schema: without a schema, write-only values would be
        dropped (CC76).

        Args:
            target: Account and Region of the registry.
            type_name: Such as `MyOrg::Network::Thing`.

        Raises:
            UnknownType: The registry doesn't have the type there (CC87).
            ServiceError, TransportError, CredentialsError: The query failed.
        """
        path = self._path(target, type_name)
        cached = await asyncio.to_thread(_read, path, self._clock.now() - self._max_age)
        if cached is not None:
            return cached
        document = await self._describe(target, type_name)
        await asyncio.to_thread(_write, path, document)
        return document

    async def _describe(self, target: Target, type_name: str) -> dict[str, Any]:
        body = query.form("cloudformation", "DescribeType", {"Type": "RESOURCE", "TypeName": type_name})
        try:
            fields = await self._client.ask_query(Call("cloudformation", "DescribeType", body, target))
        except ServiceError as error:
            if error.name in {"TypeNotFound", "CFNRegistry"}:
                raise UnknownType(
                    f"the registry of {target} has no type {type_name}: {error.service_message}",
                    hint="check the spelling, and that the type is activated in this account and Region",
                ) from None
            raise
        document = _document(type_name, fields.get("Schema", ""))
        provisioning = fields.get("ProvisioningType", "")
        return {**document, PROVISIONING_TYPE: provisioning} if provisioning else document

    def _path(self, target: Target, type_name: str) -> Path:
        return self._cache / target.partition / target.account / target.region / (_file_name(type_name) + ".json")


def _document(type_name: str, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not document:
        raise NotAnswered(f"DescribeType answered without a readable schema of {type_name}")
    return document


def _file_name(type_name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in type_name)


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cloudwright" / "schemas"


def _read(path: Path, oldest: float) -> dict[str, Any] | None:
    try:
        if path.stat().st_mtime < oldest:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and document else None


def _write(path: Path, document: dict[str, Any]) -> None:
    # The cache only saves time: a read-only directory must not fail the run.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file)
        Path(name).replace(path)
