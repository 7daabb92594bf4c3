"""Which physical resources are recorded, so that none is ever recorded twice."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.identity import Identity, physical
from cloudwright.state.changes import DropRecord, PutRecord
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.state.changes import StateChange
    from cloudwright.state.records import Record
    from cloudwright.target import Target


@dataclass(slots=True)
class OwnedResources:
    """The records of what is ours, by physical resource; updated by each commit of the run."""

    _records: dict[Identity, Record] = field(default_factory=dict)
    _identities: dict[tuple[str, int], Identity] = field(default_factory=dict)

    def apply(self, changes: Iterable[StateChange]) -> None:
        """Apply a commit.

        Args:
            changes: One transaction; only records matter.
        """
        for change in changes:
            match change:
                case PutRecord(record):
                    self._drop(record.id)
                    if record.status is not RecordStatus.DOUBTFUL:
                        self.claim(record)
                case DropRecord(key, generation):
                    self._drop((key, generation))

    def claim(self, record: Record) -> Record | None:
        """Reserve a physical resource for a record, unless another record owns it.

        Returns:
            The record that owns it already; `None` if there was none or it is this one.
        """
        identity = physical(record.type, record.target, record.identifier)
        held = self._records.setdefault(identity, record)
        if held.id != record.id:
            return held
        self._records[identity] = record
        self._identities[record.id] = identity
        return None

    def holder(self, type_name: str, target: Target, identifier: str) -> Record | None:
        """The record of a physical resource; `None` if there is none.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
            target: Its account and Region.
            identifier: Cloud Control's primary identifier.
        """
        return self._records.get(physical(type_name, target, identifier))

    def reads_of(self, type_name: str) -> Iterator[Mapping[str, object]]:
        """What reads of the recorded resources of a type returned last, masked.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
        """
        return (record.observed for record in self._records.values() if record.type == type_name)

    def _drop(self, one: tuple[str, int]) -> None:
        identity = self._identities.pop(one, None)
        if identity is not None and self._records[identity].id == one:
            del self._records[identity]
