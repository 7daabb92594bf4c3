"""SQL from `.sql` files, by name."""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def script(database: str, version: int, package: str = "cloudwright.state") -> str:
    """The statements that migrate a database to a format version from the one before.

    Args:
        database: `sqlite` or `postgres`.
        version: The new version.
        package: The package that owns the tables.
    """
    return _text(f"{database}/{version:03}.sql", package)


@cache
def queries(database: str) -> Mapping[str, str]:
    """Name -> statement: those for all databases, and the database's own.

    Args:
        database: `sqlite` or `postgres`.
    """
    return {**_blocks("queries.sql"), **_blocks(f"{database}/queries.sql")}


@cache
def pyformat(database: str) -> Mapping[str, str]:
    """The same with `%(name)s` in place of `:name`, as PostgreSQL's driver expects them.

    Args:
        database: `sqlite` or `postgres`.
    """
    return {name: re.sub(r"(?<!:):(\w+)", r"%(\1)s", text) for name, text in queries(database).items()}


def _blocks(path: str) -> dict[str, str]:
    # A block starts with `-- name: NAME` and a sentence that says what it is for.
    blocks = _text(path).split("-- name: ")[1:]
    return {name.strip(): body.strip().rstrip(";") for name, _, body in (block.partition("\n") for block in blocks)}


def _text(path: str, package: str = "cloudwright.state") -> str:
    data = pkgutil.get_data(package, f"sql/{path}")
    assert data is not None, path
    return data.decode()
