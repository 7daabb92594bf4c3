"""What the SQL stores share: the statements of one state, independent of the database."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cloudwright.errors import StateCorrupt, StateError
from cloudwright.state import codec
from cloudwright.state.cells import Address, Batch, CellKind, assemble, audit_lines, uses_in
from cloudwright.state.history import HISTORY, PastCommit, PastLine
from cloudwright.state.leases.lease import expired, lease_lost, lock_held, new_lease, renewed, same
from cloudwright.state.snapshot import Neighbour, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from cloudwright.clock import Clock
    from cloudwright.errors import LeaseLost
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.cells import StoredLine
    from cloudwright.state.leases.lease import Holder, Lease


class Cursor(Protocol):
    """The part of a DB-API cursor that is used here."""

    def execute(self, query: str, params: Mapping[str, object], /) -> Any:
        """Run one statement."""
        ...

    def executemany(self, query: str, params: Sequence[Mapping[str, object]], /) -> Any:
        """Run one statement for each of many sets of values."""
        ...

    def fetchone(self) -> Any:
        """The next row, or `None`."""
        ...

    def fetchall(self) -> Any:
        """All rows."""
        ...


def _neighbour(app: str, stage: str, outputs: str | None) -> Neighbour:
    try:
        return Neighbour(app, stage, uses_in(outputs) if outputs else ())
    except StateError as error:
        return Neighbour(app, stage, damage=error.message)


class _Row(NamedTuple):
    id: int
    serial: int
    fence: int


class SqlBackend(ABC):
    """One state in an SQL database; implements `Backend` except for the connection."""

    def __init__(self, sql: Mapping[str, str], app: str, stage: str, clock: Clock) -> None:
        """Name a state.

        Args:
            sql: The database's statements by name.
            app: The app's name.
            stage: The stage's name.
            clock: The time of commits.
        """
        self._app = app
        self._stage = stage
        self._clock = clock
        self._sql = sql
        self._last_read = (Snapshot(app=app, stage=stage), dict[Address, str]())

    @property
    @abstractmethod
    def place(self) -> str:
        """The address of the database without its password."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Cursor]:
        """A read-only transaction over one snapshot of the database."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Cursor]:
        """A transaction; after `lock_state` nobody else writes this state until it ends."""

    @abstractmethod
    def _absent(self) -> bool:
        """Whether there is no database yet; only `acquire` may create one."""

    @abstractmethod
    def _create(self) -> None:
        """Create the database."""

    def _now(self, cursor: Cursor) -> float:  # noqa: ARG002 - a server's clock is read through the cursor
        """Seconds since the epoch by the clock that all users of the database share."""
        return self._clock.now()

    def read(self) -> Snapshot:
        """A snapshot; an empty one if the database or the state in it does not exist."""
        if self._absent():
            return Snapshot(app=self._app, stage=self._stage)
        with self._reading() as cursor:
            row = self._find(cursor)
            rows = self._all(cursor, "read_cells", state=row.id) if row else []
            if row and not any(kind == CellKind.RECORD for kind, *_ in rows):
                self._check_emptied(cursor, row)
        return self._assembled(row.serial if row else 0, {Address(*names): body for *names, body in rows})

    def _assembled(self, serial: int, cells: dict[Address, str]) -> Snapshot:
        """A run reads its state before and after it takes the lease; usually nothing has changed in between."""
        snapshot, before = self._last_read
        if serial != snapshot.serial or cells != before:
            snapshot = assemble(self._app, self._stage, serial, cells)
            self._last_read = snapshot, cells
        return snapshot

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease, or raise `LockHeld`; creates the database if there is none."""
        if self._absent():
            self._create()
        with self._writing() as cursor:
            self._run(cursor, "add_state", app=self._app, stage=self._stage)
            row, now = self._lock(cursor), self._now(cursor)
            assert row is not None
            recorded = self._lease(cursor, row)
            if recorded is not None and not self._vacant(recorded, now):
                raise lock_held(recorded, self._app, self._stage, now)
            lease = new_lease(holder, ttl=ttl, fence=row.fence + 1, now=now)
            self._claim(lease, recorded)
            self._run(cursor, "set_fence", state=row.id, fence=lease.fence)
            self._put_lease(cursor, row, lease)
        return lease

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        with self._writing() as cursor:
            row = self._lock(cursor)
            if row is None or not same(self._lease(cursor, row), lease):
                return False
            self._put_lease(cursor, row, renewed(lease, self._now(cursor)))
        return True

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches in one transaction, each fenced by itself."""
        results: list[int | LeaseLost] = []
        self._commit(batches, results, mark="")
        return results

    def _commit(self, batches: Sequence[Batch], results: list[int | LeaseLost], *, mark: str) -> None:
        with self._writing() as cursor:
            row = self._lock(cursor)
            recorded = self._lease(cursor, row) if row else None
            with self._together():
                for batch in batches:
                    if row is None or not same(recorded, batch.lease):
                        results.append(lease_lost(batch.lease, recorded))
                        continue
                    row = row._replace(serial=row.serial + batch.step)
                    self._write(cursor, row, batch)
                    results.append(row.serial)
                if row is not None:
                    self._run(cursor, "set_serial", state=row.id, serial=row.serial, mark=mark)
                    self._run(cursor, "prune_past", state=row.id, serial=row.serial - HISTORY)

    def release(self, lease: Lease) -> None:
        """Remove the lease if it still holds."""
        self.break_lease(lease.id)

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id, if it is the one on record."""
        if self._absent():
            return
        with self._writing() as cursor:
            row = self._lock(cursor)
            recorded = self._lease(cursor, row) if row else None
            if row is not None and recorded is not None and recorded.id == lease_id:
                self._run(cursor, "drop_lease", state=row.id)
                self._write(cursor, row, Batch(recorded, lines))

    def holder(self) -> Lease | None:
        """The lease on record, live or expired."""
        if self._absent():
            return None
        with self._reading() as cursor:
            row = self._find(cursor)
            return self._lease(cursor, row) if row else None

    def live_lease(self) -> Lease | None:
        """The lease on record, unless the next run may take it over."""
        if self._absent():
            return None
        with self._reading() as cursor:
            row = self._find(cursor)
            recorded = self._lease(cursor, row) if row else None
            return None if recorded is None or self._vacant(recorded, self._now(cursor)) else recorded

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        if self._absent():
            return ()
        with self._reading() as cursor:
            row = self._find(cursor)
            lines = self._all(cursor, "read_past", state=row.id) if row else []
        return tuple(
            PastCommit(
                serial=serial,
                at=at,
                author=author,
                command=command,
                lines=tuple(PastLine(Address(*line[4:7]), *line[7:]) for line in commit),
            )
            for (serial, at, author, command), commit in itertools.groupby(lines, key=lambda line: line[:4])
        )

    def audit(self) -> tuple[AuditLine, ...]:
        """What runs changed, oldest first."""
        if self._absent():
            return ()
        with self._reading() as cursor:
            row = self._find(cursor)
            rows = self._all(cursor, "read_audit", state=row.id) if row else []
        return audit_lines((body for (body,) in rows), f"{self._app}/{self._stage}")

    def states(self) -> tuple[Neighbour, ...]:
        """All states in the database."""
        if self._absent():
            return ()
        with self._reading() as cursor:
            rows = self._all(cursor, "list_states")
        return tuple(_neighbour(*row) for row in rows)

    def read_other(self, app: str, stage: str) -> Snapshot:
        """A snapshot of another state in the database, through the same connection."""
        other = copy(self)
        other._app, other._stage = app, stage  # noqa: SLF001 - of the same class
        other._last_read = (Snapshot(app=app, stage=stage), {})  # noqa: SLF001
        return other.read()

    def prepare(self) -> None:
        """Create the database's file or tables."""
        if self._absent():
            self._create()

    def _vacant(self, recorded: Lease, now: float) -> bool:
        """Whether a lease on record may be taken over."""
        return expired(recorded, now)

    def _together(self) -> AbstractContextManager[object]:
        """Pipeline the statements inside: the next one is sent before the answer to the previous one."""
        return nullcontext()

    def _claim(self, lease: Lease, former: Lease | None) -> None:  # noqa: B027 - a hook with nothing to do by default
        """Called within the transaction that records a lease, for stores that watch its holder."""

    def _write(self, cursor: Cursor, row: _Row, batch: Batch) -> None:
        holder = batch.lease.holder
        shared = {
            "state": row.id,
            "serial": row.serial,
            "at": self._clock.now(),
            "author": f"{holder.user}@{holder.host}",
            "command": holder.command,
        }
        lines = [
            (line, {**shared, **line.address._asdict(), "kind": str(line.address.kind), "position": position})
            for position, line in enumerate(batch.lines)
        ]
        # The history stores the previous text, so two lines for one cell can't be written in one statement.
        distinct = len({line.address for line in batch.lines}) == len(lines)
        for group in [lines] if distinct else [[line] for line in lines]:
            self._write_group(cursor, group)

    def _write_group(self, cursor: Cursor, group: Sequence[tuple[StoredLine, dict[str, object]]]) -> None:
        past = [{**values, "after": line.text} for line, values in group if line.remembered]
        put = [{**values, "body": line.text} for line, values in group if line.text is not None]
        dropped = [values for line, values in group if line.text is None]
        for query, many in (("add_past", past), ("put_cell", put), ("drop_cell", dropped)):
            if many:
                cursor.executemany(self._sql[query], many)

    def _check_emptied(self, cursor: Cursor, row: _Row) -> None:
        """Reject a state without records whose history lists some: a deploy would create everything again."""
        [remembered] = self._one(cursor, "count_remembered", state=row.id)
        if remembered:
            raise StateCorrupt(
                f"{self.place}: the records of {self._app}/{self._stage} are missing from the table cw_cell, "
                f"but according to its history there are {remembered}; nothing was changed",
                hint="restore the database from a backup, or fill cw_cell from cw_past, whose column `after` keeps "
                "each record as it was written",
            )

    def _find(self, cursor: Cursor) -> _Row | None:
        found = self._one(cursor, "find_state", app=self._app, stage=self._stage)
        return _Row(*found) if found else None

    def _lock(self, cursor: Cursor) -> _Row | None:
        found = self._one(cursor, "lock_state", app=self._app, stage=self._stage)
        return _Row(*found) if found else None

    def _lease(self, cursor: Cursor, row: _Row) -> Lease | None:
        found = self._one(cursor, "read_lease", state=row.id)
        where = f"the lease of {self._app}/{self._stage}"
        return codec.decode_lease(codec.loads(found[0], where), where) if found else None

    def _put_lease(self, cursor: Cursor, row: _Row, lease: Lease) -> None:
        self._run(cursor, "put_lease", state=row.id, body=codec.dumps(codec.encode_lease(lease)))

    def _run(self, cursor: Cursor, query: str, /, **values: object) -> None:
        cursor.execute(self._sql[query], values)

    def _one(self, cursor: Cursor, query: str, /, **values: object) -> Any:
        self._run(cursor, query, **values)
        return cursor.fetchone()

    def _all(self, cursor: Cursor, query: str, /, **values: object) -> Any:
        self._run(cursor, query, **values)
        return cursor.fetchall()
