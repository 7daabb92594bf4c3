"""The state as the engine uses it: one store holds one state (app and stage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.state.audit import AppendAudit, AuditLine
    from cloudwright.state.changes import StateChange
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Neighbour, Snapshot


class StateStore(Protocol):
    """Reads, fenced commits and leases of one state.

    Every implementation passes the suite in `tests/conformance/state.py`.
    """

    @property
    def place(self) -> str:
        """The address of the store without its password, for messages."""
        ...

    async def read(self) -> Snapshot:
        """A consistent snapshot. A state that was never written is an empty snapshot, serial 0.

        Raises:
            StateCorrupt, StateTooNew, StateUnavailable: It can't be read; nothing is changed.
        """
        ...

    async def audit(self) -> tuple[AuditLine, ...]:
        """What was changed in this state, oldest first; nothing is ever dropped from it.

        Raises:
            StateCorrupt, StateUnavailable: It can't be read.
        """
        ...

    async def acquire(self, holder: Holder, *, ttl: float) -> Lease:
        """Take the lease with a fence higher than any before.

        Args:
            holder: Who asks.
            ttl: Seconds after the last renewal at which others may take over.

        Raises:
            LockHeld: A live lease exists; the message names its holder.
        """
        ...

    async def commit(self, lease: Lease, changes: Sequence[StateChange]) -> int:
        """Apply all changes in one durable transaction, or none.

        Commits that wait at the same time are written together.

        Returns:
            The serial afterwards.

        Raises:
            LeaseLost: The lease is not the current one; nothing was written.
            StateUnavailable: The store can't be reached or written; the changes may still have been written.
        """
        ...

    async def confirm(self, lease: Lease) -> None:
        """Check, within the lease's time to live, that this lease still holds; renew it if that is uncertain.

        Cheap while a renewal is recent by a clock that counts suspend. Called before every mutating request.

        Raises:
            LeaseLost: It doesn't.
            StateUnavailable: That is unknown, so nothing may be sent.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Release the lease; no effect if it is lost already."""
        ...

    async def holder(self) -> Lease | None:
        """The lease on record, live or expired, or `None`."""
        ...

    async def live_lease(self) -> Lease | None:
        """The lease of the run in progress; `None` if there is none, so that `acquire` would succeed."""
        ...

    async def break_lease(self, lease_id: str, audit: Sequence[AppendAudit] = ()) -> None:
        """Remove the lease of this id, so that its run's next commit is refused.

        Args:
            lease_id: Which; another one stays.
            audit: Written in the same transaction, if the lease is removed.
        """
        ...

    async def close(self) -> None:
        """Stop renewals and release files and connections; a lease that was not released stays on record."""
        ...


@runtime_checkable
class SharedStore(Protocol):
    """A store that can list the other states in the same file, bucket or database."""

    async def others(self) -> tuple[Snapshot | Neighbour, ...]:
        """All other states in the same store; for an unreadable state, its error."""
        ...
