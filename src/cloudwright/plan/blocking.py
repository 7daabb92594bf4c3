"""What blocks an early delete: AWS refuses to delete what others still refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.mentions import Mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.state.records import Record


class RemovedRecords:
    """What a plan deletes, indexed by what it refers to."""

    def __init__(self, removed: Iterable[Record]) -> None:
        """Index records."""
        self._records = {record.id: record for record in removed}
        self._position = {one: position for position, one in enumerate(self._records)}
        self._mentions = Mentions((record.id, record.declared) for record in self._records.values())
        self._dependents: dict[str, list[tuple[str, int]]] = {}
        for record in self._records.values():
            for key in record.depends_on:
                self._dependents.setdefault(key, []).append(record.id)

    def blocking(self, *early: Record) -> list[Record]:
        """The removed records that refer to what is deleted early, directly or not, and so are deleted before it.

        Args:
            early: What is deleted early; removed records among it are left out.

        Returns:
            Those that refer to it first, then those that refer to these, and so on.
        """
        found, seen = list(early), {record.id for record in early}
        for one in found:
            referring = [each for each in self.referring(one) if each.id not in seen]
            seen.update(each.id for each in referring)
            found += referring
        return found[len(early) :]

    def referring(self, record: Record) -> list[Record]:
        """The removed records that refer to a record itself, in their order."""
        found = {*self._dependents.get(record.key, ()), *self._mentions.of(record.identifier)}
        return [self._records[each] for each in sorted(found, key=self._position.__getitem__)]

    def reasons(self, early: Sequence[tuple[Record, str]]) -> dict[tuple[str, int], str]:
        """Why removed records are deleted early: each with the last reason of what it refers to, directly or not.

        Args:
            early: What is deleted early, with the reason for what refers to it; removed records among it are left out.
        """
        chosen = {record.id for record, _ in early}
        found: dict[tuple[str, int], str] = {}
        seen: set[tuple[str, int]] = set()
        # From the last one: what refers to a record that has been seen has been seen, too, with a reason as late.
        for record, reason in reversed(early):
            path = [record]
            for one in path:
                fresh = [each for each in self.referring(one) if each.id not in seen]
                seen.update(each.id for each in fresh)
                found |= {each.id: reason for each in fresh if each.id not in chosen}
                path += fresh
        return found
