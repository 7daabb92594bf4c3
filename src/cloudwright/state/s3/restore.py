"""Deleted states: distinguish one from a state that was never written, and restore it.

A versioned bucket, as `state init` creates it, hides a deleted object behind a delete marker; removing the marker
restores the object (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManagingDelMarkers.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import StateCorrupt
from cloudwright.state.s3.log import index_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.state.s3.object_port import Deleted, ObjectStore

LEASE = "lease.json"
"""Written first and never removed: the one object that every state has."""

RESTORE = (
    "`cloudwright state restore FILE` restores what was deleted, if the bucket keeps versions; "
    "without them, copy the objects back from a backup"
)
_ANEW = (
    "restore it: `cloudwright state restore FILE`. If it was deleted on purpose, use another prefix or "
    "stage, or delete the earlier versions below that address permanently"
)


def never_was(objects: ObjectStore, folder: str) -> bool:
    """Whether a state without a lease object is new; `False` if the object has appeared meanwhile.

    Args:
        objects: Where the state would be.
        folder: What the names of its objects start with.

    Raises:
        StateCorrupt: It was deleted, as a whole or in part.
    """
    present = {each.name.removeprefix(folder) for each in objects.list_after(folder, "")}
    if LEASE in present:
        return False
    place = f"{objects.place}/{folder}"
    if present:
        raise StateCorrupt(
            f"{place}{LEASE} is missing, and {len(present)} other objects of the state are there; nothing was changed",
            hint=RESTORE,
        )
    if next(iter(objects.deleted(folder)), None) is not None:
        raise StateCorrupt(f"the state in {place} was deleted from the bucket; nothing was changed", hint=_ANEW)
    return True


def lost(objects: ObjectStore, folder: str, first: int = 0) -> Sequence[Deleted]:
    """The deleted objects that a state needs.

    Args:
        objects: Where the state is.
        folder: What the names of its objects start with.
        first: The first segment that is of interest; earlier ones were removed by a compaction.
    """
    return [each for each in objects.deleted(folder) if _needed(each.name.removeprefix(folder), first)]


def check_kept(objects: ObjectStore, folder: str) -> None:
    """Refuse to restore a state of which only the delete markers are left; they prove that it is not new.

    Args:
        objects: Where the state is.
        folder: What the names of its objects start with.

    Raises:
        StateCorrupt: The versions have expired.
    """
    name = folder + LEASE
    if any(each.name == name for each in objects.deleted(name)) and not objects.kept(name):
        raise StateCorrupt(
            f"{objects.place}/{name} was deleted, and the bucket keeps no earlier version of it; nothing was changed",
            hint="restore the state from a backup; for an empty state, delete the delete markers below that address",
        )


def bring_back(objects: ObjectStore, folder: str, first: int = 0) -> int:
    """Undelete what a state needs; an object that was deleted several times has several markers.

    Args:
        objects: Where the state is.
        folder: What the names of its objects start with.
        first: As for `lost`.

    Returns:
        The number of restored objects.
    """
    back: set[str] = set()
    while found := lost(objects, folder, first):
        objects.undelete(found)
        back |= {each.name for each in found}
    return len(back)


def _needed(name: str, first: int) -> bool:
    if not name.startswith("segments/"):
        return name in {LEASE, "snapshot.json"} or name.startswith("audit/")
    return index_of(name) >= first
