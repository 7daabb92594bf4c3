"""The local cloud's store of resources and requests: SQLite, on disk or in memory.

One implementation serves both, so what is tested in memory is what persists. Every lookup goes through an index, so
that a call takes no longer with 100,000 resources than with ten.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import weakref
from dataclasses import asdict
from itertools import product
from typing import TYPE_CHECKING, Any

from cloudwright.errors import StateTooNew, StateUnavailable
from cloudwright.local import documents
from cloudwright.local.objects import rows as object_rows
from cloudwright.local.objects.rows import BUCKET
from cloudwright.local.rows import AccountRegion, request_of, resource_of
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cloudwright.local.rows import ResourceSearch, StoredRequest, StoredResource

_LAYOUT = 1

_DISK = "make sure that this user may write the file and its folder, and that the disk is not full"


_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, type TEXT NOT NULL,
    identifier TEXT NOT NULL, properties TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
    UNIQUE (type, identifier, account, region)
) STRICT;
CREATE INDEX IF NOT EXISTS resources_by_place ON resources (account, region, type, seq);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
    client_token TEXT NOT NULL, digest TEXT NOT NULL, type TEXT NOT NULL, operation TEXT NOT NULL, identifier TEXT,
    status TEXT NOT NULL, event_time REAL NOT NULL, effect_at REAL, error_code TEXT, message TEXT NOT NULL,
    payload TEXT, notes TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS requests_by_place ON requests (account, region, seq);
CREATE INDEX IF NOT EXISTS requests_by_outcome ON requests (account, region, operation, status, seq);
CREATE INDEX IF NOT EXISTS requests_by_client_token ON requests (account, region, client_token);
CREATE INDEX IF NOT EXISTS requests_due ON requests (effect_at, seq) WHERE effect_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS requests_open ON requests (type, identifier, account, region) WHERE effect_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS requests_by_age ON requests (event_time);
"""

_SELECT_RESOURCE = "SELECT account, region, type, identifier, properties, created, updated, seq FROM resources "
_SELECT_REQUEST = (
    "SELECT account, region, token, client_token, digest, type, operation, identifier, status, event_time, effect_at,"
    " error_code, message, payload, notes, seq FROM requests "
)

_NEWEST = _SELECT_REQUEST + "WHERE account = ? AND region = ? AND event_time >= ? AND seq < ? ORDER BY seq DESC LIMIT ?"
_NEWEST_OF_PAIR = (
    "SELECT * FROM (" + _SELECT_REQUEST + "WHERE account = ? AND region = ? AND operation = ? AND status = ?"  # noqa: S608 - constants alone
    " AND event_time >= ? AND seq < ? ORDER BY seq DESC LIMIT ?)"
)
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "")
"""The operations of requests; the last is for an unknown type (CC85)."""

_STATUSES = ("PENDING", "IN_PROGRESS", "SUCCESS", "FAILED", "CANCEL_IN_PROGRESS", "CANCEL_COMPLETE")
_NEVER = 2**62


