"""The folder of one state: names within it, and writes whose answer is lost."""

from __future__ import annotations

import pytest

from cloudwright.errors import StateUnavailable
from cloudwright.state import retry
from cloudwright.state.s3.folder import StateFolder
from cloudwright.state.s3.object_port import Unanswered
from conformance.memory_objects import MemoryObjects
from conformance.state import FakeClock


class Losing(MemoryObjects):
    """Loses the answers to the first writes, or the writes themselves."""

    answers = 0
    writes = 0

    def put_new(self, name: str, body: bytes) -> bool:
        if self.writes:
            self.writes -= 1
            raise Unanswered("lost")
        done = super().put_new(name, body)
        if self.answers:
            self.answers -= 1
            raise Unanswered("lost")
        return done


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Losing:
    monkeypatch.setattr(retry, "sleep", lambda _: None)
    return Losing(clock=FakeClock())


@pytest.fixture
def folder(objects: Losing) -> StateFolder:
    return StateFolder(objects, "team/", FakeClock())


def test_a_write_whose_answer_was_lost_counts_as_written(objects: Losing, folder: StateFolder) -> None:
    objects.answers = 1

    assert folder.put("a", b"mine", None) is True


def test_a_name_that_another_took_meanwhile_is_not_ours(objects: Losing, folder: StateFolder) -> None:
    folder.put("a", b"theirs", None)
    assert folder.put("a", b"mine", None) is False

    objects.writes = 1
    assert folder.put("a", b"mine", None) is False
    assert folder.put("never", b"mine", "tag") is False


def test_a_network_that_stays_away_is_reported(objects: Losing, folder: StateFolder) -> None:
    objects.writes = 99

    with pytest.raises(StateUnavailable, match="lost"):
        folder.put("a", b"mine", None)


def test_names_are_those_within_the_folder(objects: Losing, folder: StateFolder) -> None:
    for name in ("b/1", "b/2", "b/3", "b/4", "c"):
        folder.put(name, name.encode(), None)
    objects.put_new("other/b/9", b"")

    assert folder.names("b/", "b/2") == ["b/3", "b/4"]
    assert folder.names() == ["b/1", "b/2", "b/3", "b/4", "c"]
    names = ["b/1", "never", "b/3", "c"]
    for count in range(len(names) + 1):
        found = folder.get_all(names[:count])
        assert [None if one is None else one.body.decode() for one in found] == [
            None if name == "never" else name for name in names[:count]
        ]
    folder.delete(["b/1", "b/2", "c"])
    assert [each.name for each in folder.deleted()] == ["b/1", "b/2", "c"]
    assert [each.name for each in folder.deleted("b/", "b/1")] == ["b/2"]
