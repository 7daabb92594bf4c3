"""The objects of one state in an object store, by their names within its folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cloudwright.state.retry import repeated
from cloudwright.state.s3.object_port import Deleted, Listed, Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.clock import Clock
    from cloudwright.state.s3.object_port import ObjectStore, StoredObject

READERS = 8
"""Concurrent requests for objects."""


class StateFolder:
    """Reads and writes objects of one state; all names are relative to its folder."""

    def __init__(self, objects: ObjectStore, path: str, clock: Clock) -> None:
        """Name a folder.

        Args:
            objects: Where it is.
            path: What the full names of its objects start with, including a slash at the end.
            clock: Measures how long a write is retried.
        """
        self._objects = objects
        self._path = path
        self._clock = clock

    def place(self, name: str = "") -> str:
        """The address of an object, for messages."""
        return f"{self._objects.place}/{self._path}{name}"

    def now(self) -> float:
        """Seconds since the epoch by the object store's clock."""
        return self._objects.now()

    def get(self, name: str) -> StoredObject | None:
        """The object of a name, or `None`."""
        return self._objects.get(self._path + name)

    def get_all(self, names: Sequence[str]) -> list[StoredObject | None]:
        """The objects of several names, read concurrently."""
        if len(names) < 3:
            return [self.get(name) for name in names]
        with ThreadPoolExecutor(READERS, thread_name_prefix="cloudwright state read") as pool:
            return list(pool.map(self.get, names))

    def put(self, name: str, body: bytes, tag: str | None) -> bool:
        """Write conditionally, and find out whether it was written.

        Args:
            name: Of the object.
            body: Unlike any other body, so that one's own is known when it reads back.
            tag: What the object must still have; `None`: write only if the name is free.
        """
        full = self._path + name

        def put() -> bool:
            written = self._objects.put_new(full, body) if tag is None else self._objects.put_over(full, body, tag)
            # A retry whose first answer was lost fails its condition although it was written.
            return written or self._holds(name, body)

        return repeated(put, Unanswered, self._clock)

    def _holds(self, name: str, body: bytes) -> bool:
        stored = self.get(name)
        return stored is not None and stored.body == body

    def listed(self, prefix: str = "", after: str = "") -> list[Listed]:
        """The objects whose names start with a prefix and sort after another name, in order."""
        found = self._objects.list_after(self._path + prefix, self._path + after if after else "")
        return [Listed(each.name.removeprefix(self._path), each.modified_at) for each in found]

    def names(self, prefix: str = "", after: str = "") -> list[str]:
        """The names of `listed`."""
        return [each.name for each in self.listed(prefix, after)]

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; missing ones are ignored."""
        self._objects.delete([self._path + name for name in names])

    def deleted(self, prefix: str = "", after: str = "") -> Iterator[Deleted]:
        """The deleted objects whose names start with a prefix and sort after another name, in order."""
        found = self._objects.deleted(self._path + prefix, self._path + after if after else "")
        return (Deleted(each.name.removeprefix(self._path), each.marker) for each in found)

    def kept(self, name: str) -> bool:
        """Whether an earlier version of a deleted object is still kept."""
        return self._objects.kept(self._path + name)

    def undelete(self, deleted: Iterable[Deleted]) -> None:
        """Undo deletions."""
        self._objects.undelete([Deleted(self._path + each.name, each.marker) for each in deleted])
