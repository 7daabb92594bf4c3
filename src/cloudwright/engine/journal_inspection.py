"""The result of inspecting the journal.

Separate from `recovery`, so that a run with an empty journal does not load that.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloudwright.engine.run import Services
    from cloudwright.errors import NeedsHuman
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.snapshot import Snapshot


@dataclass(slots=True)
class JournalInspection:
    """What became of the requests in a journal.

    Attributes:
        changes: The outcomes that are known, to be written under a lease.
        abandoned: Attempts that the user has decided about, to be dropped once the plan is approved.
        resumes: Requests to follow or to send again, by key; each becomes a step.
        undecided: Why the user has to find out the result of a create, by key. Its entry stays in the journal, and
            `plan/undecided` refuses a plan that includes the key.
        snapshot: The state as it will be once `changes` and `abandoned` are written.
        notes: What happened, for messages.
        concurrent: What a concurrent run is doing, for messages; the journal then belongs to it and is not inspected.
        ran: Keys of the actions that an earlier plan of the same deploy has run.
    """

    snapshot: Snapshot
    changes: list[StateChange] = field(default_factory=list)
    abandoned: list[StateChange] = field(default_factory=list)
    resumes: dict[str, JournalEntry] = field(default_factory=dict)
    undecided: dict[str, NeedsHuman] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    concurrent: tuple[str, ...] = ()
    ran: frozenset[str] = frozenset()


async def inspect_journal(snapshot: Snapshot, services: Services, chosen: Collection[str] = ()) -> JournalInspection:
    """Find out what became of every request in the journal, as `recovery` does; an empty one costs nothing.

    Args:
        snapshot: The state.
        services: For the reads.
        chosen: Keys whose resource the user has named or wants to adopt.

    Raises:
        CloudwrightError: AWS can't be reached.
    """
    if not snapshot.journal:
        return JournalInspection(snapshot)
    from cloudwright.engine import recovery

    return await recovery.inspect_journal(snapshot, services, chosen)