class CloudStore:
    """The rows of one local cloud."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create a store.

        Args:
            path: The database file, created with mode 0600; `None` keeps everything in memory.

        Raises:
            StateTooNew: The file was written by a newer version.
            StateUnavailable: The file can't be created or opened, or is not a database.
        """
        self._db = _open(path)
        self.documents: documents.Documents = documents.Documents(self._db)
        self.objects: object_rows.ObjectRows = object_rows.ObjectRows(self._db)
        self._finalizer: weakref.finalize[[], CloudStore] = weakref.finalize(self, self._db.close)

    def close(self) -> None:
        """Close the database."""
        self._finalizer()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are committed together, or none of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Resources

    def find(self, place: AccountRegion, type_name: str, identifier: str) -> StoredResource | None:
        """The resource with this identifier."""
        row = self._db.execute(
            _SELECT_RESOURCE + "WHERE type = ? AND identifier = ? AND account = ? AND region = ?",
            (type_name, identifier, *place),
        ).fetchone()
        return resource_of(row) if row else None

    def find_anywhere(self, type_name: str, identifier: str) -> list[StoredResource]:
        """The resources with this identifier in all accounts and Regions."""
        rows = self._db.execute(_SELECT_RESOURCE + "WHERE type = ? AND identifier = ?", (type_name, identifier))
        return [resource_of(row) for row in rows]

    def of_type(self, type_name: str, region: str) -> list[StoredResource]:
        """The resources of a type in every account of a Region."""
        rows = self._db.execute(_SELECT_RESOURCE + "WHERE type = ? AND region = ? ORDER BY seq", (type_name, region))
        return [resource_of(row) for row in rows]

    def page(self, place: AccountRegion, type_name: str, after: int, limit: int) -> list[StoredResource]:
        """Up to `limit` resources of a type that were created after the one numbered `after`."""
        rows = self._db.execute(
            _SELECT_RESOURCE + "WHERE account = ? AND region = ? AND type = ? AND seq > ? ORDER BY seq LIMIT ?",
            (*place, type_name, after, limit),
        )
        return [resource_of(row) for row in rows]

    def page_of_regions(self, account: str, type_name: str, after: int, limit: int) -> list[StoredResource]:
        """The same over all Regions of an account (CC89)."""
        rows = self._db.execute(
            _SELECT_RESOURCE + "WHERE account = ? AND type = ? AND seq > ? ORDER BY seq LIMIT ?",
            (account, type_name, after, limit),
        )
        return [resource_of(row) for row in rows]

    def resources(self, account: str | None = None, region: str | None = None) -> list[StoredResource]:
        """All live resources, oldest first."""
        rows = self._db.execute(
            _SELECT_RESOURCE + "WHERE (:account IS NULL OR account = :account)"
            " AND (:region IS NULL OR region = :region) ORDER BY seq",
            {"account": account, "region": region},
        )
        return [resource_of(row) for row in rows]

    def counts(self) -> list[tuple[AccountRegion, str, int]]:
        """The number of resources, by account, Region and type."""
        rows = self._db.execute(
            "SELECT account, region, type, COUNT(*) FROM resources GROUP BY account, region, type ORDER BY type"
        )
        return [(AccountRegion(account, region), type_name, count) for account, region, type_name, count in rows]

    def matching(self, wanted: ResourceSearch, limit: int) -> list[StoredResource]:
        """Up to `limit` matching resources, newest first."""
        rows = self._db.execute(
            _SELECT_RESOURCE + "WHERE (:account = '' OR account = :account) AND (:region = '' OR region = :region)"
            " AND (:type_name = '' OR type = :type_name)"
            " AND instr(lower(type || ' ' || identifier), lower(:text)) > 0 AND (:before = 0 OR seq < :before)"
            " ORDER BY seq DESC LIMIT :limit",
            {**asdict(wanted), "limit": limit},
        )
        return [resource_of(row) for row in rows]

    def put(self, resource: StoredResource) -> None:
        """Store a resource, new or changed."""
        self._db.execute(
            "INSERT INTO resources (account, region, type, identifier, properties, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET properties = excluded.properties,"
            " updated = excluded.updated",
            (
                *resource.place,
                resource.type_name,
                resource.identifier,
                json.dumps(resource.properties),
                resource.created,
                resource.updated,
            ),
        )

    def rename(self, resource: StoredResource, identifier: str) -> None:
        """Give a resource another identifier (CC65)."""
        self._db.execute("UPDATE resources SET identifier = ? WHERE seq = ?", (identifier, resource.seq))

    def remove(self, resource: StoredResource) -> None:
        """Delete a resource, and the objects of a bucket."""
        if resource.type_name == BUCKET:
            self.objects.clear(object_rows.BucketAddress(resource.place, resource.identifier))
        self._db.execute("DELETE FROM resources WHERE seq = ?", (resource.seq,))

    # Requests

    def next_number(self) -> int:
        """The number of the next request; never reused."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'requests'").fetchone()
        return int(row[0]) + 1 if row else 1

    def add_request(self, request: StoredRequest) -> None:
        """Store a new request."""
        cursor = self._db.execute(
            "INSERT INTO requests (account, region, token, client_token, digest, type, operation, identifier, status,"
            " event_time, effect_at, error_code, message, payload, notes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *request.place,
                request.token,
                request.client_token,
                request.digest,
                request.type_name,
                request.operation,
                request.identifier,
                request.status,
                request.event_time,
                request.effect_at,
                request.error_code,
                request.message,
                None if request.payload is None else json.dumps(request.payload),
                json.dumps(request.notes),
            ),
        )
        request.seq = cursor.lastrowid or 0

    def save_request(self, request: StoredRequest) -> None:
        """Store the progress of a request; its payload is dropped once it has ended."""
        self._db.execute(
            "UPDATE requests SET identifier = ?, status = ?, effect_at = ?, error_code = ?, message = ?, notes = ?,"
            " payload = CASE WHEN ? IS NULL THEN NULL ELSE payload END WHERE seq = ?",
            (
                request.identifier,
                request.status,
                request.effect_at,
                request.error_code,
                request.message,
                json.dumps(request.notes),
                request.effect_at,
                request.seq,
            ),
        )

    def request(self, place: AccountRegion, token: str) -> StoredRequest | None:
        """The request with this token."""
        return self._request("account = ? AND region = ? AND token = ?", (*place, token))

    def request_of_client(self, place: AccountRegion, client_token: str, since: float) -> StoredRequest | None:
        """The newest request with this client token that was initiated after `since`."""
        return self._request(
            "account = ? AND region = ? AND client_token = ? AND event_time > ?", (*place, client_token, since)
        )

    def open_request(self, place: AccountRegion, type_name: str, identifier: str) -> StoredRequest | None:
        """The request in progress on a resource."""
        return self._request(
            "type = ? AND identifier = ? AND account = ? AND region = ? AND effect_at IS NOT NULL",
            (type_name, identifier, *place),
        )

    def open_requests(self, limit: int) -> list[StoredRequest]:
        """Up to `limit` requests in progress, the next to end first."""
        rows = self._db.execute(
            _SELECT_REQUEST + "WHERE effect_at IS NOT NULL ORDER BY effect_at, seq LIMIT ?", (limit,)
        )
        return [request_of(row) for row in rows]

    def count_open(self) -> int:
        """How many requests are in progress."""
        row = self._db.execute("SELECT COUNT(*) FROM requests WHERE effect_at IS NOT NULL").fetchone()
        return int(row[0])

    def ended_requests(self, limit: int) -> list[StoredRequest]:
        """Up to `limit` requests that are over, the last to arrive first."""
        rows = self._db.execute(_SELECT_REQUEST + "WHERE effect_at IS NULL ORDER BY seq DESC LIMIT ?", (limit,))
        return [request_of(row) for row in rows]

    def due(self, now: float) -> StoredRequest | None:
        """The open request with the next effect, if it is due."""
        row = self._db.execute(
            _SELECT_REQUEST + "WHERE effect_at IS NOT NULL AND effect_at <= ? ORDER BY effect_at, seq LIMIT 1",
            (now,),
        ).fetchone()
        return request_of(row) if row else None

    def next_effect(self, *, besides: documents.StoredDocument | None = None) -> float | None:
        """When the next effect of a request or a document is due; seconds since the epoch.

        Args:
            besides: A document to ignore.
        """
        row = self._db.execute("SELECT MIN(effect_at) FROM requests WHERE effect_at IS NOT NULL").fetchone()
        times = (row[0], self.documents.next_effect(0 if besides is None else besides.seq))
        return min((float(one) for one in times if one is not None), default=None)

    def requests(
        self,
        place: AccountRegion,
        *,
        before: int | None,
        since: float,
        limit: int,
        operations: Sequence[str],
        statuses: Sequence[str],
    ) -> list[StoredRequest]:
        """Requests of a place, newest first.

        Args:
            place: Account and Region.
            before: Only those that arrived before the one with this number.
            since: Only those initiated at this time or later; seconds since the epoch.
            limit: The most requests.
            operations: Only these, if any are named.
            statuses: Only these, if any are named.
        """
        bound = (since, _NEVER if before is None else before, limit)
        if not operations and not statuses:
            rows = self._db.execute(_NEWEST, (*place, *bound))
            return [request_of(row) for row in rows]
        # one index scan for each pair; otherwise a rare outcome would need a scan of all requests
        pairs = list(product(dict.fromkeys(operations or _OPERATIONS), dict.fromkeys(statuses or _STATUSES)))
        rows = self._db.execute(
            " UNION ALL ".join([_NEWEST_OF_PAIR] * len(pairs)) + " ORDER BY seq DESC LIMIT ?",
            (*(value for pair in pairs for value in (*place, *pair, *bound)), limit),
        )
        return [request_of(row) for row in rows]

    def all_requests(self) -> list[StoredRequest]:
        """Every request still remembered, oldest first."""
        return [request_of(row) for row in self._db.execute(_SELECT_REQUEST + "ORDER BY seq")]

    def expire(self, before: float) -> None:
        """Delete terminal requests that were initiated before a time."""
        self._db.execute("DELETE FROM requests WHERE event_time < ? AND effect_at IS NULL", (before,))

    def _request(self, where: str, values: tuple[Any, ...]) -> StoredRequest | None:
        row = self._db.execute(
            _SELECT_REQUEST + "WHERE " + where + " ORDER BY seq DESC LIMIT 1",
            values,
        ).fetchone()
        return request_of(row) if row else None


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600, exist_ok=True)
        database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=30)
    except OSError as error:
        what = f"the local cloud can't store its resources in {path}"
        raise machine_error(error, what, StateUnavailable, path=path) from error
    except sqlite3.Error as error:
        raise StateUnavailable(
            f"the local cloud can't store its resources in {path}: {error}",
            hint=f"make sure that this user may write {path} and its folder, and that the path is not something else",
        ) from error
    try:
        _prepare(database)
    except sqlite3.Error as error:
        database.close()
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        hint = "Move the file away; the local cloud then starts empty." if damaged else _DISK
        raise StateUnavailable(f"the local cloud can't use {path}: {error}", hint=hint) from error
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA cache_size = -16384")
    found = database.execute("PRAGMA user_version").fetchone()[0]
    if found > _LAYOUT:
        raise StateTooNew(f"the local cloud's store has layout {found}; this version reads up to {_LAYOUT}")
    database.executescript(_SCHEMA + documents.SCHEMA + object_rows.SCHEMA)
    database.execute(f"PRAGMA user_version = {_LAYOUT}")
