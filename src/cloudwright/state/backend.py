"""The port below the stores: plain blocking calls over one state, made from one thread at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.errors import LeaseLost
    from cloudwright.state.cells import Batch
    from cloudwright.state.history import PastCommit
    from cloudwright.state.model import Holder, Lease, Neighbour, Snapshot


class Backend(Protocol):
    """Where one state lives. `HostedStore` adds the event loop, the heartbeat and the grouping of commits.

    Every call may raise `StateUnavailable`, and those that read the state `StateCorrupt` or `StateTooNew`.
    """

    @property
    def place(self) -> str:
        """The address of the store without its password, for messages."""
        ...

    def read(self) -> Snapshot:
        """Everything at once, consistently."""
        ...

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease, or raise `LockHeld`."""
        ...

    def renew(self, lease: Lease) -> bool:
        """Write a sign of life if this lease is still the one on record; say whether it is."""
        ...

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches durably in one transaction, each fenced by itself.

        Returns:
            For each batch the serial after it, or why nothing of it was written.
        """
        ...

    def release(self, lease: Lease) -> None:
        """Remove the lease if it is still the one on record."""
        ...

    def holder(self) -> Lease | None:
        """The lease on record, live or expired."""
        ...

    def live_lease(self) -> Lease | None:
        """The lease on record, if its holder may still be at work; `None` if the next `acquire` would succeed."""
        ...

    def break_lease(self, lease_id: str) -> None:
        """Remove the lease of this id, if it is the one on record."""
        ...

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        ...

    def states(self) -> Sequence[Neighbour]:
        """All states in the same store, this one too; one that can't be read says so and hides no other."""
        ...

    def read_other(self, app: str, stage: str) -> Snapshot:
        """Everything of another state in the same store, consistently."""
        ...

    def prepare(self) -> None:
        """Make the place where states live, if it can be made ahead of the first run; harmless if it is there."""
        ...

    def close(self) -> None:
        """Release files and connections; the lease stays on record."""
        ...


@runtime_checkable
class Restorable(Protocol):
    """A backend whose place keeps what is deleted."""

    def deleted(self) -> int:
        """How many parts of the state were deleted and are kept as they were."""
        ...

    def restore(self) -> int:
        """Bring them back; gives their number."""
        ...
