"""Deleted states: distinguished from new ones, and restored as far as needed."""

from __future__ import annotations

import pytest

from cloudwright.errors import StateCorrupt
from cloudwright.state.s3.folder import StateFolder
from cloudwright.state.s3.log import segment_name
from cloudwright.state.s3.restore import check_kept, is_new, lost
from conformance.memory_objects import MemoryObjects
from conformance.state import FakeClock

FOLDER = "team/app=shop/stage=dev/"


def stored(*names: str, deleted: tuple[str, ...] = ()) -> StateFolder:
    objects = MemoryObjects(clock=FakeClock())
    for name in (*names, *deleted):
        objects.put_new(FOLDER + name, name.encode())
    objects.delete([FOLDER + name for name in deleted])
    return StateFolder(objects, FOLDER, FakeClock())


def test_a_state_of_which_nothing_is_there_or_was_is_new() -> None:
    assert is_new(stored()) is True


def test_a_lease_that_has_appeared_meanwhile_is_no_new_state() -> None:
    assert is_new(stored("lease.json", "segments/x")) is False


def test_a_state_without_its_lease_object_was_deleted_in_part() -> None:
    with pytest.raises(StateCorrupt, match=r"lease\.json is missing, and 2 other objects"):
        is_new(stored("snapshot.json", segment_name(1)))


def test_a_state_that_was_deleted_is_not_taken_for_a_new_one() -> None:
    with pytest.raises(StateCorrupt, match="was deleted from the bucket"):
        is_new(stored(deleted=(segment_name(1),)))


def test_the_segments_that_a_compaction_removed_are_not_restored() -> None:
    names = ("lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (1, 2, 3)))
    folder = stored(deleted=(*names, "notes.txt"))
    needed = {"lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (2, 3))}

    assert {each.name for each in lost(folder, 2)} == needed
    assert len(lost(folder)) == 6
    folder.undelete(lost(folder, 2))
    assert set(folder.names()) == needed
    assert lost(folder, 2) == []


class Expired(MemoryObjects):
    """A bucket whose earlier versions have expired."""

    def kept(self, name: str) -> bool:
        del name
        return False


def test_a_state_of_which_only_delete_markers_are_left_is_not_restored() -> None:
    folder = StateFolder(Expired(clock=FakeClock()), FOLDER, FakeClock())
    for name in ("lease.json", "lease.json.old"):
        folder.put(name, b"{}", None)
    check_kept(folder)
    folder.delete(["lease.json.old"])
    check_kept(folder)
    folder.delete(["lease.json"])

    with pytest.raises(StateCorrupt, match="the bucket keeps no earlier version"):
        check_kept(folder)
    check_kept(stored(deleted=("lease.json",)))
