"""A lock of the operating system that tells whether the holder of a lease on this machine is still alive.

A lease alone must be waited out after a crash. The system drops this lock together with the process, whatever
killed it, so the next run on the same machine goes on at once. It decides nothing else: every write is fenced.
"""

from __future__ import annotations

import os
import secrets
import uuid
from typing import TYPE_CHECKING

from cloudwright.clock import boot_id

if TYPE_CHECKING:
    from pathlib import Path


class Guard:
    """An exclusive lock on a file that belongs to one lease; never blocks."""

    def __init__(self, path: Path, uptime: float) -> None:
        """Make the file and lock it, where the system has such locks.

        Args:
            path: A file that exists for this lease alone.
            uptime: Seconds since this machine booted.
        """
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        _lock(self._descriptor)
        self.beat(uptime)

    def beat(self, uptime: float) -> None:
        """Write down a sign of life by a clock that nobody sets.

        Args:
            uptime: Seconds since this machine booted.
        """
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, f"{this_boot()} {uptime:020.3f} {this_machine()}".encode())

    def remove(self) -> None:
        """Remove the file, since its lease is over."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def leave(self) -> None:
        """Give the lock back while the lease stays on record, as the end of the process would."""
        os.close(self._descriptor)


def abandoned(path: Path) -> bool:
    """Whether the process that made this lock is gone; `False` if that can't be told.

    A shared folder may keep locks for each machine alone, or none, and machines may share a name: only what the
    lock's own machine says about it counts.

    Args:
        path: The file of the lease in question.
    """
    if _machine_of(path) != this_machine():
        return False
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return _lock(descriptor)
    finally:
        os.close(descriptor)


def last_beat(path: Path) -> float | None:
    """The uptime of this machine at the last sign of life; `None` if that can't be told, as after a reboot.

    Args:
        path: The file of the lease in question.
    """
    try:
        boot, uptime, *_ = path.read_text("ascii").split()
        return float(uptime) if boot == this_boot() else None
    except (OSError, ValueError):
        return None


def this_boot() -> str:
    """What names the time since this machine booted; its clock can't be compared with that of another one."""
    return boot_id() or secrets.token_hex(16)


def this_machine() -> str:
    """What no other machine is called: its boot, or where the system does not name that, its hardware address."""
    if (boot := boot_id()) is not None:
        return boot
    address = uuid.getnode()
    # RFC 9562, 6.10: where no hardware address can be found, a random one with this bit is given.
    invented = address >> 40 & 1
    return secrets.token_hex(16) if invented else f"{address:012x}"


def _machine_of(path: Path) -> str:
    """The machine that made a lock; earlier versions wrote its boot alone."""
    try:
        boot, _, *machine = path.read_text("ascii").split()
    except (OSError, ValueError):
        return ""
    return machine[0] if machine else boot


def this_host() -> str:
    """This machine's name, as a `Holder` names it."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
