"""States in an SQLite file: the default store. One file holds the states of many apps and stages.

WAL with synchronous=FULL: a commit that was acknowledged survives a power cut. Every write is one short
`BEGIN IMMEDIATE` transaction, and its cost depends on what it writes, not on what is there.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.clock import SystemClock
from cloudwright.errors import CloudwrightError, StateCorrupt, StateError, StateUnavailable
from cloudwright.os_errors import machine_error
from cloudwright.state import codec
from cloudwright.state.codec import FORMAT
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.leases.process_lock import ProcessLock, abandoned, last_beat, this_host
from cloudwright.state.leases.shared_folder import may_be_shared
from cloudwright.state.sql.backend import SqlBackend
from cloudwright.state.sql.queries import queries, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cloudwright.clock import Clock
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot

APPLICATION_ID = 0x436C5772
"""Marks the file as ours in SQLite's header (`PRAGMA application_id`)."""

BUSY = 30.0
"""Seconds that a run with a lease waits while another process writes: it must record what it did."""

FIRST_BUSY = 5.0
"""Seconds that a run waits before it has done anything. Runs write for milliseconds.

A database editor may never end.
"""


class SqliteBackend(SqlBackend):
    """One state in an SQLite file; implements `Backend`. Also a plain, blocking way to read a state."""

    def __init__(self, path: Path | str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened or created yet.

        Args:
            path: The file; created by the first `acquire`, together with its folder.
            app: The app's name.
            stage: The stage's name.
            clock: Measures the age of leases and commits; the machine's clock by default.
        """
        super().__init__(queries("sqlite"), app, stage, clock or SystemClock())
        self._path = Path(path)
        self._inode = 0
        self._connection: sqlite3.Connection | None = None
        self._guard: ProcessLock | None = None

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    def read(self) -> Snapshot:
        """A snapshot; an empty one if the file or the state in it does not exist."""
        try:
            return super().read()
        except StateCorrupt as error:
            place = str(self._path)
            raise error if place in error.message else StateCorrupt(f"{place}: {error.message}", hint=_UNDO) from error

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        uptime = self._clock.boot()
        renewed = super().renew(lease)
        if renewed and self._guard is not None and self._guard.path == self._guard_path(lease):
            self._guard.beat(uptime)
        return renewed

    def release(self, lease: Lease) -> None:
        """Remove the lease if it still holds."""
        super().release(lease)
        if self._guard is not None and self._guard.path == self._guard_path(lease):
            self._guard.remove()
            self._guard = None

    def close(self) -> None:
        """Close the file; a lease that was not released is free for the next run on this machine."""
        if self._guard is not None:
            self._guard.leave()
            self._guard = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _vacant(self, recorded: Lease, now: float) -> bool:
        """Expired, or its holder ran on this machine and has ended.

        On one machine the uptime measures the age of a renewal: its wall clock may be set at any moment. Machines that
        were resumed from one snapshot of memory share name and boot id, but not uptime and locks. So on a folder that
        they may share, a lease is vacant only if it has expired by both clocks.
        """
        guard = self._guard_path(recorded)
        old = super()._vacant(recorded, now)
        if recorded.holder.host != this_host():
            return old
        shared = may_be_shared(self._path.parent)
        if not shared and abandoned(guard):
            return True
        beat = last_beat(guard)
        age = -1.0 if beat is None else self._clock.boot() - beat
        if age < 0:  # a heartbeat from the future is not of this machine
            return old
        return age >= recorded.ttl and (old or not shared)

    def _claim(self, lease: Lease, former: Lease | None) -> None:
        if self._guard is not None:
            self._guard.remove()
        self._guard = ProcessLock(self._guard_path(lease), self._clock.boot())
        if self._connection is not None:
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY * 1000:.0f}")
        if former is not None:
            self._guard_path(former).unlink(missing_ok=True)

    def _guard_path(self, lease: Lease) -> Path:
        return self._path.with_name(f"{self._path.name}-run-{lease.id[:16]}")

    def _reading(self) -> AbstractContextManager[sqlite3.Cursor]:
        return self._transaction("BEGIN")

    def _writing(self) -> AbstractContextManager[sqlite3.Cursor]:
        return self._transaction("BEGIN IMMEDIATE")

    def _absent(self) -> bool:
        if self._connection is not None:
            return False
        with self._translated():
            return not self._path.exists()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Cursor]:
        with self._translated():
            connection = self._connection = self._connection or self._connect()
            self._check_file(connection)
            cursor = connection.cursor()
            cursor.execute(begin)
            try:
                yield cursor
                cursor.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    cursor.execute("ROLLBACK")
                cursor.close()

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: opening never creates a file, so a lost state can't be mistaken for an empty one.
        if self._path.exists() and not self._path.stat().st_size:
            raise StateCorrupt(f"{self._path} is empty; nothing was changed", hint=_LOST)
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=FIRST_BUSY)
        try:
            connection.isolation_level = None
            self._check_version(connection)
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        self._inode = self._path.stat().st_ino
        return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION_ID:
            raise StateCorrupt(f"{self._path} is a database, but no cloudwright state; nothing was changed", hint=_LOST)
        _migrate(connection, codec.check_format(version, str(self._path)))

    def _check_file(self, connection: sqlite3.Connection) -> None:
        try:
            unchanged = self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            unchanged = False
        if not unchanged:
            connection.close()
            self._connection = None
            raise StateUnavailable(f"{self._path} was removed or replaced while it was in use", hint=_LOST)

    def _create(self) -> None:
        """Create the complete file under another name first, so that an incomplete one is never visible."""
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        with self._translated():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            try:
                _fill(draft)
                with contextlib.suppress(FileExistsError):
                    os.link(draft, self._path)
                _sync_folder(self._path.parent)
            finally:
                draft.unlink()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except CloudwrightError:
            raise
        except sqlite3.Error as error:
            raise self._explain(error) from error
        except OSError as error:
            place = str(self._path)
            raise machine_error(error, place, StateUnavailable, path=self._path, elsewhere=_ELSEWHERE) from error

    def _explain(self, error: sqlite3.Error) -> StateError:
        # Primary result codes of https://www.sqlite.org/rescode.html; the extended ones carry more bits above.
        code: Any = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if (code & 0xFF) in _ADVICE:
            return StateUnavailable(f"{self._path}: {error}", hint=_ADVICE[code & 0xFF].format(self._path))
        return StateCorrupt(f"{self._path} can't be read: {error}; nothing was changed", hint=_LOST)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for newer in range(version + 1, FORMAT + 1):
        connection.executescript(f"BEGIN; {script('sqlite', newer)}; PRAGMA user_version = {newer}; COMMIT;")


def _fill(draft: Path) -> None:
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _migrate(connection, 0)
    finally:
        connection.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_LOST = (
    "restore the file from a backup; without one, `cloudwright import FILE KEY IDENTIFIER` brings back what lives in "
    "the account"
)
_UNDO = (
    "undo the edit: table `cw_past` of the file keeps every record as it was written (column `after`); "
    "or restore the file from a backup"
)
_ELSEWHERE = "name another place: App(..., state=...), $CLOUDWRIGHT_STATE"
_WRITABLE = "make {} and its folder writable, or " + _ELSEWHERE
_LOCKED = (
    "another program has {} in an open transaction: commit or close it there (`fuser` with the file's path shows which "
    "program it is), then run the command again"
)
_ADVICE = {
    sqlite3.SQLITE_PERM: _WRITABLE,
    sqlite3.SQLITE_READONLY: _WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _WRITABLE,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: "free some space on the disk of {}; the state is as it was before",
    sqlite3.SQLITE_IOERR: "check the disk of {}; the state is as it was before",
    sqlite3.SQLITE_PROTOCOL: "{} seems to be on a network drive; SQLite needs a local disk",
}


class SqliteStore(HostedStore):
    """A `StateStore` in an SQLite file, with a writer thread of its own."""

    def __init__(self, path: Path | str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened or made yet.

        Args:
            path: The file; made by the first `acquire` (0600), together with its folder (0700).
            app: The app's name.
            stage: The stage's name.
            clock: Measures the age of leases and commits; the machine's clock by default.
        """
        backend = SqliteBackend(path, app, stage, clock=clock)
        super().__init__(backend, clock=clock, thread=f"cloudwright state {app}/{stage}")
