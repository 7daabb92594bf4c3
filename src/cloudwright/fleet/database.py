"""What a database error means: the database is unreachable for a while, or refuses permanently."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cloudwright.errors import ProgramError, StateError, StateUnavailable
from cloudwright.state.address import public

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME_ONE = "name one with --database: sqlite:///FILE or postgresql://..."
_ENGINES: Mapping[str, dict[str, int]] = {"sqlite": {"timeout": 30}, "postgresql": {}}
"""Supported databases -> connect arguments of the driver; `timeout`: seconds that SQLite waits for another writer."""

_GRANT = (
    "a fleet needs a user that may write: GRANT ALL ON SCHEMA public, dbos TO USER; "
    "GRANT ALL ON ALL TABLES IN SCHEMA public, dbos TO USER"
)
_MAY_NOT = {"42501", "25006", "3F000"}
"""PostgreSQL's codes of a missing privilege, of a read-only server, and of a schema that the user can't see."""

_LOCKED = "database is locked"


def driver_url(url: str) -> str:
    """The URL with the driver that this package depends on, psycopg 3.

    Args:
        url: `sqlite:///PATH` or `postgresql://...`.

    Raises:
        ProgramError: It is neither.
    """
    found = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    try:
        backend = sa.make_url(found).get_backend_name()
    except sa.exc.ArgumentError:
        backend = ""
    if backend not in _ENGINES:
        raise ProgramError(f"{public(url)!r} is not the address of a fleet's database", hint=_NAME_ONE)
    return found


def engine_at(url: str) -> sa.Engine:
    """An engine for the fleet's own tables.

    Args:
        url: As for `driver_url`.
    """
    found = driver_url(url)
    return sa.create_engine(found, connect_args=_ENGINES[sa.make_url(found).get_backend_name()])


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Translate database errors into errors with a hint.

    Raises:
        StateUnavailable: It does not answer; a retry may succeed.
        StateError: It rejects the request.
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise error_of(error) from None


def error_of(error: sa.exc.SQLAlchemyError) -> StateError:
    """The error to raise for a failure of the fleet's database."""
    message = first_line(error)
    if _may_not(error, message):
        return StateError(f"the fleet's database may not be written: {message}", hint=_GRANT)
    if message == _LOCKED:
        return StateUnavailable(
            f"the fleet's database can't be used: {message}", hint="another process uses it; try again"
        )
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return StateUnavailable(f"the fleet's database can't be used: {message}", hint=_NAME_ONE)
    return StateError(f"the fleet's database refuses: {message}", hint=_NAME_ONE)


def first_line(error: Exception) -> str:
    """The first line of a database error, without the statement and its values.

    Args:
        error: As the driver or SQLAlchemy raised it.
    """
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _may_not(error: sa.exc.SQLAlchemyError, message: str) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code in _MAY_NOT or re.search("readonly database", message) is not None
