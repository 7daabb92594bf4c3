"""The stored form that all stores share: a state is a set of cells, a commit is a list of lines over them.

A cell has an address (kind, name, generation) and a JSON text. Stores only read and write texts; their meaning is
defined here, once.
"""

from __future__ import annotations

import contextlib
import gc
import json
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cloudwright.errors import StateCorrupt
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state import audit, codec
from cloudwright.state.audit import AppendAudit, AuditLine
from cloudwright.state.changes import (
    DropAction,
    DropDelivery,
    DropEntry,
    DropRecord,
    PutAction,
    PutDelivery,
    PutEntry,
    PutLearned,
    PutLookups,
    PutOutputs,
    PutRecord,
    PutSealing,
    StateChange,
)
from cloudwright.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.records import Record

T = TypeVar("T")


class CellKind(StrEnum):
    """What a cell holds."""

    RECORD = "record"
    ENTRY = "entry"
    OUTPUTS = "outputs"
    SEALING = "sealing"
    LOOKUPS = "lookups"
    LEARNED = "learned"
    DELIVERY = "delivery"
    ACTION = "action"
    AUDIT = "audit"
    """Read by itself: no snapshot holds it."""


class Address(NamedTuple):
    """What names a cell within its state."""

    kind: str
    name: str = ""
    generation: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} (generation {self.generation})" if self.name else self.kind


Cells = dict[Address, str]


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One cell's new text; `None` drops the cell."""

    address: Address
    text: str | None = field(repr=False)

    @property
    def counts(self) -> bool:
        """Whether it changes the state's serial."""
        return self.address.kind not in {CellKind.LEARNED, CellKind.DELIVERY, CellKind.AUDIT}

    @property
    def remembered(self) -> bool:
        """Whether the history keeps it: results of a deploy, not its journal."""
        return self.address.kind in {CellKind.RECORD, CellKind.OUTPUTS}


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines of one commit, and the lease that allows them."""

    lease: Lease
    lines: tuple[StoredLine, ...]

    @property
    def step(self) -> int:
        """By how much it raises the serial."""
        return int(any(line.counts for line in self.lines))


def lines_of(changes: Iterable[StateChange]) -> tuple[StoredLine, ...]:
    """A commit's changes as lines.

    Raises:
        StateError: A value is not JSON.
    """
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: StateChange) -> Iterator[StoredLine]:
    match change:
        case PutRecord(record):
            yield record_line(record)
        case DropRecord(key, generation):
            yield StoredLine(Address(CellKind.RECORD, key, generation), None)
        case PutEntry(entry):
            yield entry_line(entry)
        case DropEntry(identity):
            yield StoredLine(Address(CellKind.ENTRY, identity), None)
        case PutOutputs(outputs, uses):
            yield outputs_line(outputs, uses)
        case PutSealing(sealing):
            yield StoredLine(Address(CellKind.SEALING), codec.dumps(dict(sealing)))
        case PutLookups(lookups):
            yield StoredLine(Address(CellKind.LOOKUPS), codec.dumps(dict(lookups)))
        case PutLearned(learned):
            yield from learned_lines(learned)
        case _:
            yield from _lines_beside_resources(change)


def _lines_beside_resources(
    change: PutDelivery | DropDelivery | PutAction | DropAction | AppendAudit,
) -> Iterator[StoredLine]:
    match change:
        case PutDelivery(delivery):
            yield delivery_line(delivery)
        case DropDelivery(identity):
            yield StoredLine(Address(CellKind.DELIVERY, identity), None)
        case PutAction(action):
            yield action_line(action)
        case DropAction(key):
            yield StoredLine(Address(CellKind.ACTION, key), None)
        case AppendAudit(line):
            yield StoredLine(Address(CellKind.AUDIT, line.id), codec.dumps(audit.encode(line)))


def record_line(record: Record) -> StoredLine:
    """The line that writes a record."""
    return StoredLine(Address(CellKind.RECORD, record.key, record.generation), codec.dumps(codec.encode_record(record)))


def entry_line(entry: JournalEntry) -> StoredLine:
    """The line that writes a journal entry."""
    return StoredLine(Address(CellKind.ENTRY, entry.id), codec.dumps(codec.encode_entry(entry)))


def delivery_line(delivery: ImageDelivery) -> StoredLine:
    """The line that writes a delivery of images."""
    return StoredLine(Address(CellKind.DELIVERY, delivery.id), codec.dumps(codec.encode_delivery(delivery)))


def action_line(action: ActionRecord) -> StoredLine:
    """The line that writes what is known about an action."""
    return StoredLine(Address(CellKind.ACTION, action.key), codec.dumps(codec.encode_action(action)))


def outputs_line(outputs: Mapping[str, object], uses: Sequence[str]) -> StoredLine:
    """The line that writes the outputs and the apps they come from."""
    return StoredLine(Address(CellKind.OUTPUTS), codec.dumps({"outputs": dict(outputs), "uses": list(uses)}))


def uses_in(text: str) -> tuple[str, ...]:
    """The apps that an outputs cell says are used.

    Raises:
        StateCorrupt: It can't be read.
    """
    where = "the outputs of a state"
    if not isinstance(found := codec.loads(text, where), dict):
        raise StateCorrupt(f"{where} are not an object; nothing was changed", hint="restore them from a backup")
    return tuple(found.get("uses", ()))


def learned_lines(learned: Mapping[str, object]) -> Iterator[StoredLine]:
    """One line for each learned figure, so that two runs' figures merge by name."""
    for name, value in learned.items():
        yield StoredLine(Address(CellKind.LEARNED, name), codec.dumps(value))


