"""Some of many requests of one kind: they are polled to find out how long all of them take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.control.polling.followed_request import FollowedRequest

EACH = 2
"""Scouts of a kind: the first to end shows how long the others take, and a single one might be the slowest."""


class Scouts:
    """The scouts of every kind whose duration is unknown."""

    def __init__(self) -> None:
        """Begin without scouts."""
        self._of: dict[tuple[str, str], list[FollowedRequest]] = {}

    def __contains__(self, watch: FollowedRequest) -> bool:
        """Whether a request is a scout."""
        return watch in self._of.get(watch.kind, ())

    def enlist(self, watch: FollowedRequest) -> bool:
        """Whether a request is a scout; it becomes one if its kind has too few."""
        scouts = self._of.setdefault(watch.kind, [])
        if watch not in scouts and len(scouts) < EACH:
            scouts.append(watch)
        return watch in scouts

    def dismiss(self, watch: FollowedRequest) -> bool:
        """Whether this request was a scout; its kind then has none until others enlist.

        Args:
            watch: A request that is no longer followed.
        """
        if watch not in self:
            return False
        del self._of[watch.kind]
        return True
