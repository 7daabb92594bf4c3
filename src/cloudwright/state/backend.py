"""The port that each kind of store implements: blocking calls on one state, from one thread at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.errors import LeaseLost
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.cells import Batch, StoredLine
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Neighbour, Snapshot


class Backend(Protocol):
    """Reads and writes one state. `HostedStore` adds the event loop, the heartbeat and the grouping of commits.

    Every call may raise `StateUnavailable`, and those that read the state `StateCorrupt` or `StateTooNew`.
    """

    @property
    def place(self) -> str:
        """The address of the store without its password, for messages."""
        ...

    def read(self) -> Snapshot:
        """A consistent snapshot of the state."""
        ...

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease, or raise `LockHeld`."""
        ...

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it is still the one on record; returns whether it is."""
        ...

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches durably in one transaction; the fence is checked for each batch.

        Returns:
            For each batch the serial after it, or the error because of which nothing of it was written.
        """
        ...

    def release(self, lease: Lease) -> None:
        """Remove the lease if it is still the one on record."""
        ...

    def holder(self) -> Lease | None:
        """The lease on record, live or expired."""
        ...

    def live_lease(self) -> Lease | None:
        """The lease on record if its holder may still be running; `None` if the next `acquire` would succeed."""
        ...

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id, if it is the one on record, and write these lines in the same transaction."""
        ...

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        ...

    def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed, oldest first; nothing is ever dropped from it."""
        ...

    def states(self) -> Sequence[Neighbour]:
        """All states in the same store, this one included; an unreadable state is listed with its error."""
        ...

    def read_other(self, app: str, stage: str) -> Snapshot:
        """A consistent snapshot of another state in the same store."""
        ...

    def prepare(self) -> None:
        """Create the file, tables or bucket ahead of the first run, if the store needs any; no effect if they exist."""
        ...

    def close(self) -> None:
        """Release files and connections; the lease stays on record."""
        ...


@runtime_checkable
class Restorable(Protocol):
    """A backend that keeps deleted objects, such as a versioned bucket."""

    def deleted(self) -> int:
        """How many parts of the state were deleted and can be restored."""
        ...

    def restore(self) -> int:
        """Restore them; returns their number."""
        ...
