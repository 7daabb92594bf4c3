"""Deleted states: distinguish one from a state that was never written, and restore it.

A versioned bucket, as `state init` creates it, hides a deleted object behind a delete marker; removing the marker
restores the object (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManagingDelMarkers.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import StateCorrupt
from cloudwright.state.s3.log import index_of

if TYPE_CHECKING:
    from cloudwright.state.s3.folder import StateFolder
    from cloudwright.state.s3.object_port import Deleted

LEASE = "lease.json"
"""Written first and never removed: the one object that every state has."""

SNAPSHOT = "snapshot.json"
"""Everything up to an index of the log."""

RESTORE = (
    "`cloudwright state restore FILE` restores what was deleted, if the bucket keeps versions; "
    "without them, copy the objects back from a backup"
)
_DELETED = (
    "restore it: `cloudwright state restore FILE`. If it was deleted on purpose, use another prefix or "
    "stage, or delete the earlier versions below that address permanently"
)


def is_new(folder: StateFolder) -> bool:
    """Whether a state without a lease object is new; `False` if the object has appeared meanwhile.

    Raises:
        StateCorrupt: It was deleted, as a whole or in part.
    """
    present = set(folder.names())
    if LEASE in present:
        return False
    if present:
        raise StateCorrupt(
            f"{folder.place(LEASE)} is missing, and {len(present)} other objects of the state are there; "
            "nothing was changed",
            hint=RESTORE,
        )
    if next(iter(folder.deleted()), None) is not None:
        raise StateCorrupt(
            f"the state in {folder.place()} was deleted from the bucket; nothing was changed", hint=_DELETED
        )
    return True


def lost(folder: StateFolder, first: int = 0) -> list[Deleted]:
    """The deleted objects that a state needs.

    Args:
        folder: Where the state is.
        first: The first segment that is of interest; earlier ones were removed by a compaction.
    """
    return [each for each in folder.deleted() if _needed(each.name, first)]


def check_kept(folder: StateFolder) -> None:
    """Refuse to restore a state of which only the delete markers are left; they prove that it is not new.

    Raises:
        StateCorrupt: The versions have expired.
    """
    if any(each.name == LEASE for each in folder.deleted(LEASE)) and not folder.kept(LEASE):
        raise StateCorrupt(
            f"{folder.place(LEASE)} was deleted, and the bucket keeps no earlier version of it; nothing was changed",
            hint="restore the state from a backup; for an empty state, delete the delete markers below that address",
        )


def undelete(folder: StateFolder, first: int = 0) -> int:
    """Undelete what a state needs; an object that was deleted several times has several markers.

    Args:
        folder: Where the state is.
        first: As for `lost`.

    Returns:
        The number of restored objects.
    """
    restored: set[str] = set()
    while found := lost(folder, first):
        folder.undelete(found)
        restored |= {each.name for each in found}
    return len(restored)


def _needed(name: str, first: int) -> bool:
    if not name.startswith("segments/"):
        return name in {LEASE, SNAPSHOT} or name.startswith("audit/")
    return index_of(name) >= first
