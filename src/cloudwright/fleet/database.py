"""What a database's complaint means: it is away and will come back, or it refuses for good."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cloudwright.errors import StateError, StateUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME_ONE = "name one with --database: sqlite:///FILE or postgresql://..."
_GRANT = (
    "a fleet needs a user that may write: GRANT ALL ON SCHEMA public, dbos TO USER; "
    "GRANT ALL ON ALL TABLES IN SCHEMA public, dbos TO USER"
)
_MAY_NOT = {"42501", "25006"}
"""PostgreSQL's codes of a missing privilege and of a read-only server."""


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn what a database complains of into words with a way out.

    Raises:
        StateUnavailable: It does not answer, and may do so later.
        StateError: It answers, and refuses.
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise error_of(error) from None


def error_of(error: sa.exc.SQLAlchemyError) -> StateError:
    """The error that says what is wrong with the fleet's database.

    Args:
        error: As SQLAlchemy raised it.
    """
    told = complaint(error)
    if _may_not(error, told):
        return StateError(f"the fleet's database may not be written: {told}", hint=_GRANT)
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return StateUnavailable(f"the fleet's database can't be used: {told}", hint=_NAME_ONE)
    return StateError(f"the fleet's database refuses: {told}", hint=_NAME_ONE)


def complaint(error: Exception) -> str:
    """The first line of a database's complaint, without the statement and its values.

    Args:
        error: As the driver or SQLAlchemy raised it.
    """
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _may_not(error: sa.exc.SQLAlchemyError, told: str) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code in _MAY_NOT or re.search("readonly database", told) is not None
