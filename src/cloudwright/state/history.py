"""What earlier commits changed, and the states after them: pure functions over the history's lines."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.errors import StateError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.state import codec
from cloudwright.state.cells import Address, CellKind, assemble, disassemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot

HISTORY = 1_000
"""Number of serials for which a store keeps the history."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """One cell that a commit changed: its text before and after; `None` if the cell did not exist."""

    address: Address
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    """One commit that changed records or outputs.

    Attributes:
        serial: The state's serial after it.
        at: Seconds since the epoch.
        author: `user@host` of the lease's holder.
        command: What the holder ran.
        lines: What it changed.
    """

    serial: int
    at: float
    author: str
    command: str
    lines: tuple[PastLine, ...]

    @property
    def touched(self) -> tuple[str, ...]:
        """The keys of the records that it changed, and `outputs`."""
        return tuple(dict.fromkeys(line.address.name or line.address.kind for line in self.lines))


@dataclass(frozen=True, slots=True)
class RecordChange:
    """How one record differs between two states."""

    key: str
    generation: int
    before: Record | None
    after: Record | None

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def state_at(now: Snapshot, history: Sequence[PastCommit], serial: int) -> Snapshot:
    """The records and outputs of the state at an earlier serial; the history holds no journal.

    Args:
        now: The state as it is.
        history: The store's history, in any order.
        serial: The serial to go back to.

    Raises:
        StateError: That serial is not, or no longer, in the history.
    """
    first = min([now.serial, *(commit.serial - 1 for commit in history)])
    if not first <= serial <= now.serial:
        raise StateError(
            f"serial {serial} of {now.app}/{now.stage} is not in the history",
            hint=f"the history begins at {first} and ends at {now.serial}",
        )
    cells = disassemble(replace(now, journal=()))
    for commit in sorted(history, key=lambda each: each.serial, reverse=True):
        if commit.serial > serial:
            _undo(cells, commit.lines)
    return assemble(now.app, now.stage, serial, cells)


def compare(before: Snapshot, after: Snapshot) -> tuple[RecordChange, ...]:
    """How the records of two states differ, by key and generation."""
    old = {record.id: record for record in before.records}
    new = {record.id: record for record in after.records}
    return tuple(
        RecordChange(*identity, old.get(identity), new.get(identity))
        for identity in sorted(old.keys() | new.keys())
        if old.get(identity) != new.get(identity)
    )


def describe(line: PastLine) -> RecordChange | None:
    """A line of the history as a change of a record; `None` for outputs."""
    if line.address.kind != CellKind.RECORD:
        return None
    return RecordChange(line.address.name, line.address.generation, _record(line.before), _record(line.after))


def _record(text: str | None) -> Record | None:
    return None if text is None else codec.decode_record(codec.loads(text, "the history"), "a record in the history")


def _undo(cells: dict[Address, str], lines: Iterable[PastLine]) -> None:
    for line in reversed(tuple(lines)):
        if line.before is None:
            cells.pop(line.address, None)
        else:
            cells[line.address] = line.before