def assemble(app: str, stage: str, serial: int, cells: Mapping[Address, str]) -> Snapshot:
    """A state's cells as a snapshot.

    Args:
        app: The app's name.
        stage: The stage's name.
        serial: The state's serial.
        cells: Address -> JSON text.

    Raises:
        StateCorrupt, StateTooNew: A cell can't be read; the message names it.
    """
    with _collector_at_rest():
        return _assemble(app, stage, serial, cells)


def _assemble(app: str, stage: str, serial: int, cells: Mapping[Address, str]) -> Snapshot:
    kinds: dict[str, dict[Address, str]] = {kind: {} for kind in CellKind}
    for address, text in cells.items():
        kinds.setdefault(address.kind, {})[address] = text
    state = f"the state of {app}/{stage}"
    outputs = _parse(kinds[CellKind.OUTPUTS], state).get(Address(CellKind.OUTPUTS), {})
    return Snapshot(
        app=app,
        stage=stage,
        serial=serial,
        records=_decoded(kinds[CellKind.RECORD], state, codec.decode_record),
        journal=_decoded(kinds[CellKind.ENTRY], state, codec.decode_entry),
        outputs=_mapping(outputs.get("outputs", {}), f"outputs in {state}"),
        uses=tuple(outputs.get("uses", ())),
        learned={address.name: value for address, value in sorted(_parse(kinds[CellKind.LEARNED], state).items())},
        sealing=_only(kinds[CellKind.SEALING], state, CellKind.SEALING),
        deliveries=_decoded(kinds[CellKind.DELIVERY], state, codec.decode_delivery),
        actions=_decoded(kinds[CellKind.ACTION], state, codec.decode_action),
        lookups=_only(kinds[CellKind.LOOKUPS], state, CellKind.LOOKUPS),
    )


def _decoded(cells: Mapping[Address, str], state: str, decode: Callable[[Any, _Where], T]) -> tuple[T, ...]:
    """The models of all cells of a kind, in the order of their addresses."""
    return tuple(decode(data, _Where(address, state)) for address, data in sorted(_parse(cells, state).items()))


def _only(cells: Mapping[Address, str], state: str, kind: CellKind) -> dict[str, Any]:
    """The content of a kind that has one cell; empty without it."""
    return _mapping(_parse(cells, state).get(Address(kind), {}), f"{kind} in {state}")


def disassemble(snapshot: Snapshot) -> Cells:
    """The cells of a snapshot; `assemble` undoes it."""
    lines = [*map(record_line, snapshot.records), *map(entry_line, snapshot.journal)]
    if snapshot.outputs or snapshot.uses:
        lines.append(outputs_line(snapshot.outputs, snapshot.uses))
    if snapshot.sealing:
        lines.extend(lines_of([PutSealing(snapshot.sealing)]))
    if snapshot.lookups:
        lines.extend(lines_of([PutLookups(snapshot.lookups)]))
    lines.extend(learned_lines(snapshot.learned))
    lines.extend(map(delivery_line, snapshot.deliveries))
    lines.extend(map(action_line, snapshot.actions))
    return {line.address: line.text for line in lines if line.text is not None}


def audit_lines(texts: Iterable[str], state: str) -> tuple[AuditLine, ...]:
    """Audit lines from their cells, oldest first.

    Args:
        texts: JSON.
        state: The state's name, for messages.

    Raises:
        StateCorrupt: One of them can't be read.
    """
    where = f"the audit of {state}"
    return audit.in_order(audit.decode(codec.loads(text, where), where) for text in texts)


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Pause garbage collection while thousands of documents are parsed.

    There are no cycles among them, and each collection scans all documents parsed so far: a third of the time of
    reading 10,000 records.
    """
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()


class _Where(NamedTuple):
    """Names a cell in messages; formatted only for an error, since a state has thousands of cells."""

    address: Address
    state: str

    def __str__(self) -> str:
        return f"{self.address} in {self.state}"


def _parse(cells: Mapping[Address, str], state: str) -> dict[Address, Any]:
    # Parsing all texts at once is faster than one by one; only a broken text has to be located.
    try:
        values = json.loads(f"[{','.join(cells.values())}]")
    except ValueError:
        values = ()
    if len(values) == len(cells):
        return dict(zip(cells, values, strict=True))
    return {address: codec.loads(text, f"{address} in {state}") for address, text in cells.items()}


def _mapping(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StateCorrupt(f"{where} is not an object; nothing was changed", hint="restore it from a backup")
    return value
