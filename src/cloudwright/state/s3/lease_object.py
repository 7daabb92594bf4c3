"""The object that says who may write: replaced by conditional writes only, and never removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import StateUnavailable
from cloudwright.lazy_dataclass import replace
from cloudwright.state.leases.lease import expired, lock_held, new_lease, renewed, same
from cloudwright.state.s3.log import LeaseDocument, lease_body, read_lease_body
from cloudwright.state.s3.restore import LEASE, is_new

if TYPE_CHECKING:
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.s3.folder import StateFolder
    from cloudwright.state.s3.object_port import StoredObject

ATTEMPTS = 5
"""How often the lease is read again because another run changed it meanwhile."""


class LeaseObject:
    """The lease of one state, on record."""

    def __init__(self, folder: StateFolder, app: str, stage: str) -> None:
        """Name the object.

        Args:
            folder: Of the state.
            app: The app's name, for messages.
            stage: The stage's name.
        """
        self._folder = folder
        self._app = app
        self._stage = stage

    def note(self) -> LeaseDocument:
        """What it says; an empty note if it does not exist."""
        return self._read(self._folder.get(LEASE))

    def exists(self) -> bool:
        """Whether it is there."""
        return self._folder.get(LEASE) is not None

    def existing(self) -> LeaseDocument | None:
        """What it says; `None` for a state that was never written.

        Raises:
            StateCorrupt: It was deleted.
        """
        stored = self._stored()
        return self._read(stored) if stored else None

    def take(self, holder: Holder, ttl: float) -> tuple[Lease, int]:
        """Record a new lease.

        Args:
            holder: Who asks for it.
            ttl: Seconds.

        Returns:
            The lease, and the index that the log reached at least.

        Raises:
            LockHeld: A live lease is on record.
            StateUnavailable: Others change the object all the time.
        """
        for _ in range(ATTEMPTS):
            stored = self._stored()
            note, now = self._read(stored), self._folder.now()
            if note.lease is not None and not expired(note.lease, now):
                raise lock_held(note.lease, self._app, self._stage, now)
            lease = new_lease(holder, ttl=ttl, fence=note.fence + 1, now=now)
            body = lease_body(replace(note, lease=lease, fence=lease.fence))
            if self._folder.put(LEASE, body, stored.tag if stored else None):
                return lease, note.index
        raise StateUnavailable(f"{self._folder.place(LEASE)} changes all the time", hint="try again")

    def renew(self, lease: Lease, reached: int) -> bool:
        """Renew a lease if it still holds.

        Args:
            lease: The lease.
            reached: The index that the log reached at least.
        """
        stored = self._folder.get(LEASE)
        note = self._read(stored)
        if stored is None or note.lease is None or not same(note.lease, lease):
            return False
        return self._replace(stored, note, renewed(note.lease, self._folder.now()), reached)

    def drop(self, lease_id: str, reached: int) -> bool:
        """Remove the lease of an id if it is still on record; the arguments are as for `renew`."""
        stored = self._folder.get(LEASE)
        note = self._read(stored)
        if stored is None or note.lease is None or note.lease.id != lease_id:
            return False
        return self._replace(stored, note, None, reached)

    def write_again(self, index: int) -> None:
        """Write the object of a state that lost it for good.

        Args:
            index: Of the last segment. A lease is followed by a segment, so there were never more fences than segments.
        """
        self._folder.put(LEASE, lease_body(LeaseDocument(fence=index, index=index)), None)

    def _replace(self, stored: StoredObject, note: LeaseDocument, lease: Lease | None, reached: int) -> bool:
        body = lease_body(replace(note, lease=lease, index=max(note.index, reached)))
        return self._folder.put(LEASE, body, stored.tag)

    def _stored(self) -> StoredObject | None:
        while (stored := self._folder.get(LEASE)) is None:
            if is_new(self._folder):
                return None
        return stored

    def _read(self, stored: StoredObject | None) -> LeaseDocument:
        return read_lease_body(stored.body, self._folder.place(LEASE)) if stored else LeaseDocument()
