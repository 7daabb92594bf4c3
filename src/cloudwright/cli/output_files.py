"""Files that a command writes for its user."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cloudwright.errors import CloudwrightError
from cloudwright.os_errors import machine_error


def write_text(place: str, text: str, *, mode: int = 0o644) -> None:
    """Write a file atomically: a concurrent reader sees the old one.

    Args:
        place: Its path; the folder must exist.
        text: Written as UTF-8.
        mode: Of the file, before the user's umask.

    Raises:
        CloudwrightError: It can't be written.
    """
    path = Path(place)
    if path.is_dir():
        raise CloudwrightError(f"{place} is a folder", hint=f"name a file in it: {path / 'FILE'}")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(mode & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise machine_error(error, f"{place} can't be written", path=path) from error


def _umask() -> int:
    # There is no way to read it but to set it.
    current = os.umask(0o077)
    os.umask(current)
    return current
