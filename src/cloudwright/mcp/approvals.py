"""Approvals of saved plans: given by a person on a terminal, used once by the tool `deploy`.

An approval is a file outside of every served folder, named by the SHA-256 of the plan file's bytes. No tool writes
there, so a model that has only the tools can't approve a plan.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.errors import ConsentNeeded
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Mapping

LIFETIME = 3600.0
"""Seconds for which an approval can be used."""


def approvals_folder(environ: Mapping[str, str]) -> Path:
    """Where approvals are kept: `cloudwright/approvals` in `$XDG_STATE_HOME`, by default `~/.local/state`."""
    named = environ.get("XDG_STATE_HOME")
    return (Path(named) if named else Path.home() / ".local" / "state").resolve() / "cloudwright" / "approvals"


def approve(folder: Path, plan: bytes) -> Path:
    """Record that a person approved a plan.

    Args:
        folder: Where approvals are kept; made if it is missing, for its owner only.
        plan: The bytes of the plan file that was shown.

    Returns:
        The approval's file.

    Raises:
        ConsentNeeded: The file can't be written.
    """
    file = _file(folder, plan)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise machine_error(error, "the approval can't be written", ConsentNeeded, path=file) from error
    return file


def use(folder: Path, plan: bytes, *, name: str) -> None:
    """Use up the approval of a plan; of two simultaneous uses one succeeds.

    Args:
        folder: Where approvals are kept.
        plan: The bytes of the plan file.
        name: How the user names the plan file.

    Raises:
        ConsentNeeded: Nobody approved these bytes within the last hour, or the approval was used before.
    """
    file = _file(folder, plan)
    try:
        given = file.stat().st_mtime
        file.unlink()
    except FileNotFoundError:
        given = 0.0
    except OSError as error:
        raise machine_error(error, "the approval can't be read", ConsentNeeded, path=file) from error
    if not 0 <= time.time() - given <= LIFETIME:
        raise ConsentNeeded(
            f"nobody has approved {name} in its current form; nothing was changed",
            hint=f"ask the user to run this in a terminal: cloudwright approve {name}",
        )


def _file(folder: Path, plan: bytes) -> Path:
    return folder / hashlib.sha256(plan).hexdigest()
