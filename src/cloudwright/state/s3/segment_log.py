"""The log of one state in its folder: reads it on, appends a segment, compacts it.

Segments are written only if their name is free: that is the fence. A log that is longer than its snapshot is read on
from there, so a compaction may stop anywhere.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cloudwright.errors import StateCorrupt
from cloudwright.state.history import HISTORY
from cloudwright.state.s3.audit_parts import AuditParts
from cloudwright.state.s3.log import (
    ReplayedState,
    index_of,
    open_book,
    past_commits,
    replay,
    segment_body,
    segment_name,
    snapshot_body,
)
from cloudwright.state.s3.restore import RESTORE, SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.state.cells import Batch
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.s3.folder import StateFolder

COMPACT_AFTER = 16
"""Segments since the last snapshot that make the end of a run write a new one."""

KEEP_SEGMENTS = 100
"""Segments before the snapshot that stay, as history."""

KEEP_SECONDS = 86_400.0
"""How old a segment must be to be removed.

Far beyond the life of a signed request, so that no late write can find the name of a removed segment free.
"""

ATTEMPTS = 5
"""How often a read starts over because the log was compacted meanwhile."""


class SegmentLog:
    """What has been read of one state's log.

    Attributes:
        book: The state up to there; `None` if the next read starts from the snapshot.
        reached: The index that the log reached at least.
        audit: What compactions moved out of it.
    """

    def __init__(self, folder: StateFolder) -> None:
        """Name a log; nothing is read yet."""
        self._folder = folder
        self.book: ReplayedState | None = None
        self.reached: int = 0
        self.audit: AuditParts = AuditParts(folder)

    def read(self, reached: int) -> ReplayedState:
        """Read from where the book ends; from the snapshot if there is no book or the log was compacted.

        Args:
            reached: The index that the log is known to have reached.

        Raises:
            StateCorrupt: A segment is missing.
        """
        for _ in range(ATTEMPTS):
            book, self.book = self.book or self._from_snapshot(), None
            if self._read_on(book):
                if book.index < reached:
                    break
                self.book, self.reached = book, book.index
                return book
        raise self._gap(book)

    def append(self, book: ReplayedState, lease: Lease | None, batches: Sequence[Batch] = ()) -> bool:
        """Write the next segment, unless its name is taken; `False` if it is.

        Args:
            book: The state before it; afterwards it includes the segment.
            lease: The writer's; `None` for a segment that only blocks a lost run.
            batches: The commits in it.
        """
        name = segment_name(book.index + 1)
        body = segment_body(book, lease, batches, self._folder.now())
        if not self._folder.put(name, body, None):
            return False
        replay(book, body, self._folder.place(name))
        self.reached = book.index
        return True

    def fence(self, reached: int, lease: Lease | None, batches: Sequence[Batch] = ()) -> None:
        """Write the next segment, whatever its index, so that a former holder of the lease can't; as `append`."""
        while not self.append(self.read(reached), lease, batches):
            pass

    def check_end(self, book: ReplayedState) -> None:
        """Reject a log whose last segments were deleted, whether after a killed run or during one."""
        if next(self._folder.deleted("segments/", segment_name(book.index)), None) is not None:
            raise self._gap(book)

    def oldest_kept(self) -> int:
        """The index of the first segment that no compaction has removed."""
        return self._from_snapshot().base - KEEP_SEGMENTS + 1

    def past_commits(self, book: ReplayedState) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        names = self._folder.names("segments/", segment_name(max(0, book.index - HISTORY)))
        return tuple(
            commit
            for name, stored in zip(names, self._folder.get_all(names), strict=True)
            if stored is not None
            for commit in past_commits(stored.body, self._folder.place(name))
        )

    def last_audit(self) -> int | None:
        """The last part of the audit outside the log, as the snapshot names it."""
        return self._from_snapshot().audit

    def compact(self) -> None:
        """Write a snapshot of a log that has become long, and remove old segments."""
        book = self.book
        if book is None or book.index - book.base < COMPACT_AFTER:
            return
        self.audit.write(book)
        if not self._folder.put(SNAPSHOT, snapshot_body(book), book.tag or None):
            return
        self.book = None
        self._remove_segments(book.index - KEEP_SEGMENTS)

    def _remove_segments(self, last: int) -> None:
        listed = self._folder.listed("segments/", segment_name(0))
        old = self._folder.now() - KEEP_SECONDS
        self._folder.delete([each.name for each in listed if index_of(each.name) <= last and each.modified_at < old])

    def _from_snapshot(self) -> ReplayedState:
        stored = self._folder.get(SNAPSHOT)
        return open_book(stored.body, stored.tag, self._folder.place(SNAPSHOT)) if stored else ReplayedState()

    def _read_on(self, book: ReplayedState) -> bool:
        """Replay what follows; `False` if a segment is missing, whether compacted meanwhile or lost."""
        names = self._following(book)
        if [index_of(name) for name in names] != list(range(book.index + 1, book.index + 1 + len(names))):
            return False
        for name, stored in zip(names, self._folder.get_all(names), strict=True):
            if stored is None:
                return False
            replay(book, stored.body, self._folder.place(name))
        return True

    def _following(self, book: ReplayedState) -> list[str]:
        return self._folder.names("segments/", segment_name(book.index))

    def _gap(self, book: ReplayedState) -> StateCorrupt:
        there = {index_of(name) for name in self._following(book)}
        missing = next(index for index in itertools.count(book.index + 1) if index not in there)
        alone = "" if missing > 1 else f", and there is no {SNAPSHOT} in its place"
        place = self._folder.place(segment_name(missing))
        return StateCorrupt(f"{place} is missing{alone}; nothing was changed", hint=RESTORE)
