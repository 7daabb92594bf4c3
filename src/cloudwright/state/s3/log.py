"""A state as an append-only log of segments with occasional snapshots: documents and replay, no I/O.

A segment's position in the log is its index. A snapshot holds everything up to an index, so earlier segments are
history. Every body carries a random nonce, so a body that reads back equal is one's own.
"""

from __future__ import annotations

import secrets
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.errors import StateCorrupt
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state import codec
from cloudwright.state.cells import Address, CellKind, Cells, StoredLine
from cloudwright.state.codec import FORMAT
from cloudwright.state.history import PastCommit, PastLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.state.cells import Batch
    from cloudwright.state.leases.lease import Lease

DIGITS = 12
"""Indexes are written with leading zeros, so that names sort like numbers."""


@dataclass(slots=True)
class ReplayedState:
    """A state up to where its log has been read.

    Attributes:
        index: The last segment that it includes.
        tag: Names the snapshot object that it started from; empty without one.
        base: The index of that snapshot.
        audit: The last part of the audit outside the log; 0 if there is none, `None` if the snapshot does not say so,
            as one of version 0.1.0.
    """

    index: int = 0
    serial: int = 0
    cells: Cells = field(default_factory=dict)
    tag: str = ""
    base: int = 0
    audit: int | None = 0


@dataclass(frozen=True, slots=True)
class AuditPart:
    """Audit lines that were moved out of the log.

    Attributes:
        lines: Their texts.
        former: The index of the part before it; 0 if it is the first one, `None` if it does not say so.
    """

    lines: tuple[str, ...]
    former: int | None


@dataclass(frozen=True, slots=True)
class LeaseDocument:
    """The content of the lease object.

    Attributes:
        lease: The lease on record; `None` after a release.
        fence: The highest fence so far.
        index: The log reached at least this index when this was written; one that ends earlier has lost segments.
    """

    lease: Lease | None = None
    fence: int = 0
    index: int = 0


def segment_name(index: int) -> str:
    """The name of a segment below its state's folder."""
    return f"segments/{index:0{DIGITS}}.json"


def index_of(name: str) -> int:
    """The index in a segment's name."""
    digits = name.rpartition("/")[2].removesuffix(".json")
    if not digits.isdecimal():
        raise StateCorrupt(f"{name} does not belong to a state", hint="move it elsewhere")
    return int(digits)


def segment_body(book: ReplayedState, lease: Lease | None, batches: Sequence[Batch], at: float) -> bytes:
    """The next segment of a log.

    Args:
        book: The state before it.
        lease: The writer's lease; `None` for a segment that only blocks a lost run.
        batches: The commits in it.
        at: Seconds since the epoch.
    """
    serial, overlay, commits = book.serial, dict[Address, str | None](), []
    for batch in batches:
        serial += batch.step
        commits.append({"serial": serial, "lines": [_line(line, book.cells, overlay) for line in batch.lines]})
    holder = lease.holder if lease else None
    return _body(
        index=book.index + 1,
        lease=lease.id if lease else "",
        fence=lease.fence if lease else 0,
        at=at,
        author=f"{holder.user}@{holder.host}" if holder else "",
        command=holder.command if holder else "",
        commits=commits,
    )


def replay(book: ReplayedState, body: bytes, where: str) -> None:
    """Apply one more segment to a book.

    Args:
        book: The state; changed in place.
        body: The segment after it.
        where: Its name, for messages.

    Raises:
        StateCorrupt, StateTooNew: It is not a segment, or not the next one.
    """
    segment = _document(body, where)
    if segment.get("index") != book.index + 1:
        raise StateCorrupt(f"{where} is not segment {book.index + 1}; nothing was changed", hint=LOST)
    for serial, lines in _commits(segment, where):
        book.serial = serial
        for line in lines:
            if line.after is None:
                book.cells.pop(line.address, None)
            else:
                book.cells[line.address] = line.after
    book.index += 1


def past_commits(body: bytes, where: str) -> list[PastCommit]:
    """What the commits of a segment did to records and outputs."""
    segment = _document(body, where)
    return [
        PastCommit(
            serial=serial,
            at=float(segment["at"]),
            author=str(segment["author"]),
            command=str(segment["command"]),
            lines=past,
        )
        for serial, lines in _commits(segment, where)
        if (past := tuple(line for line in lines if StoredLine(line.address, line.after).remembered))
    ]


