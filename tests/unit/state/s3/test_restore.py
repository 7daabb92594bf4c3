"""Deleted states: told from new ones, and restored as far as they are needed."""

from __future__ import annotations

import pytest

from cloudwright.errors import StateCorrupt
from cloudwright.state.s3.folder import StateFolder
from cloudwright.state.s3.log import segment_name
from cloudwright.state.s3.restore import check_kept, lost, never_was, undelete
from conformance.memory_objects import MemoryObjects
from conformance.state import FakeClock


def folder_in(objects: MemoryObjects) -> StateFolder:
    return StateFolder(objects, "team/app=shop/stage=dev/", FakeClock())


def stored(*names: str, deleted: tuple[str, ...] = ()) -> StateFolder:
    folder = folder_in(MemoryObjects(clock=FakeClock()))
    for name in (*names, *deleted):
        folder.put(name, name.encode(), None)
    folder.delete(deleted)
    return folder


def test_a_state_of_which_nothing_is_there_or_was_is_new() -> None:
    assert never_was(stored()) is True


def test_a_lease_that_has_appeared_meanwhile_is_no_new_state() -> None:
    assert never_was(stored("lease.json", "segments/x")) is False


def test_a_state_without_its_lease_object_was_deleted_in_part() -> None:
    with pytest.raises(StateCorrupt, match=r"lease\.json is missing, and 2 other objects"):
        never_was(stored("snapshot.json", segment_name(1)))


def test_a_state_that_was_deleted_is_not_taken_for_a_new_one() -> None:
    with pytest.raises(StateCorrupt, match="was deleted from the bucket"):
        never_was(stored(deleted=(segment_name(1),)))


def test_the_segments_that_a_compaction_removed_are_not_restored() -> None:
    names = ("lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (1, 2, 3)))
    folder = stored(deleted=(*names, "notes.txt"))
    needed = {"lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (2, 3))}

    assert {each.name for each in lost(folder, 2)} == needed
    assert len(lost(folder)) == 6
    assert undelete(folder, 2) == 5
    assert set(folder.names()) == needed
    assert undelete(folder, 2) == 0


class Expired(MemoryObjects):
    """A bucket whose earlier versions have expired."""

    def kept(self, name: str) -> bool:
        del name
        return False


def test_a_state_of_which_only_delete_markers_are_left_is_not_restored() -> None:
    folder = folder_in(Expired(clock=FakeClock()))
    for name in ("lease.json", "lease.json.old"):
        folder.put(name, b"{}", None)
    check_kept(folder)
    folder.delete(["lease.json.old"])
    check_kept(folder)
    folder.delete(["lease.json"])

    with pytest.raises(StateCorrupt, match="the bucket keeps no earlier version"):
        check_kept(folder)
    check_kept(stored(deleted=("lease.json",)))
