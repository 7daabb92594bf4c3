"""The port to an object store with conditional writes, such as S3; `S3Backend` uses it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.errors import StateUnavailable
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Unanswered(StateUnavailable):
    """The answer to a write was lost: it may or may not have taken effect."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object.

    Attributes:
        body: The bytes.
        tag: Names this content (S3's ETag: equal for equal bytes, so a body needs something unique in it).
    """

    body: bytes = field(repr=False)
    tag: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One object in a listing.

    Attributes:
        name: The full name.
        modified_at: Seconds since the epoch by the object store's clock.
    """

    name: str
    modified_at: float


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted object whose earlier versions are kept.

    Attributes:
        name: The full name.
        marker: Names the deletion; removing it restores the object.
    """

    name: str
    marker: str


class ObjectStore(Protocol):
    """Blocking calls; safe to make from several threads.

    Every call may raise `StateUnavailable`; a write whose answer was lost raises `Unanswered`.
    """

    @property
    def place(self) -> str:
        """Its name in messages, such as `s3://bucket`."""
        ...

    def get(self, name: str) -> StoredObject | None:
        """The object of a name, or `None`."""
        ...

    def put_new(self, name: str, body: bytes) -> bool:
        """Write an object unless the name is taken; returns whether it was written."""
        ...

    def put_over(self, name: str, body: bytes, tag: str) -> bool:
        """Replace an object if it still has this tag; returns whether it was written."""
        ...

    def list_after(self, prefix: str, after: str) -> Sequence[Listed]:
        """The objects whose names start with a prefix and sort after another name, in order."""
        ...

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects; missing ones are ignored."""
        ...

    def deleted(self, prefix: str, after: str = "") -> Iterable[Deleted]:
        """The deleted objects whose names start with a prefix and sort after another name, in order."""
        ...

    def kept(self, name: str) -> bool:
        """Whether an earlier version of a deleted object is still kept."""
        ...

    def undelete(self, deleted: Sequence[Deleted]) -> None:
        """Undo deletions."""
        ...

    def now(self) -> float:
        """Seconds since the epoch by the object store's clock, which all its users share."""
        ...

    def create_bucket(self) -> None:
        """Create the bucket; no effect if it exists and is ours."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
