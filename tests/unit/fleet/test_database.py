"""What a database's first_line means, and which addresses are a fleet's."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from cloudwright.errors import ProgramError, StateError, StateUnavailable
from cloudwright.fleet.database import answering, driver_url, engine_at

if TYPE_CHECKING:
    from pathlib import Path


def shown(error: sa.exc.SQLAlchemyError) -> StateError:
    with pytest.raises(StateError) as caught, answering():
        raise error
    return caught.value


def first_line(kind: type[sa.exc.DBAPIError], original: Exception) -> StateError:
    return shown(kind("UPDATE cloudwright_runs SET x = %s", {"x": "canary"}, original))


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection is bad: no such file\nIs the server running?"),
        psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
        sqlite3.OperationalError("database is locked"),
    ],
)
def test_a_database_that_is_away_may_come_back(error: Exception) -> None:
    found = first_line(sa.exc.OperationalError, error)

    assert isinstance(found, StateUnavailable)
    assert str(error).splitlines()[0] in str(found)
    assert "canary" not in f"{found} {found.hint}"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (sa.exc.ProgrammingError, psycopg.errors.InsufficientPrivilege("permission denied for table cloudwright_runs")),
        (
            sa.exc.InternalError,
            psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE, it is read-only"),
        ),
        (sa.exc.ProgrammingError, psycopg.errors.InvalidSchemaName("no schema has been selected to create in")),
        (sa.exc.OperationalError, sqlite3.OperationalError("attempt to write a readonly database")),
    ],
)
def test_a_database_that_may_not_be_written_says_so_and_is_not_waited_for(
    kind: type[sa.exc.DBAPIError], error: Exception
) -> None:
    found = first_line(kind, error)

    assert not isinstance(found, StateUnavailable)
    assert str(found).startswith(f"the fleet's database may not be written: {error}")
    assert "GRANT ALL ON ALL TABLES IN SCHEMA public, dbos TO USER" in str(found.hint)


def test_anything_else_is_reported_without_its_statement() -> None:
    found = first_line(sa.exc.ProgrammingError, psycopg.errors.UndefinedTable("relation does not exist"))

    assert (type(found), str(found).splitlines()[0]) == (
        StateError,
        "the fleet's database refuses: relation does not exist",
    )


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgres://h/d"])
def test_postgresql_is_reached_by_psycopg(url: str) -> None:
    assert sa.make_url(driver_url(url)).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["fleet.db", "mysql://user:canary@host/db", ""])
def test_an_address_of_something_else_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ProgramError, match="is not the address of a fleet's database") as caught:
        engine_at(url)

    assert "canary" not in str(caught.value)
    assert "sqlite:///FILE or postgresql://" in str(caught.value.hint)


def test_a_file_that_somebody_writes_to_is_waited_for(tmp_path: Path) -> None:
    engine = engine_at(f"sqlite:///{tmp_path / 'fleet.db'}")
    with engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    engine.dispose()
