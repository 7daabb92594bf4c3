"""Deleted states: told from new ones, and restored as far as they are needed."""

from __future__ import annotations

import pytest

from cloudwright.errors import StateCorrupt
from cloudwright.state.s3.log import segment_name
from cloudwright.state.s3.memory_objects import MemoryObjects
from cloudwright.state.s3.restore import bring_back, check_kept, lost, never_was
from conformance.state import FakeClock

FOLDER = "team/app=shop/stage=dev/"


def stored(*names: str, deleted: tuple[str, ...] = ()) -> MemoryObjects:
    objects = MemoryObjects(clock=FakeClock())
    for name in (*names, *deleted):
        objects.put_new(FOLDER + name, name.encode())
    objects.delete([FOLDER + name for name in deleted])
    return objects


def test_a_state_of_which_nothing_is_there_or_was_is_new() -> None:
    assert never_was(stored(), FOLDER) is True


def test_a_lease_that_has_appeared_meanwhile_is_no_new_state() -> None:
    assert never_was(stored("lease.json", "segments/x"), FOLDER) is False


def test_a_state_without_its_lease_object_was_deleted_in_part() -> None:
    with pytest.raises(StateCorrupt, match=r"lease\.json is missing, and 2 other objects"):
        never_was(stored("snapshot.json", segment_name(1)), FOLDER)


def test_a_state_that_was_deleted_is_not_taken_for_a_new_one() -> None:
    with pytest.raises(StateCorrupt, match="was deleted from the bucket"):
        never_was(stored(deleted=(segment_name(1),)), FOLDER)


def test_the_segments_that_a_compaction_removed_are_not_restored() -> None:
    names = ("lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (1, 2, 3)))
    objects = stored(deleted=(*names, "notes.txt"))
    needed = {"lease.json", "snapshot.json", "audit/000000000002.json", *map(segment_name, (2, 3))}

    assert {each.name.removeprefix(FOLDER) for each in lost(objects, FOLDER, 2)} == needed
    assert len(lost(objects, FOLDER)) == 6
    assert bring_back(objects, FOLDER, 2) == 5
    assert {each.name.removeprefix(FOLDER) for each in objects.list_after(FOLDER, "")} == needed
    assert bring_back(objects, FOLDER, 2) == 0


class Expired(MemoryObjects):
    """A bucket whose earlier versions have expired."""

    def kept(self, name: str) -> bool:
        del name
        return False


def test_a_state_of_which_only_delete_markers_are_left_is_not_restored() -> None:
    objects = Expired(clock=FakeClock())
    for name in ("lease.json", "lease.json.old"):
        objects.put_new(FOLDER + name, b"{}")
    check_kept(objects, FOLDER)
    objects.delete([FOLDER + "lease.json.old"])
    check_kept(objects, FOLDER)
    objects.delete([FOLDER + "lease.json"])

    with pytest.raises(StateCorrupt, match="the bucket keeps no earlier version"):
        check_kept(objects, FOLDER)
    check_kept(stored(deleted=("lease.json",)), FOLDER)
