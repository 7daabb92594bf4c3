"""What the local cloud stores in addition to resources: builds, AMIs, snapshots, versions of launch templates.

Cloud Control has no type for these. They are in the same database as the resources, so that both are persisted
together; a pending event (the next step of a build) has a time, as requests have.
"""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.rows import AccountRegion

if TYPE_CHECKING:
    import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL,
    id TEXT NOT NULL, content TEXT NOT NULL, effect_at REAL, UNIQUE (kind, id, region, account)
) STRICT;
CREATE INDEX IF NOT EXISTS documents_by_place ON documents (account, region, kind, seq);
CREATE INDEX IF NOT EXISTS documents_by_region ON documents (region, kind, seq);
CREATE INDEX IF NOT EXISTS documents_due ON documents (effect_at, seq) WHERE effect_at IS NOT NULL;
"""

_SELECT = "SELECT account, region, kind, id, content, effect_at, seq FROM documents "


@dataclass(slots=True)
class StoredDocument:
    """One object without a resource type.

    Attributes:
        place: The account and the Region that own it.
        kind: Such as `ami`.
        id: Unique in its kind and place.
        content: Its content; any JSON object.
        effect_at: The time of its next event; seconds since the epoch, `None` for none.
        seq: The order of creation; 0 before it is stored.
    """

    place: AccountRegion
    kind: str
    id: str
    content: dict[str, Any] = field(repr=False)
    effect_at: float | None = None
    seq: int = 0


class Documents:
    """The documents of one local cloud."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Use the open database, which already has the table."""
        self._db = database

    def find(self, place: AccountRegion, kind: str, id: str) -> StoredDocument | None:
        """The document of that id."""
        found = self._some("kind = ? AND id = ? AND region = ? AND account = ?", kind, id, place.region, place.account)
        return found[0] if found else None

    def in_region(self, region: str, kind: str, id: str) -> StoredDocument | None:
        """The document of that id in any account of a Region; for ids that are unique there."""
        found = self._some("kind = ? AND id = ? AND region = ?", kind, id, region)
        return found[0] if found else None

    def of_place(self, place: AccountRegion, kind: str) -> list[StoredDocument]:
        """All of a kind in an account and Region, oldest first."""
        return self._some("account = ? AND region = ? AND kind = ? ORDER BY seq", *place, kind)

    def of_region(self, region: str, kind: str) -> list[StoredDocument]:
        """All of a kind in a Region, in all accounts, oldest first."""
        return self._some("region = ? AND kind = ? ORDER BY seq", region, kind)

    def naming(self, place: AccountRegion, kind: str, text: str) -> list[StoredDocument]:
        """All of a kind in an account and Region whose content holds a text somewhere."""
        return self._some("account = ? AND region = ? AND kind = ? AND instr(content, ?) > 0", *place, kind, text)

    def newest(self, kind: str, limit: int) -> list[StoredDocument]:
        """Up to `limit` of a kind, the newest first."""
        return self._some("kind = ? ORDER BY seq DESC LIMIT ?", kind, limit)

    def put(self, document: StoredDocument) -> None:
        """Store a document, new or changed."""
        self._db.execute(
            "INSERT INTO documents (account, region, kind, id, content, effect_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET content = excluded.content, effect_at = excluded.effect_at",
            (*document.place, document.kind, document.id, json.dumps(document.content), document.effect_at),
        )

    def remove(self, document: StoredDocument) -> None:
        """Delete a document."""
        self._db.execute(
            "DELETE FROM documents WHERE kind = ? AND id = ? AND region = ? AND account = ?",
            (document.kind, document.id, document.place.region, document.place.account),
        )

    def due(self, now: float) -> StoredDocument | None:
        """The document with the next due event, if it is due."""
        found = self._some("effect_at IS NOT NULL AND effect_at <= ? ORDER BY effect_at, seq LIMIT 1", now)
        return found[0] if found else None

    def next_effect(self, besides: int = 0) -> float | None:
        """The time of the next event of any document; seconds since the epoch."""
        where = "effect_at IS NOT NULL AND seq != ?"
        row = self._db.execute(f"SELECT MIN(effect_at) FROM documents WHERE {where}", (besides,)).fetchone()  # noqa: S608 - constants
        return None if row[0] is None else float(row[0])

    def _some(self, where: str, *values: object) -> list[StoredDocument]:
        rows = self._db.execute(_SELECT + "WHERE " + where, values)
        return [_document(row) for row in rows]


def _document(row: tuple[Any, ...]) -> StoredDocument:
    account, region, kind, id, content, effect_at, seq = row
    return StoredDocument(AccountRegion(account, region), kind, id, json.loads(content), effect_at, seq)
