"""Objects, their content in pieces, and unfinished uploads, as the database stores them."""

from __future__ import annotations

import json
from dataclasses import field
from typing import IO, TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.rows import AccountRegion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, bucket TEXT NOT NULL,
    key TEXT NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL, facts TEXT NOT NULL,
    contents TEXT NOT NULL, UNIQUE (bucket, key, region, account)
) STRICT;
CREATE TABLE IF NOT EXISTS object_contents (id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS object_pieces (
    content INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (content, number)
) STRICT;
CREATE TABLE IF NOT EXISTS object_uploads (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL,
    facts TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS object_parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL, content INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT;
"""

BUCKET = "AWS::S3::Bucket"
"""Only a declared bucket holds objects."""

PIECE = 1 << 20
"""Bytes of a piece: the most that is in memory while an object is written."""

_SELECT = "SELECT account, region, bucket, key, etag, size, modified, facts, contents FROM objects "


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket that exists.

    Attributes:
        place: The account and Region that own it.
        name: Its name.
    """

    place: AccountRegion
    name: str


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object.

    Attributes:
        bucket: Its bucket.
        key: Its name.
        etag: Without quotes.
        size: Bytes.
        modified: Seconds since the epoch.
        facts: Its metadata, by PutObject's members.
        contents: The ids of its content, in order.
    """

    bucket: BucketAddress
    key: str
    etag: str
    size: int
    modified: float
    facts: dict[str, Any] = field(default_factory=dict)
    contents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An unfinished upload in parts.

    Attributes:
        id: Its id.
        key: The key of the object that it will create.
        facts: As for `BucketObject`.
    """

    id: str
    bucket: BucketAddress
    key: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPart:
    """One part of an upload."""

    number: int
    etag: str
    size: int
    content: int


class ObjectRows:
    """The objects of one local cloud."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Use the open database, which already has the tables."""
        self._db = database

    # Content

    def write(self, body: IO[bytes]) -> tuple[int, int]:
        """Store content; returns its id and its size."""
        content = int(self._db.execute("INSERT INTO object_contents (size) VALUES (0)").lastrowid or 0)
        size = number = 0
        while data := body.read(PIECE):
            self._db.execute("INSERT INTO object_pieces VALUES (?, ?, ?)", (content, number, data))
            size, number = size + len(data), number + 1
        self._db.execute("UPDATE object_contents SET size = ? WHERE id = ?", (size, content))
        return content, size

    def read(self, found: BucketObject, start: int, end: int) -> Iterator[bytes]:
        """The bytes of an object from `start` up to, but not including, `end`."""
        for content in found.contents:
            size = int(self._db.execute("SELECT size FROM object_contents WHERE id = ?", (content,)).fetchone()[0])
            if start < size and end > 0:
                yield from self._pieces(content, max(start, 0), min(end, size))
            start, end = start - size, end - size

    def _pieces(self, content: int, start: int, end: int) -> Iterator[bytes]:
        for number in range(start // PIECE, -(-end // PIECE)):
            where = (content, number)
            row = self._db.execute("SELECT data FROM object_pieces WHERE content = ? AND number = ?", where).fetchone()
            yield row[0][max(start - number * PIECE, 0) : end - number * PIECE]

    def duplicate(self, contents: tuple[int, ...]) -> tuple[int, ...]:
        """Copy content."""
        return tuple(map(self._duplicate, contents))

    def _duplicate(self, content: int) -> int:
        insert = "INSERT INTO object_contents (size) SELECT size FROM object_contents WHERE id = ?"
        made = int(self._db.execute(insert, (content,)).lastrowid or 0)
        pieces = "INSERT INTO object_pieces SELECT ?, number, data FROM object_pieces WHERE content = ?"
        self._db.execute(pieces, (made, content))
        return made

    def drop(self, contents: tuple[int, ...]) -> None:
        """Delete content."""
        for content in contents:
            self._db.execute("DELETE FROM object_pieces WHERE content = ?", (content,))
            self._db.execute("DELETE FROM object_contents WHERE id = ?", (content,))

    # ObjectRows

    def find(self, bucket: BucketAddress, key: str) -> BucketObject | None:
        """The object with this key."""
        where = "WHERE bucket = ? AND key = ? AND region = ? AND account = ?"
        row = self._db.execute(
            _SELECT + where, (bucket.name, key, bucket.place.region, bucket.place.account)
        ).fetchone()
        return _object(row) if row else None

    def after(self, bucket: BucketAddress, key: str, prefix: str) -> Iterator[BucketObject]:
        """The objects whose keys begin with a prefix and come after a key, in the order of their keys."""
        where = "WHERE bucket = ? AND key > ? AND region = ? AND account = ? AND substr(key, 1, ?) = ? ORDER BY key"
        values = (bucket.name, key, bucket.place.region, bucket.place.account, len(prefix), prefix)
        return (_object(row) for row in self._db.execute(_SELECT + where, values).fetchall())

    def put(self, made: BucketObject) -> None:
        """Store an object; the content of an object that it replaces is deleted."""
        former = self.find(made.bucket, made.key)
        if former is not None:
            self.remove(former)
        self._db.execute(
            "INSERT INTO objects (account, region, bucket, key, etag, size, modified, facts, contents)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *made.bucket.place,
                made.bucket.name,
                made.key,
                made.etag,
                made.size,
                made.modified,
                json.dumps(made.facts),
                json.dumps(made.contents),
            ),
        )

    def remove(self, found: BucketObject) -> None:
        """Delete an object and its content."""
        self._db.execute(
            "DELETE FROM objects WHERE bucket = ? AND key = ? AND region = ? AND account = ?",
            (found.bucket.name, found.key, found.bucket.place.region, found.bucket.place.account),
        )
        self.drop(found.contents)

    def count(self, bucket: BucketAddress) -> int:
        """Number of objects in a bucket."""
        row = self._db.execute(
            "SELECT COUNT(*) FROM objects WHERE bucket = ? AND region = ? AND account = ?",
            (bucket.name, bucket.place.region, bucket.place.account),
        ).fetchone()
        return int(row[0])

    def clear(self, bucket: BucketAddress) -> None:
        """Delete everything in a bucket, and the uploads to it."""
        for found in self.after(bucket, "", ""):
            self.remove(found)
        select = "SELECT id FROM object_uploads WHERE bucket = ? AND account = ? AND region = ?"
        for (upload,) in self._db.execute(select, (bucket.name, *bucket.place)).fetchall():
            self.end(upload, ())

    # Uploads in parts

    def begin(self, upload: StoredUpload) -> None:
        """Store a new upload."""
        values = (upload.id, *upload.bucket.place, upload.bucket.name, upload.key, json.dumps(upload.facts))
        self._db.execute("INSERT INTO object_uploads VALUES (?, ?, ?, ?, ?, ?)", values)

    def upload(self, bucket: BucketAddress, key: str, id: str) -> StoredUpload | None:
        """The upload with this id, if it is for this key."""
        row = self._db.execute(
            "SELECT facts FROM object_uploads WHERE id = ? AND bucket = ? AND key = ? AND account = ? AND region = ?",
            (id, bucket.name, key, *bucket.place),
        ).fetchone()
        return StoredUpload(id, bucket, key, json.loads(row[0])) if row else None

    def put_part(self, upload: StoredUpload, part: StoredPart) -> None:
        """Store a part; replaces the one with this number."""
        self.drop(tuple(one.content for one in self.parts(upload) if one.number == part.number))
        values = (upload.id, part.number, part.etag, part.size, part.content)
        self._db.execute("INSERT OR REPLACE INTO object_parts VALUES (?, ?, ?, ?, ?)", values)

    def parts(self, upload: StoredUpload) -> list[StoredPart]:
        """The parts of an upload, in order."""
        return self._parts(upload.id)

    def end(self, id: str, used: tuple[int, ...]) -> None:
        """Delete an upload and its parts.

        Args:
            id: The upload's id.
            used: Contents that now belong to an object; all others are deleted.
        """
        self.drop(tuple(one.content for one in self._parts(id) if one.content not in used))
        self._db.execute("DELETE FROM object_parts WHERE upload = ?", (id,))
        self._db.execute("DELETE FROM object_uploads WHERE id = ?", (id,))

    def _parts(self, id: str) -> list[StoredPart]:
        select = "SELECT number, etag, size, content FROM object_parts WHERE upload = ? ORDER BY number"
        return [StoredPart(*row) for row in self._db.execute(select, (id,))]


def _object(row: tuple[Any, ...]) -> BucketObject:
    account, region, bucket, key, etag, size, modified, facts, contents = row
    place = BucketAddress(AccountRegion(account, region), bucket)
    return BucketObject(place, key, etag, size, modified, json.loads(facts), tuple(json.loads(contents)))
