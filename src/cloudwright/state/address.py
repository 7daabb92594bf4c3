"""The address of a state: parsed, made absolute, and shown without its password."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cloudwright.errors import StateUnavailable
from cloudwright.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PATH = Path(".cloudwright") / "state.db"
"""The default address of a state, relative to the program file."""


_PASSWORD = re.compile(r"(://[^:@/?#]*:)[^/?#]+(?=@)|([?&]password=)[^&#]+")
"""The password in `//user:PASSWORD@host` and in `?password=PASSWORD`; libpq reads both."""


def state_url(given: str | None, *, folder: Path, environ: Mapping[str, str]) -> str:
    """The address that the program, the environment or the default names, in this order.

    Args:
        given: `App(..., state=...)`.
        folder: Where the program file is.
        environ: The environment variables (`CLOUDWRIGHT_STATE`, `CI`).

    Raises:
        StateUnavailable: This is a CI machine, and no address is configured: a file there is deleted after the job, and
            the next run would create everything again.
    """
    named = given or environ.get("CLOUDWRIGHT_STATE")
    if named:
        return named
    if environ.get("CI", "").lower() not in {"", "0", "false"}:
        raise StateUnavailable(
            "this is a CI machine ($CI is set), and the state would be a file that is deleted after the job",
            hint=(
                "share the state: CLOUDWRIGHT_STATE=s3://bucket/prefix or postgresql://...; "
                f"or, if the file is kept, say so: CLOUDWRIGHT_STATE={DEFAULT_PATH}"
            ),
        )
    return str(folder / DEFAULT_PATH)


def anchored(url: str, folder: Path) -> str:
    """The address with a relative path made absolute, so that it names the same file wherever the command runs.

    Args:
        url: As the user wrote it.
        folder: The base of relative paths.
    """
    if "://" in url:
        return url
    return str(folder / Path(url).expanduser())


def place_of(url: str) -> str:
    """The address in a normal form, without I/O: file paths resolved, no trailing slash.

    Args:
        url: As for `open_store`.
    """
    if url.startswith("sqlite://") or "://" not in url:
        return str(_path(url).resolve())
    return url.rstrip("/")


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """The two parts of `s3://bucket/prefix`.

    Raises:
        StateUnavailable: It names no bucket.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise StateUnavailable(f"{url} names no bucket", hint="write s3://bucket/prefix")
    return bucket, prefix.strip("/")


def described(url: str) -> str:
    """Describe what `state init` would create."""
    if url.startswith("s3://"):
        bucket, _ = bucket_and_prefix(url)
        return f"S3 bucket {bucket}: created if it does not exist, then made private, versioned and encrypted"
    if url.startswith(("postgresql://", "postgres://")):
        return f"{public(url)}: the tables cw_state, cw_cell, cw_lease, cw_past and cw_format"
    return f"{public(url)}: a file that only you can read"


def public(url: str) -> str:
    """The address without its password, for messages. Other texts stay as they are.

    Args:
        url: An address, or an option that holds one.
    """
    return _PASSWORD.sub(rf"\1\2{MASK}", url)


def _path(url: str) -> Path:
    if "://" not in url:
        return Path(url).expanduser()
    path = unquote(url.removeprefix("sqlite://"))
    if not path.strip("/"):
        raise StateUnavailable(f"{url} names no file", hint="write sqlite:///absolute/path or a plain path")
    return Path(path)
