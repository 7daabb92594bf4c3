"""Reads a state while a run may be in progress on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.leases.lease import in_progress

if TYPE_CHECKING:
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore


@dataclass(frozen=True, slots=True)
class StateReading:
    """A state, and the run in progress on it.

    Attributes:
        lease: The live run's lease; the journal then belongs to it. `None`: the journal is that of a dead run.
    """

    snapshot: Snapshot
    lease: Lease | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is in progress, for messages: the run, then each of its requests; empty without a live run."""
        if self.lease is None:
            return ()
        return (in_progress(self.lease), *map(under_way, self.snapshot.journal))


async def read_concurrently(store: StateStore) -> StateReading:
    """Read a state, and distinguish the journal of a live run from that of a dead one.

    Args:
        store: The state's store.

    Raises:
        StateError: It can't be read.
    """
    snapshot, lease = await store.read(), await store.live_lease()
    if lease is None and snapshot.journal:
        # The run that wrote it may have ended between the two.
        snapshot = await store.read()
    return StateReading(snapshot, lease)


def under_way(entry: JournalEntry) -> str:
    """A request of a live run, as a message."""
    verb = entry.operation.value.lower()
    return f"{entry.key}: {'an' if verb == 'update' else 'a'} {verb} is under way"
