"""An object store in memory: the model of S3 that tests and simulations run `S3Backend` over."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from cloudwright.clock import SystemClock
from cloudwright.state.s3.object_port import Deleted, Listed, StoredObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.clock import Clock


class MemoryObjects:
    """Objects that several handles share; implements `ObjectStore`.

    As in S3, a tag is a digest of the bytes, and a deleted object can be restored.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Hold no object yet.

        Args:
            clock: The object store's own clock.
        """
        self._clock = clock or SystemClock()
        self._objects: dict[str, tuple[StoredObject, float]] = {}
        self._deleted: dict[str, tuple[StoredObject, float]] = {}
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Its name in messages."""
        return "memory:"

    def get(self, name: str) -> StoredObject | None:
        """The object of a name, or `None`."""
        found = self._objects.get(name)
        return found[0] if found else None

    def put_new(self, name: str, body: bytes) -> bool:
        """Write an object unless the name is taken."""
        with self._lock:
            if name in self._objects:
                return False
            self._write(name, body)
            return True

    def put_over(self, name: str, body: bytes, tag: str) -> bool:
        """Replace an object if it still has this tag."""
        with self._lock:
            if name not in self._objects or self._objects[name][0].tag != tag:
                return False
            self._write(name, body)
            return True

    def list_after(self, prefix: str, after: str) -> Sequence[Listed]:
        """The objects whose names start with a prefix and sort after another name, in order."""
        with self._lock:
            names = sorted(name for name in self._objects if name.startswith(prefix) and name > after)
            return [Listed(name, self._objects[name][1]) for name in names]

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects."""
        with self._lock:
            for name in names:
                if name in self._objects:
                    self._deleted[name] = self._objects.pop(name)

    def deleted(self, prefix: str, after: str = "") -> Iterable[Deleted]:
        """The deleted objects whose names start with a prefix and sort after another name, in order."""
        return [Deleted(name, "") for name in sorted(self._deleted) if name.startswith(prefix) and name > after]

    def kept(self, name: str) -> bool:
        """Whether a deleted object can be restored."""
        return name in self._deleted

    def undelete(self, deleted: Sequence[Deleted]) -> None:
        """Undo deletions."""
        with self._lock:
            for each in deleted:
                self._objects[each.name] = self._deleted.pop(each.name)

    def now(self) -> float:
        """Seconds since the epoch by the object store's clock."""
        return self._clock.now()

    def create_bucket(self) -> None:
        """Nothing to create."""

    def close(self) -> None:
        """Nothing to release."""

    def _write(self, name: str, body: bytes) -> None:
        tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        self._objects[name] = (StoredObject(body, tag), self._clock.now())
        self._deleted.pop(name, None)
