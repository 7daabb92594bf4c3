"""What the user's machine refuses (no right, no space, something in the way), as an error with the way out."""

from __future__ import annotations

import errno
from pathlib import Path

from cloudwright.errors import CloudwrightError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LOCKED = frozenset({errno.EACCES, errno.EPERM})
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EEXIST})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})


def machine_error(
    error: OSError,
    what: str,
    kind: type[CloudwrightError] = CloudwrightError,
    *,
    path: Path | None = None,
    elsewhere: str = "",
) -> CloudwrightError:
    """One line on what the machine refused, and its way out.

    Args:
        error: What the system said.
        what: The sentence's beginning, such as `plan.md can't be written`.
        kind: The class of the error.
        path: The file that it is about; by default the one that the error names.
        elsewhere: What else the user may do, such as `name another file: -o FILE`.
    """
    named = error.filename if isinstance(error.filename, str) else None
    return kind(
        f"{what}: {error.strerror or type(error).__name__}", hint=_hint(error, path or Path(named or "."), elsewhere)
    )


def _hint(error: OSError, path: Path, elsewhere: str) -> str:
    out = hint_for(error.errno, path)
    return f"{out}; or {elsewhere}" if elsewhere else out


def hint_for(number: int | None, path: Path) -> str:
    """What the user can do about an error of the operating system.

    Args:
        number: Its `errno`.
        path: The file that it is about.
    """
    if number in _FULL:
        return f"free some space (or raise the quota) on the disk of {path}"
    if number in _TOO_MANY:
        return "raise the limit on open files: `ulimit -n 4096`"
    if number == errno.EFBIG:
        return "raise the limit on the size of files (`ulimit -f`)"
    if number == errno.EISDIR:
        return f"{path} is a folder: move it away"
    if number in _IN_THE_WAY:
        return f"{_obstacle(path)} is in the way: move it elsewhere"
    if number == errno.ENOENT and _is_folder(path.parent):
        return f"name another file: there is no {path}"  # or its folder takes no new ones, as /proc
    if number == errno.ENOENT:
        return f"make the folder {path.parent}"
    if number == errno.EROFS:
        return f"{path.absolute().parent} is mounted read-only: work in a copy of the folder that you may write"
    if number in _LOCKED:
        return f"let this user read and write {path} and its folder"
    return f"check {path} and its disk"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _obstacle(path: Path) -> Path:
    """A file where a folder should be."""
    for place in (*reversed(path.parents), path):
        try:
            if place.exists() and not place.is_dir():
                return place
        except OSError:
            break
    return path
