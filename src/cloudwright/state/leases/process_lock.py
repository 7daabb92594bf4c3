"""A lock of the operating system that shows whether the holder of a lease on this machine is still alive.

A lease alone must be waited out after a crash. The system drops this lock together with the process, whatever
killed it, so the next run on the same machine starts at once. It decides nothing else: every write is fenced.
"""

from __future__ import annotations

import os
import secrets
import uuid
from typing import TYPE_CHECKING

from cloudwright.clock import boot_id

if TYPE_CHECKING:
    from pathlib import Path

_UNLOCKED = "unlocked"
"""In place of a mount on which locks don't exclude each other."""


class ProcessLock:
    """An exclusive lock on a file that belongs to one lease; never blocks."""

    def __init__(self, path: Path, uptime: float) -> None:
        """Create the file and lock it, if the system has such locks.

        Args:
            path: A file that exists for this lease alone.
            uptime: Seconds since this machine booted.
        """
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._mount = _mount_of(self._descriptor) if self._is_exclusive() else _UNLOCKED
        self.beat(uptime)

    def beat(self, uptime: float) -> None:
        """Record a heartbeat by the uptime, a clock that nobody can set.

        Args:
            uptime: Seconds since this machine booted.
        """
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, f"{this_boot()} {uptime:020.3f} {this_machine()} {self._mount}".encode())

    def _is_exclusive(self) -> bool:
        """Take the lock; whether a second one is refused, which some network folders and container mounts don't do."""
        if not _lock(self._descriptor):
            return False
        second = os.open(self.path, os.O_RDWR)
        try:
            refused = not _lock(second)
        finally:
            os.close(second)
        # Where locks belong to the process, closing the second descriptor has dropped the first one's.
        return refused and _lock(self._descriptor)

    def remove(self) -> None:
        """Remove the file; its lease has ended."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def leave(self) -> None:
        """Release the lock while the lease stays on record, as the end of the process would."""
        os.close(self._descriptor)


def abandoned(path: Path) -> bool:
    """Whether the process that created this lock has ended; `False` if that is unknown.

    A network folder may keep locks for each mount separately, or not at all, and machines may share a name. So only the
    lock's own machine can answer, through the same mount, and only if its holder saw that a second lock is refused.

    Args:
        path: The file of the lease in question.
    """
    machine, mount = _origin_of(path)
    if machine != this_machine():
        return False
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return mount == _mount_of(descriptor) and _lock(descriptor)
    finally:
        os.close(descriptor)


def last_beat(path: Path) -> float | None:
    """The uptime of this machine at the last heartbeat; `None` if that is unknown, as after a reboot.

    Args:
        path: The file of the lease in question.
    """
    try:
        boot, uptime, *_ = path.read_text("ascii").split()
        return float(uptime) if boot == this_boot() else None
    except (OSError, ValueError):
        return None


def this_boot() -> str:
    """The id of this boot; uptimes of different boots can't be compared."""
    return boot_id() or secrets.token_hex(16)


def this_machine() -> str:
    """A unique id of this machine: its boot id, or its hardware address if the system has none."""
    if (boot := boot_id()) is not None:
        return boot
    address = uuid.getnode()
    # RFC 9562, 6.10: where no hardware address can be found, a random one with this bit is given.
    invented = address >> 40 & 1
    return secrets.token_hex(16) if invented else f"{address:012x}"


def _origin_of(path: Path) -> tuple[str, str]:
    """The machine that created a lock, and the mount that it was proved on; empty for one of an earlier version."""
    try:
        _, _, machine, mount = path.read_text("ascii").split()
    except (OSError, ValueError):
        return "", ""
    return machine, mount


def _mount_of(descriptor: int) -> str:
    """What names the mounted file system of an open file on this machine.

    Two mounts of one network folder have different numbers, and may not know of each other's locks.
    """
    return str(os.fstat(descriptor).st_dev)


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
