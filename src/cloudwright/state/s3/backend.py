"""States in an object store: one small conditional write for each commit, however many resources there are.

* `lease.json` says who may write. It is replaced by conditional writes only, and never removed.
* `segments/N.json` are the commits. Each is written only if its name is free: that is the fence. Whoever takes a
  lease first writes a segment of its own, so a former holder finds its next place taken.
* `audit/N.json` hold the audit lines of the segments up to an index; written before the snapshot that leaves them out,
  and never removed. Each names the one before it, and the snapshot names the last one.
* `snapshot.json` holds everything up to an index; written at the end of a run. A log that is longer than its snapshot
  is read on from there, so a compaction may stop anywhere.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from cloudwright.clock import SystemClock
from cloudwright.errors import StateCorrupt, StateTooNew, StateUnavailable
from cloudwright.state.cells import Batch, assemble, audit_lines
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.lease import expired, lease_lost, same
from cloudwright.state.s3.folder import StateFolder
from cloudwright.state.s3.lease_object import LeaseObject
from cloudwright.state.s3.log import ReplayedState, audit_texts
from cloudwright.state.s3.restore import check_kept, lost, undelete
from cloudwright.state.s3.segment_log import SegmentLog
from cloudwright.state.snapshot import Neighbour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.clock import Clock
    from cloudwright.errors import LeaseLost
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.cells import StoredLine
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.s3.object_port import ObjectStore
    from cloudwright.state.snapshot import Snapshot

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
        self._clock = clock or SystemClock()
        path = f"{self._root}app={quote(app, safe='')}/stage={quote(stage, safe='')}/"
        self._folder = StateFolder(objects, path, self._clock)
        self._log = SegmentLog(self._folder)
        self._lease = LeaseObject(self._folder, app, stage)
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
        lease, reached = self._lease.take(holder, ttl)
        try:
            self._log.fence(reached, lease)
        except BaseException:
            with contextlib.suppress(StateUnavailable):
                self._lease.drop(lease.id, self._log.reached)
            raise
        self._held, self._confirmed_at, self._tip = lease, asked_at, self._log.reached
        return lease

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        asked_at = self._clock.boot()
        if not self._lease.renew(lease, self._log.reached):
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
                self._log.compact()
            self._held = None
        self._lease.drop(lease.id, self._log.reached)

    def holder(self) -> Lease | None:
        """The lease on record."""
        return self._lease.note().lease

    def live_lease(self) -> Lease | None:
        """The lease on record, unless it has expired."""
        lease = self.holder()
        return None if lease is None or expired(lease, self._objects.now()) else lease

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id, and write the next segment, so that its run can't."""
        broken = self.holder() if lines else None
        if self._held is not None and self._held.id == lease_id:
            self._held = None
        if self._lease.drop(lease_id, self._log.reached):
            self._log.fence(0, None, [] if broken is None else [Batch(broken, lines)])

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        return self._log.past_commits(self._load())

    def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed, oldest first."""
        # The log first: a compaction meanwhile adds an object of lines that are then read twice, which does no harm.
        book = self._load()
        texts = [*audit_texts(book), *self._log.audit.texts(book.audit)]
        return audit_lines(texts, f"{self._app}/{self._stage}")

    def states(self) -> tuple[Neighbour, ...]:
        """All states below the same prefix; an unreadable state is listed with its error."""
        names = [each.name for each in self._objects.list_after(self._root, "")]
        found = (_STATE.fullmatch(name.removeprefix(self._root)) for name in names)
        states = dict.fromkeys((unquote(match["app"]), unquote(match["stage"])) for match in found if match)
        return tuple(self._neighbour(app, stage) for app, stage in states)

    def _neighbour(self, app: str, stage: str) -> Neighbour:
        try:
            return Neighbour(app, stage, self.read_other(app, stage).uses)
        except (StateCorrupt, StateTooNew) as error:
            return Neighbour(app, stage, damage=error.message)

    def read_other(self, app: str, stage: str) -> Snapshot:
        """A snapshot of another state below the same prefix."""
        return S3Backend(self._objects, self._prefix, app, stage, clock=self._clock).read()

    def deleted(self) -> int:
        """How many objects of the state were deleted, old segments that a compaction removed included."""
        return len(lost(self._folder, self._log.oldest_kept()))

    def restore(self) -> int:
        """Restore deleted objects, the snapshot first: it shows which segments are still needed.

        A lease object that is lost for good is written again, since a log without a gap shows where it ends. So is a
        part of the audit, with a line that says so instead of those that are lost.

        Returns:
            The number of objects that are back.

        Raises:
            StateCorrupt: The bucket keeps no earlier version of the lease object; nothing was changed.
        """
        self._log.book = None
        check_kept(self._folder)
        restored = undelete(self._folder, sys.maxsize)
        restored += undelete(self._folder, self._log.oldest_kept())
        if not self._lease.exists() and (index := self._log.read(0).index):
            self._lease.write_again(index)
        return restored + self._log.audit.replace_lost(self._log.last_audit())

    def prepare(self) -> None:
        """Create the bucket: private, versioned, encrypted."""
        self._objects.create_bucket()

    def close(self) -> None:
        """Release connections."""
        self._objects.close()

    def _append(self, batches: Sequence[Batch]) -> list[int]:
        lease, book = batches[0].lease, self._log.book
        # A run whose lease may have expired reads it first: a free index in the log proves little after a compaction.
        if self._clock.boot() - self._confirmed_at >= lease.ttl and not self.renew(lease):
            return []
        # The log may have grown by a segment of the next holder; the index after it is then not ours to write.
        book = book or self._load()
        if book.index != self._tip:
            return []
        serials = list(itertools.accumulate((batch.step for batch in batches), initial=book.serial))[1:]
        if not self._log.append(book, lease, batches):
            return []
        self._tip = book.index
        return serials

    def _load(self) -> ReplayedState:
        note = self._lease.existing()
        if note is None:
            return ReplayedState()
        book = self._log.read(note.index)
        # Only a released lease names the true end of the log.
        if note.lease is not None and not same(self._held, note.lease):
            self._log.check_end(book)
        return book


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
