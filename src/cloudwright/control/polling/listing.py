"""Reading the account's requests page by page, newest first as far as AWS keeps that order. Pure."""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from cloudwright.control.wire import PAGE_SIZE
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from cloudwright.control.model import ProgressEvent, RequestPage

FOREIGN_PAGES = 3
"""Pages of other tools' requests beyond which single polls are cheaper."""

_AGE_MARGIN = 1.0


@dataclass(slots=True)
class ListingScan:
    """What reading pages of ListResourceRequests has shown so far.

    Attributes:
        oldest: When the oldest of our requests was initiated, if known.
        next_token: The token of the next page.
        finished: Whether no later page can hold anything of ours.
        disordered: Whether a page was not newest first, so that ages prove nothing.
    """

    oldest: float | None
    next_token: str | None = None
    finished: bool = False
    disordered: bool = False
    _seen: set[str] = field(default_factory=set)

    def read(self, page: RequestPage) -> None:
        """Process a page.

        The order is checked only within a page: requests that start during the walk push others onto the next page.
        Only open requests are compared: an ended one may carry the time of its end, which says nothing about its
        position in the list.
        """
        self._seen.update(event.request_token for event in page.events if event.request_token)
        times = [event.event_time for event in page.events if event.event_time is not None]
        begun = [event.event_time for event in page.events if event.event_time is not None and _is_open(event)]
        self.disordered = self.disordered or any(later > earlier for earlier, later in pairwise(begun))
        older = self.oldest is not None and any(time < self.oldest - _AGE_MARGIN for time in times)
        self.next_token = page.next_token
        self.finished = page.next_token is None or (older and not self.disordered)

    def busy(self, own: AbstractSet[str], in_flight: int) -> bool:
        """Whether other tools send so many requests that reading the list doesn't pay.

        Args:
            own: Tokens of all requests that this run ever followed.
            in_flight: Unanswered mutations, whose tokens are not known yet.
        """
        return len(self._seen - own) >= FOREIGN_PAGES * PAGE_SIZE + in_flight


def _is_open(event: ProgressEvent) -> bool:
    return event.status is None or not event.status.terminal
