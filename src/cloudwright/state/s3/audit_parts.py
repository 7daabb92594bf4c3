"""The audit lines that compactions moved out of the log: objects that are written once and never removed.

Each names the one before it, and the snapshot names the last one, so that a missing one is noticed in any bucket.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cloudwright.errors import StateCorrupt
from cloudwright.state import audit, codec
from cloudwright.state.audit import AuditAction, AuditLine, AuditOutcome
from cloudwright.state.s3.log import audit_body, audit_name, audit_texts, index_of, read_audit_body
from cloudwright.state.s3.restore import RESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.state.s3.folder import StateFolder
    from cloudwright.state.s3.log import AuditPart, ReplayedState

_FOLDER = "audit/"


class AuditParts:
    """The audit of one state, except for what its log still holds."""

    def __init__(self, folder: StateFolder) -> None:
        """Name an audit; nothing is read yet.

        Args:
            folder: Of the state.
        """
        self._folder = folder

    def write(self, book: ReplayedState) -> None:
        """Write the lines that a book holds, if there are any, and let the book name the part.

        Args:
            book: What a compaction is about to write as the snapshot.
        """
        if book.audit is None:  # its snapshot was written by version 0.1.0
            book.audit = self._last_before(book.index)
        if texts := audit_texts(book):
            # Its name may be taken by a compaction that stopped here, which wrote the same lines.
            self._folder.put(audit_name(book.index), audit_body(book.index, texts, book.audit), None)
            book.audit = book.index

    def texts(self, last: int | None) -> list[str]:
        """All lines, in no order; a compaction that stopped may have left some of them twice.

        Args:
            last: The part that the snapshot names.

        Raises:
            StateCorrupt: A part is missing, or can't be read.
        """
        parts = self._read()
        if (missing := _missing(parts, last)) is not None:
            place = self._folder.place(audit_name(missing))
            raise StateCorrupt(f"{place} is missing; nothing was changed", hint=RESTORE)
        return [text for part in parts.values() for text in part.lines]

    def replace_lost(self, last: int | None) -> int:
        """Write each missing part again, with a line that says that its lines are lost.

        Args:
            last: As for `texts`.

        Returns:
            How many were missing.
        """
        count = 0
        while (missing := _missing(self._read(), last)) is not None:
            line = codec.dumps(audit.encode(_loss(missing, self._folder.now())))
            self._folder.put(audit_name(missing), audit_body(missing, [line], self._last_before(missing)), None)
            count += 1
        return count

    def _read(self) -> dict[int, AuditPart]:
        names = self._folder.names(_FOLDER)
        found = zip(names, self._folder.get_all(names), strict=True)
        return {index_of(name): read_audit_body(each.body, self._folder.place(name)) for name, each in found if each}

    def _last_before(self, index: int) -> int:
        return max((found for found in self._indexes() if found < index), default=0)

    def _indexes(self) -> Iterator[int]:
        return (index_of(name) for name in self._folder.names(_FOLDER))


def _missing(parts: dict[int, AuditPart], last: int | None) -> int | None:
    """The latest part that another one, or the snapshot, names, and that is not there."""
    index = last
    while index in parts:
        index = parts[index].former
    return index or None


def _loss(index: int, at: float) -> AuditLine:
    return AuditLine(
        id=secrets.token_hex(16),
        at=at,
        author="cloudwright",
        action=AuditAction.RESTORE,
        outcome=AuditOutcome.FAILED,
        key="",
        command="state restore",
        detail=f"{audit_name(index)} was lost, and with it the changes up to there",
    )
