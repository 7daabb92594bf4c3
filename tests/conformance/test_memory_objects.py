"""The model of S3 answers as S3 does."""

from __future__ import annotations

import pytest

from conformance.memory_objects import MemoryObjects
from conformance.state import FakeClock


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects(clock=FakeClock(wall=100.0))


def test_an_object_is_written_only_where_none_is(objects: MemoryObjects) -> None:
    assert objects.get("a") is None
    assert objects.put_new("a", b"1") is True
    assert objects.put_new("a", b"2") is False

    stored = objects.get("a")
    assert stored is not None
    assert stored.body == b"1"


def test_an_object_is_replaced_only_under_the_tag_that_it_has(objects: MemoryObjects) -> None:
    assert objects.put_over("a", b"1", "") is False
    objects.put_new("a", b"1")
    first = objects.get("a")
    assert first is not None

    assert objects.put_over("a", b"2", "another") is False
    assert objects.put_over("a", b"2", first.tag) is True
    assert objects.put_over("a", b"3", first.tag) is False
    second = objects.get("a")
    assert second is not None
    assert (second.body, second.tag != first.tag) == (b"2", True)


def test_names_are_listed_in_order_behind_another_with_their_time(objects: MemoryObjects) -> None:
    for name in ("b/2", "b/1", "a/1", "b/3"):
        objects.put_new(name, b"")

    assert [(each.name, each.modified_at) for each in objects.list_after("b/", "b/1")] == [
        ("b/2", 100.0),
        ("b/3", 100.0),
    ]


def test_a_deleted_object_is_kept_until_it_is_written_again(objects: MemoryObjects) -> None:
    for name in ("b/1", "b/2", "a/1"):
        objects.put_new(name, name.encode())
    objects.delete(["b/2", "b/1", "a/1", "never"])

    assert [each.name for each in objects.deleted("b/")] == ["b/1", "b/2"]
    assert [each.name for each in objects.deleted("b/", "b/1")] == ["b/2"]
    assert (objects.kept("b/1"), objects.kept("never")) == (True, False)

    objects.undelete([each for each in objects.deleted("b/") if each.name == "b/1"])
    objects.put_new("b/2", b"new")
    assert [each.name for each in objects.deleted("")] == ["a/1"]
    assert [each.name for each in objects.list_after("", "")] == ["b/1", "b/2"]


def test_time_is_that_of_the_clock_that_is_given(objects: MemoryObjects) -> None:
    assert objects.now() == 100.0
    assert MemoryObjects().now() > 1_700_000_000.0
