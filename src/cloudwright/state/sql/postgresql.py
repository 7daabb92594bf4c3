"""States in a PostgreSQL database, for teams (extra `cloudwright[postgres]`).

Every call is one transaction that leaves nothing in the session: no prepared statements, no settings, no session locks.
So a pooler in transaction mode works, too. Writers of one state wait for each other at the
state's row, and every write is fenced by the lease.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cloudwright.clock import SystemClock
from cloudwright.errors import StateUnavailable
from cloudwright.state.address import public
from cloudwright.state.codec import FORMAT, check_format
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.retry import repeated
from cloudwright.state.sql.backend import SqlBackend
from cloudwright.state.sql.queries import pyformat, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import psycopg

    from cloudwright.clock import Clock
    from cloudwright.errors import LeaseLost
    from cloudwright.state.cells import Batch, StoredLine
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.snapshot import Neighbour, Snapshot
    from cloudwright.state.sql.backend import Cursor

_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""Seconds, the last in milliseconds (https://www.postgresql.org/docs/current/libpq-connect.html).

A network that drops packets reports nothing; without these a commit would wait for a quarter of an hour, far beyond its
lease."""

T = TypeVar("T")


class PostgresBackend(SqlBackend):
    """One state in a PostgreSQL database; implements `Backend`."""

    def __init__(self, url: str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened yet.

        Args:
            url: `postgresql://user@host/database`, with libpq's parameters.
            app: The app's name.
            stage: The stage's name.
            clock: Wall time of commits; the age of leases is measured by the server's clock.
        """
        super().__init__(pyformat("postgres"), app, stage, clock or SystemClock())
        self._psycopg = _driver()
        self._url = url
        parts = self._parsed(url)
        self._place = f"postgresql://{parts.get('host', 'localhost')}/{parts.get('dbname', '')}"
        self._patience = {name: value for name, value in _PATIENCE.items() if name not in parts}
        self._connection: psycopg.Connection[Any] | None = None
        self._ready = False
        self._reached = False

    @property
    def place(self) -> str:
        """The server and the database; user and password are left out."""
        return self._place

    def read(self) -> Snapshot:
        """A snapshot; an empty one if the tables or the state in them do not exist."""
        return self._repeated(super().read)

    def acquire(self, holder: Holder, ttl: float) -> Lease:
        """Take the lease; if the connection breaks during the call, find out whether it is ours."""

        def attempt() -> Lease:
            recorded = self.holder() if attempts else None
            attempts.append(recorded)
            # A holder names one process and one moment, so a lease with this holder is ours.
            return recorded if recorded and recorded.holder == holder else take(holder, ttl)

        attempts: list[Lease | None] = []
        take = super().acquire
        return self._repeated(attempt)

    def renew(self, lease: Lease) -> bool:
        """Renew the lease if it still holds."""
        return self._repeated(functools.partial(super().renew, lease))

    def holder(self) -> Lease | None:
        """The lease on record, live or expired."""
        return self._repeated(super().holder)

    def live_lease(self) -> Lease | None:
        """The lease on record, unless the next run may take it over."""
        return self._repeated(super().live_lease)

    def break_lease(self, lease_id: str, lines: tuple[StoredLine, ...] = ()) -> None:
        """Remove the lease of this id, if it is the one on record."""
        self._repeated(functools.partial(super().break_lease, lease_id, lines))

    def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        return self._repeated(super().history)

    def states(self) -> tuple[Neighbour, ...]:
        """All states in the database; an unreadable state is listed with its error."""
        return self._repeated(super().states)

    def commit(self, batches: Sequence[Batch]) -> list[int | LeaseLost]:
        """Write batches in one transaction.

        If the connection breaks during the call, find out whether it was committed.
        """
        mark = secrets.token_hex(16)
        results: list[int | LeaseLost] = []

        def attempt() -> list[int | LeaseLost]:
            if not results or not self._arrived(mark):
                results.clear()
                self._commit(batches, results, mark=mark)
            return results

        return self._repeated(attempt)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _repeated(self, call: Callable[[], T]) -> T:
        """Make a call, and retry it if its connection breaks, even while the server is unreachable.

        A server that can't be reached at the start is reported at once.
        """
        try:
            return call()
        except _ConnectionLost:
            return repeated(call, StateUnavailable, self._clock)

    def _user(self) -> str:
        return self._connection.info.user if self._connection is not None else ""

    def _parsed(self, url: str) -> Mapping[str, object]:
        try:
            return cast("Mapping[str, object]", self._psycopg.conninfo.conninfo_to_dict(url))
        except self._psycopg.ProgrammingError as error:
            # The driver's message may quote the address with its password.
            reason = str(error).partition(" in URI")[0].partition(': "')[0]
            raise StateUnavailable(
                f"{public(url)} is not the address of a PostgreSQL database: {reason}",
                hint="write postgresql://user@host/database, special characters as %XX",
            ) from None

    def _arrived(self, mark: str) -> bool:
        with self._writing() as cursor:
            found = self._one(cursor, "has_mark", app=self._app, stage=self._stage, mark=mark)
        return bool(found and found[0])

    def _reading(self) -> AbstractContextManager[Cursor]:
        return self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _writing(self) -> AbstractContextManager[Cursor]:
        return self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED")

    def _together(self) -> AbstractContextManager[object]:
        assert self._connection is not None
        return self._connection.pipeline()

    def _now(self, cursor: Cursor) -> float:
        return float(self._one(cursor, "read_clock")[0])

    def _absent(self) -> bool:
        if self._ready:
            return False
        with self._reading() as cursor:
            present = bool(self._one(cursor, "has_tables")[0])
            # An older format must be migrated, which only `acquire` may do, through `_create`.
            self._ready = present and self._version(cursor) == FORMAT
        return not self._ready

    def _create(self) -> None:
        with self._writing() as cursor:
            self._run(cursor, "lock_creation")
            present = bool(self._one(cursor, "has_tables")[0])
            for version in range(self._version(cursor) + 1 if present else 1, FORMAT + 1):
                cursor.execute(script("postgres", version), {})
                self._run(cursor, "set_format", version=version)
        self._ready = True

    def _version(self, cursor: Cursor) -> int:
        return check_format(self._one(cursor, "read_format")[0], f"the state in {self.place}")

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[Cursor]:
        with self._translated():
            cursor = self._begin(begin)
            try:
                yield cast("Cursor", cursor)
            except BaseException:
                with contextlib.suppress(self._psycopg.Error):
                    cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _begin(self, begin: str) -> psycopg.Cursor[Any]:
        cursor = self._connect().cursor()
        try:
            cursor.execute(begin)
        except self._psycopg.OperationalError:
            # The server or a pooler closed the idle connection; nothing was in progress on it.
            self.close()
            cursor = self._connect().cursor()
            cursor.execute(begin)
        return cursor

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            # Prepared statements belong to a server session, which a pooler lends to others.
            self._connection = self._psycopg.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,
                client_encoding="utf8",
                application_name="cloudwright",
                **self._patience,
            )
            self._reached = True
        return self._connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.errors.InsufficientPrivilege as error:
            raise StateUnavailable(
                f"{self.place}: {_first_line(error)}",
                hint=f"the database user {self._user()} needs CREATE on the schema once, then SELECT, INSERT, UPDATE "
                "and DELETE on the cw_ tables; to read a state, only SELECT",
            ) from error
        except self._psycopg.errors.ReadOnlySqlTransaction as error:
            hint = (
                "this server is a standby, or the user's default_transaction_read_only is on; name the primary, or all "
                "servers and ?target_session_attrs=read-write"
            )
            raise StateUnavailable(f"{self.place}: {_first_line(error)}", hint=hint) from error
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
            broken = self._connection.closed if self._connection is not None else self._reached
            self.close()
            kind, hint = (_ConnectionLost, _AGAIN) if broken else (StateUnavailable, _CONNECTING)
            raise kind(f"{self.place}: {_first_line(error)}", hint=hint) from error
        except self._psycopg.Error as error:
            hint = "the tables differ from those that cloudwright created; restore them from a backup"
            raise StateUnavailable(f"{self.place}: {_first_line(error)}", hint=hint) from error


_CONNECTING = (
    "check that the server runs, its address, and the credentials (PGPASSWORD and .pgpass are honoured); then run the "
    "command again: what a run began is in its journal"
)
_AGAIN = "check the network and the server, then run the command again: what a run began is in its journal"


class _ConnectionLost(StateUnavailable):
    """The connection broke, or the server became unreachable."""


def _driver() -> Any:
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError as error:
        raise StateUnavailable(
            "a state in PostgreSQL needs the psycopg package", hint="pip install 'cloudwright[postgres]'"
        ) from error
    return psycopg


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


class PostgresStore(HostedStore):
    """A `StateStore` in a PostgreSQL database, with its own connection and thread."""

    def __init__(self, url: str, app: str, stage: str, *, clock: Clock | None = None) -> None:
        """Name a state; nothing is opened yet.

        Args:
            url: `postgresql://user@host/database`, with libpq's parameters.
            app: The app's name.
            stage: The stage's name.
            clock: Tells the holder how old its last renewal is.
        """
        backend = PostgresBackend(url, app, stage, clock=clock)
        super().__init__(backend, clock=clock, thread=f"cloudwright state {app}/{stage}")