def audit_texts(book: ReplayedState) -> list[str]:
    """The audit lines since the book's snapshot."""
    return [text for address, text in book.cells.items() if address.kind == CellKind.AUDIT]


def audit_name(index: int) -> str:
    """The name, below its state's folder, of the object with the audit lines up to a segment."""
    return f"audit/{index:0{DIGITS}}.json"


def audit_body(index: int, texts: Sequence[str], former: int) -> bytes:
    """A part of the audit, as an object of its own: a snapshot would grow without end.

    Args:
        index: Its lines are those up to this segment.
        texts: The lines.
        former: The index of the part before it.
    """
    return _body(index=index, audit=former, lines=texts)


def read_audit_body(body: bytes, where: str) -> AuditPart:
    """The part of the audit that such an object holds.

    Raises:
        StateCorrupt, StateTooNew: It is no such object of this version.
    """
    part = _document(body, where)
    lines = part.get("lines")
    if not isinstance(lines, list):
        raise StateCorrupt(f"{where} is not an audit; nothing was changed", hint=LOST)
    return AuditPart(tuple(map(str, lines)), _audit(part, where))


def snapshot_body(book: ReplayedState) -> bytes:
    """Everything up to the book's index, except for its audit."""
    cells = [
        [str(address.kind), address.name, address.generation, text]
        for address, text in book.cells.items()
        if address.kind != CellKind.AUDIT
    ]
    return _body(index=book.index, serial=book.serial, audit=book.audit, cells=cells)


def open_book(body: bytes, tag: str, where: str) -> ReplayedState:
    """The state that a snapshot holds.

    Raises:
        StateCorrupt, StateTooNew: It is not a snapshot of this version.
    """
    snapshot = _document(body, where)
    try:
        cells = {Address(kind, name, generation): text for kind, name, generation, text in snapshot["cells"]}
        index = int(snapshot["index"])
        serial = int(snapshot["serial"])
    except (KeyError, TypeError, ValueError) as error:
        raise StateCorrupt(f"{where} is not a snapshot; nothing was changed", hint=LOST) from error
    return ReplayedState(index=index, serial=serial, cells=cells, tag=tag, base=index, audit=_audit(snapshot, where))


def lease_body(note: LeaseDocument) -> bytes:
    """The lease object; never twice the same bytes."""
    lease = codec.encode_lease(note.lease) if note.lease else None
    return _body(lease=lease, fence=note.fence, index=note.index)


def read_lease_body(body: bytes, where: str) -> LeaseDocument:
    """The parsed lease object.

    Raises:
        StateCorrupt, StateTooNew: It is not a lease object of this version.
    """
    note = _document(body, where)
    try:
        lease = codec.decode_lease(note["lease"], where) if note["lease"] is not None else None
        return LeaseDocument(lease, int(note["fence"]), int(note["index"]))
    except (KeyError, TypeError, ValueError) as error:
        raise StateCorrupt(f"{where} is not a lease; nothing was changed", hint=LOST) from error


def _body(**fields: object) -> bytes:
    return codec.dumps({"format": FORMAT, "nonce": secrets.token_hex(16), **fields}).encode()


def _document(body: bytes, where: str) -> dict[str, Any]:
    document = codec.loads(body, where)
    if not isinstance(document, dict):
        raise StateCorrupt(f"{where} is not an object; nothing was changed", hint=LOST)
    codec.check_format(document.get("format"), where)
    return document


def _audit(document: dict[str, Any], where: str) -> int | None:
    """The part of the audit that a document names; `None` for one of version 0.1.0."""
    index = document.get("audit")
    if index is None or isinstance(index, int):
        return index
    raise StateCorrupt(f"{where} does not name a part of the audit; nothing was changed", hint=LOST)


def _commits(segment: dict[str, Any], where: str) -> list[tuple[int, list[PastLine]]]:
    try:
        return [
            (int(commit["serial"]), [PastLine(Address(*line[:3]), *line[3:]) for line in commit["lines"]])
            for commit in segment["commits"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise StateCorrupt(f"{where} is not a segment; nothing was changed", hint=LOST) from error


def _line(line: StoredLine, cells: Cells, overlay: dict[Address, str | None]) -> list[object]:
    address = line.address
    before = overlay[address] if address in overlay else cells.get(address)
    overlay[address] = line.text
    kept = before if line.remembered else None
    return [str(address.kind), address.name, address.generation, kept, line.text]


LOST = "restore the missing or damaged object from the bucket's earlier versions"
