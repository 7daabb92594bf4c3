"""The changes of a state that a commit is made of."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.audit import AppendAudit
from cloudwright.state.journal import EntryEnd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True)
class PutRecord:
    """Write a record; replaces the one of the same key and generation."""

    record: Record


@dataclass(frozen=True, slots=True)
class DropRecord:
    """Forget a record."""

    key: str
    generation: int


@dataclass(frozen=True, slots=True)
class PutEntry:
    """Write a journal entry; replaces the one of the same id."""

    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class DropEntry:
    """The entry's request has reached its end.

    Attributes:
        end: How, as far as the changes next to this one don't show it.
        error: AWS's error code, for the audit.
    """

    id: str
    end: EntryEnd = EntryEnd.SENT
    error: str = ""


@dataclass(frozen=True, slots=True)
class PutOutputs:
    """Replace the app's outputs and the list of the apps it uses."""

    outputs: Mapping[str, object] = field(repr=False)
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PutLearned:
    """Merge learned figures by name; does not count as a change of the state."""

    learned: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PutSealing:
    """Replace the document from which the sealing key is found."""

    sealing: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutLookups:
    """Replace the answers of the app's lookups."""

    lookups: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutDelivery:
    """Write a delivery over the one of the same id; does not count as a change of the state."""

    delivery: ImageDelivery


@dataclass(frozen=True, slots=True)
class DropDelivery:
    """Forget a delivery."""

    id: str


@dataclass(frozen=True, slots=True)
class PutAction:
    """Write what is known about an action; replaces what was known under its key."""

    action: ActionRecord


@dataclass(frozen=True, slots=True)
class DropAction:
    """Forget an action."""

    key: str


StateChange = (
    PutRecord
    | DropRecord
    | PutEntry
    | DropEntry
    | PutOutputs
    | PutLearned
    | PutSealing
    | PutLookups
    | PutDelivery
    | DropDelivery
    | PutAction
    | DropAction
    | AppendAudit
)
"""One line of a commit."""
