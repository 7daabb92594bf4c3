"""States in an object store: one small conditional write for each commit, however many resources there are.

* `lease.json` says who may write. It is replaced by conditional writes only, and never removed.
* `segments/N.json` are the commits. Each is written only if its name is free: that is the fence. Whoever takes a
  lease first writes a segment of its own, so a former holder finds its next place taken.
* `audit/N.json` hold the audit lines of the segments up to an index; written before the snapshot that leaves them out,
  and never removed.
* `snapshot.json` holds everything up to an index; written at the end of a run. A log that is longer than its snapshot
  is read on from there, so a compaction may stop anywhere.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from cloudwright.clock import SystemClock
from cloudwright.errors import StateCorrupt, StateTooNew, StateUnavailable
from cloudwright.state.cells import Batch, assemble, audit_lines
from cloudwright.state.history import HISTORY
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.lease import expired, lease_lost, lock_held, new_lease, renewed, same
from cloudwright.state.retry import repeated
from cloudwright.state.s3.log import (
    Book,
    LeaseNote,
    audit_body,
    audit_name,
    audit_texts,
    index_of,
    lease_body,
    open_book,
    past_commits,
    read_audit_body,
    read_lease_body,
    replay,
    segment_body,
    segment_name,
    snapshot_body,
)
from cloudwright.state.s3.object_port import Unanswered
from cloudwright.state.s3.restore import LEASE, RESTORE, bring_back, check_kept, lost, never_was
from cloudwright.state.snapshot import Neighbour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.clock import Clock
    from cloudwright.errors import LeaseLost
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.cells import StoredLine
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.s3.object_port import ObjectStore, StoredObject
    from cloudwright.state.snapshot import Snapshot

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

READERS = 8
"""Concurrent requests for segments."""


_STATE = re.compile(r"app=(?P<app>[^/]+)/stage=(?P<stage>[^/]+)/(lease|snapshot|segments/\d+)\.json")


class S3Backend:
    """One state in an object store; implements `Backend`."""

    def __init__(self, objects: ObjectStore, prefix: str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened yet.

        Args:
            objects: Where the objects live.
            prefix: What all names start with, without a slash at its end; may be empty.
            app: The app's name.
            stage: The stage's name.
            clock: Measures the time since this holder's last renewal.
        """
        self._objects = objects
        self._app = app
        self._stage = stage
        self._prefix = prefix
        self._root = f"{prefix}/".lstrip("/")
        self._folder = f"{self._root}app={quote(app, safe='')}/stage={quote(stage, safe='')}/"
        self._clock = clock or SystemClock()
        self._book: Book | None = None
        self._reached = 0
        self._tip = 0
        self._held: Lease | None = None
        self._confirmed_at = 0.0

    @property
    def place(self) -> str:
        """The address of the store."""
        return f"{self._objects.place}/{self._prefix}".rstrip("/")

    def read(self) -> Snapshot:
        """A snapshot up to the last acknowledged commit."""
        book = self._load()
        return assemble(self._app, self._stage, book.serial, book.cells)

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease, or raise `LockHeld`; then write the next segment, so that a former holder can't."""
        asked_at = self._clock.boot()
        lease, reached = self._take_lease(holder, ttl)
        try:
            self._fence(lease, reached)
        except BaseException:
            with contextlib.suppress(StateUnavailable):
                self._drop_lease(lease.id)
            raise
        self._held, self._confirmed_at, self._tip = lease, asked_at, self._reached
        return lease

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        asked_at = self._clock.boot()
        stored = self._objects.get(self._folder + LEASE)
        note = self._note(stored)
        if stored is None or note.lease is None or not same(note.lease, lease):
            return False
        note = replace(note, lease=renewed(note.lease, self._objects.now()), index=max(note.index, self._reached))
        if not self._put(LEASE, lease_body(note), stored.tag):
            return False
        self._confirmed_at = asked_at
        return True

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches as one segment, if its index is still free."""
        ours = [batch for batch in batches if same(self._held, batch.lease)]
        serials = iter(self._append(ours) if ours else ())
        results = [next(serials, None) if same(self._held, batch.lease) else None for batch in batches]
        recorded = self.holder() if None in results else None
        return [
            lease_lost(batch.lease, recorded) if serial is None else serial
            for batch, serial in zip(batches, results, strict=True)
        ]

    def release(self, lease: Lease) -> None:
        """Compact the log, and remove the lease if it still holds."""
        if same(self._held, lease):
            with contextlib.suppress(StateUnavailable):
                self._compact()
            self._held = None
        self._drop_lease(lease.id)

    def holder(self) -> Lease | None:
        """The lease on record."""
        return self._note(self._objects.get(self._folder + LEASE)).lease

    def live_lease(self) -> Lease | None:
        """The lease on record, unless it has expired."""
        lease = self.holder()
        return None if lease is None or expired(lease, self._objects.now()) else lease

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id, and write the next segment, so that its run can't."""
        broken = self.holder() if lines else None
        if self._held is not None and self._held.id == lease_id:
            self._held = None
        if self._drop_lease(lease_id):
            self._fence(None, 0, [] if broken is None else [Batch(broken, lines)])

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        book = self._load()
        first = segment_name(max(0, book.index - HISTORY))
        names = [each.name for each in self._objects.list_after(self._folder + "segments/", self._folder + first)]
        return tuple(
            commit
            for name, stored in zip(names, self._fetch(names), strict=True)
            if stored is not None
            for commit in past_commits(stored.body, self._place(name))
        )

    def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed, oldest first."""
        # The log first: a compaction meanwhile adds an object of lines that are then read twice, which does no harm.
        texts = audit_texts(self._load())
        names = [each.name for each in self._objects.list_after(self._folder + "audit/", self._folder + "audit/")]
        for name, stored in zip(names, self._fetch(names), strict=True):
            if stored is None:
                raise StateCorrupt(f"{self._place(name)} is missing; nothing was changed", hint=RESTORE)
            texts += read_audit_body(stored.body, self._place(name))
        return audit_lines(texts, f"{self._app}/{self._stage}")

    def states(self) -> tuple[Neighbour, ...]:
        """All states below the same prefix; an unreadable state is listed with its error."""
        names = [each.name for each in self._objects.list_after(self._root, "")]
        found = (_STATE.fullmatch(name.removeprefix(self._root)) for name in names)
        states = dict.fromkeys((unquote(match["app"]), unquote(match["stage"])) for match in found if match)
        return tuple(self._neighbour(app, stage) for app, stage in states)

    def deleted(self) -> int:
        """How many objects of the state were deleted, old segments that a compaction removed included."""
        return len(lost(self._objects, self._folder, self._open().base - KEEP_SEGMENTS + 1))

    def restore(self) -> int:
        """Restore deleted objects, the snapshot first: it shows which segments are still needed.

        A lease object that is lost for good is written again, since a log without a gap shows where it ends.

        Returns:
            The number of restored objects.

        Raises:
            StateCorrupt: The bucket keeps no earlier version of the lease object; nothing was changed.
        """
        self._book = None
        check_kept(self._objects, self._folder)
        back = bring_back(self._objects, self._folder, sys.maxsize)
        back += bring_back(self._objects, self._folder, self._open().base - KEEP_SEGMENTS + 1)
        if self._objects.get(self._folder + LEASE) is None and (book := self._load_to(0)).index:
            # A lease is followed by a segment of its own, so there were never more fences than segments.
            self._put(LEASE, lease_body(LeaseNote(fence=book.index, index=book.index)), None)
        return back

    def _neighbour(self, app: str, stage: str) -> Neighbour:
        try:
            return Neighbour(app, stage, self._sibling(app, stage).read().uses)
        except (StateCorrupt, StateTooNew) as error:
            return Neighbour(app, stage, damage=error.message)

    def _sibling(self, app: str, stage: str) -> S3Backend:
        return S3Backend(self._objects, self._prefix, app, stage, clock=self._clock)

    def read_other(self, app: str, stage: str) -> Snapshot:
        """A snapshot of another state below the same prefix."""
        return self._sibling(app, stage).read()

    def prepare(self) -> None:
        """Create the bucket: private, versioned, encrypted."""
        self._objects.create_bucket()

    def close(self) -> None:
        """Release connections."""
        self._objects.close()

    def _take_lease(self, holder: Holder, ttl: float) -> tuple[Lease, int]:
        for _ in range(ATTEMPTS):
            stored = self._lease_object()
            note, now = self._note(stored), self._objects.now()
            if note.lease is not None and not expired(note.lease, now):
                raise lock_held(note.lease, self._app, self._stage, now)
            lease = new_lease(holder, ttl=ttl, fence=note.fence + 1, now=now)
            body = lease_body(replace(note, lease=lease, fence=lease.fence))
            if self._put(LEASE, body, stored.tag if stored else None):
                return lease, note.index
        raise StateUnavailable(f"{self._place('lease.json')} changes all the time", hint="try again")

    def _drop_lease(self, lease_id: str) -> bool:
        stored = self._objects.get(self._folder + LEASE)
        note = self._note(stored)
        if stored is None or note.lease is None or note.lease.id != lease_id:
            return False
        note = replace(note, lease=None, index=max(note.index, self._reached))
        return self._put(LEASE, lease_body(note), stored.tag)

    def _fence(self, lease: Lease | None, reached: int, batches: Sequence[Batch] = ()) -> None:
        while True:
            book = self._load_to(reached)
            if self._write_segment(book, segment_body(book, lease, batches, self._objects.now())):
                return

    def _append(self, batches: Sequence[Batch]) -> list[int]:
        lease, book = batches[0].lease, self._book
        # A run whose lease may have expired reads it first: a free index in the log proves little after a compaction.
        if self._clock.boot() - self._confirmed_at >= lease.ttl and not self.renew(lease):
            return []
        # The log may have grown by a segment of the next holder; the index after it is then not ours to write.
        book = book or self._load()
        if book.index != self._tip:
            return []
        serials = list(itertools.accumulate((batch.step for batch in batches), initial=book.serial))[1:]
        if not self._write_segment(book, segment_body(book, lease, batches, self._objects.now())):
            return []
        self._tip = book.index
        return serials

    def _write_segment(self, book: Book, body: bytes) -> bool:
        name = segment_name(book.index + 1)
        if not self._put(name, body, None):
            return False
        replay(book, body, self._place(name))
        self._reached = book.index
        return True

    def _compact(self) -> None:
        book = self._book
        if book is None or book.index - book.base < COMPACT_AFTER:
            return
        # Its name may be taken by a compaction that stopped here, which wrote the same lines.
        if audit_texts(book):
            self._put(audit_name(book.index), audit_body(book), None)
        if not self._put("snapshot.json", snapshot_body(book), book.tag or None):
            return
        self._book = None
        listed = self._objects.list_after(self._folder + "segments/", self._folder + segment_name(0))
        old = self._objects.now() - KEEP_SECONDS
        self._objects.delete(
            [
                each.name
                for each in listed
                if index_of(each.name) <= book.index - KEEP_SEGMENTS and each.modified_at < old
            ]
        )

    def _load(self) -> Book:
        stored = self._lease_object()
        if stored is None:
            return Book()
        note = self._note(stored)
        book = self._load_to(note.index)
        # Only a released lease names the true end of the log.
        if note.lease is not None and not same(self._held, note.lease):
            self._check_end(book)
        return book

    def _check_end(self, book: Book) -> None:
        """Reject a log whose last segments were deleted, whether after a killed run or during one."""
        last = self._folder + segment_name(book.index)
        if next(iter(self._objects.deleted(self._folder + "segments/", last)), None) is not None:
            raise self._gap(book)

    def _lease_object(self) -> StoredObject | None:
        """The lease object; `None` for a state that was never written."""
        while (stored := self._objects.get(self._folder + LEASE)) is None:
            if never_was(self._objects, self._folder):
                return None
        return stored

    def _load_to(self, reached: int) -> Book:
        """Read the log from where the book ends; from the snapshot if there is no book or the log was compacted."""
        for _ in range(ATTEMPTS):
            book, self._book = self._book or self._open(), None
            if self._read_on(book):
                if book.index < reached:
                    break
                self._book, self._reached = book, book.index
                return book
        raise self._gap(book)

    def _gap(self, book: Book) -> StateCorrupt:
        there = {index_of(name) for name in self._following(book)}
        missing = next(index for index in itertools.count(book.index + 1) if index not in there)
        alone = "" if missing > 1 else ", and there is no snapshot.json in its place"
        return StateCorrupt(
            f"{self._place(segment_name(missing))} is missing{alone}; nothing was changed", hint=RESTORE
        )

    def _open(self) -> Book:
        stored = self._objects.get(self._folder + "snapshot.json")
        return open_book(stored.body, stored.tag, self._place("snapshot.json")) if stored else Book()

    def _read_on(self, book: Book) -> bool:
        """Replay what follows; `False` if a segment is missing, whether compacted meanwhile or lost."""
        names = self._following(book)
        if [index_of(name) for name in names] != list(range(book.index + 1, book.index + 1 + len(names))):
            return False
        for name, stored in zip(names, self._fetch(names), strict=True):
            if stored is None:
                return False
            replay(book, stored.body, self._place(name))
        return True

    def _following(self, book: Book) -> list[str]:
        last = self._folder + segment_name(book.index)
        return [each.name for each in self._objects.list_after(self._folder + "segments/", last)]

    def _fetch(self, names: Sequence[str]) -> list[StoredObject | None]:
        if len(names) < 3:
            return [self._objects.get(name) for name in names]
        with ThreadPoolExecutor(READERS, thread_name_prefix="cloudwright state read") as pool:
            return list(pool.map(self._objects.get, names))

    def _put(self, name: str, body: bytes, tag: str | None) -> bool:
        """Write conditionally (without a tag: only if the name is free), and find out whether it was written."""
        full = self._folder + name

        def put() -> bool:
            written = self._objects.put_new(full, body) if tag is None else self._objects.put_over(full, body, tag)
            # A retry whose first answer was lost fails its condition although it was written. Bodies are unique, so
            # compare.
            return written or self._holds(full, body)

        return repeated(put, Unanswered, self._clock)

    def _holds(self, full: str, body: bytes) -> bool:
        stored = self._objects.get(full)
        return stored is not None and stored.body == body

    def _note(self, stored: StoredObject | None) -> LeaseNote:
        return read_lease_body(stored.body, self._place(LEASE)) if stored else LeaseNote()

    def _place(self, name: str) -> str:
        name = name if name.startswith(self._folder) else self._folder + name
        return f"{self._objects.place}/{name}"


class S3Store(HostedStore):
    """A `StateStore` in an object store, with a thread of its own."""

    def __init__(self, objects: ObjectStore, prefix: str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened yet.

        Args:
            objects: Where the objects live.
            prefix: What all names start with; may be empty.
            app: The app's name.
            stage: The stage's name.
            clock: Tells the holder how old its last renewal is.
        """
        backend = S3Backend(objects, prefix, app, stage, clock=clock)
        super().__init__(backend, clock=clock, thread=f"cloudwright state {app}/{stage}")
