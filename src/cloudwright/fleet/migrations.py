"""The schema of the fleet's own tables: created, migrated one version at a time, and refused if it is newer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cloudwright.state.codec import check_format
from cloudwright.state.sql.queries import script

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 2
"""Schema version that this code writes."""

_FORMAT = sa.Table("cloudwright_format", sa.MetaData(), sa.Column("version", sa.Integer, nullable=False))
_ALONE = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("BEGIN", "SELECT pg_advisory_xact_lock(4857632108292)"),
}
"""Statements that begin a transaction in which no other process creates or migrates the tables."""


def migrate(engine: sa.Engine) -> None:
    """Create missing tables and migrate older ones; a current schema costs one query.

    Args:
        engine: The fleet's database.

    Raises:
        StateTooNew: A newer cloudwright created them; nothing was changed.
    """
    if _version(engine) == FORMAT:
        return
    with _alone(engine) as db:
        # Another process may have migrated the tables while this one waited.
        for newer in range(_version(engine, db) + 1, FORMAT + 1):
            for statement in _statements(engine.dialect.name, newer):
                db.exec_driver_sql(statement)
            db.execute(_FORMAT.update().values(version=newer))


def _version(engine: sa.Engine, db: sa.Connection | None = None) -> int:
    """The schema version; 0 if there are no tables, or only ones from before versions were recorded."""
    with contextlib.nullcontext(db) if db else engine.connect() as connection:
        if not sa.inspect(connection).has_table(_FORMAT.name):
            return 0
        found = connection.execute(sa.select(_FORMAT.c.version)).scalar()
    return check_format(found, "the fleet's database", FORMAT)


@contextlib.contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for statement in _ALONE[engine.dialect.name]:
            db.exec_driver_sql(statement)
        try:
            yield db
        except BaseException:
            db.exec_driver_sql("ROLLBACK")
            raise
        db.exec_driver_sql("COMMIT")


def _statements(dialect: str, version: int) -> list[str]:
    text = script(dialect, version, "cloudwright.fleet")
    return [statement for part in text.split(";\n") if (statement := part.strip())]
