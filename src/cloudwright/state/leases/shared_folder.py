"""Whether other machines may use the same folder: there, neither a lock nor an uptime proves that a run has ended."""

from __future__ import annotations

import os
import re
from pathlib import Path

# fmt: off
_LOCAL = frozenset({
    "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfs", "hfsplus", "jfs", "nilfs2",
    "ntfs", "ntfs3", "overlay", "ramfs", "reiserfs", "rootfs", "tmpfs", "udf", "vfat", "xfs", "zfs",
})
# fmt: on
"""File systems that one machine mounts at a time, as Linux names them; all others may be on a network or of a host."""


def may_be_shared(folder: Path) -> bool:
    """Whether another machine may have mounted the folder; `False` if the system does not say (only Linux does)."""
    mounts = _mounts()
    return bool(mounts) and file_system(mounts, os.path.realpath(folder)) not in _LOCAL


def file_system(mounts: str, path: str) -> str:
    """The type of the file system that a path is on; empty if no mount holds it.

    Args:
        mounts: As `/proc/self/mountinfo` has it: proc_pid_mountinfo(5).
        path: Absolute, without links.
    """
    found = ("", "")
    for line in mounts.splitlines():
        fields, _, source = line.partition(" - ")
        point = _unescaped(fields.split()[4]).rstrip("/")
        # Of two mounts on one point, the later one hides the earlier one.
        if f"{path}/".startswith(f"{point}/") and len(point) >= len(found[0]):
            found = (point, source.split()[0])
    return found[1]


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), point)
