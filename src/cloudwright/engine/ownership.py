"""Which physical resources are ours, so that none is ever recorded twice."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.identity import Identity, physical
from cloudwright.state.model import DropRecord, PutRecord, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.state.model import Record, StateChange
    from cloudwright.target import Target


@dataclass(slots=True)
class OwnedResources:
    """The records of what is ours, by what surely is one physical resource; a run's commits keep it current."""

    _records: dict[Identity, Record] = field(default_factory=dict)
    _identities: dict[tuple[str, int], Identity] = field(default_factory=dict)

    def apply(self, changes: Iterable[StateChange]) -> None:
        """Follow what was written.

        Args:
            changes: One transaction; all but records pass by.
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
        """Take a physical resource for a record, unless another record has it.

        Args:
            record: About to be written.

        Returns:
            The record that has it already; `None` if it was free or this record's own.
        """
        identity = physical(record.type, record.target, record.identifier)
        held = self._records.setdefault(identity, record)
        if held.id != record.id:
            return held
        self._records[identity] = record
        self._identities[record.id] = identity
        return None

    def holder(self, type_name: str, target: Target, identifier: str) -> Record | None:
        """The record of a physical resource, `None` if none of ours is.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
            target: Where it lives.
            identifier: Cloud Control's primary identifier.
        """
        return self._records.get(physical(type_name, target, identifier))

    def _drop(self, one: tuple[str, int]) -> None:
        identity = self._identities.pop(one, None)
        if identity is not None and self._records[identity].id == one:
            del self._records[identity]
