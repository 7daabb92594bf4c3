"""What looking at a journal found; apart from `recovery`, which is only loaded when there is a journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.state.model import Change, JournalEntry, Snapshot


@dataclass(slots=True)
class Looked:
    """What looking at a journal found.

    Attributes:
        changes: What is settled: to be written under a lease.
        given_up: Attempts that the user has decided about, to be dropped once the plan is approved.
        resumes: Requests that go on or must be sent again, by key; each becomes a step.
        snapshot: The state as it will be once `changes` and `given_up` are written.
        notes: What happened, for people.
    """

    snapshot: Snapshot
    changes: list[Change] = field(default_factory=list)
    given_up: list[Change] = field(default_factory=list)
    resumes: dict[str, JournalEntry] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
