"""One request that is followed to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudwright.control.model import ProgressEvent


class FollowedRequest:
    """The tracker's knowledge of a request.

    Attributes:
        token: The request token.
        event: The last event seen.
        started: When the request was initiated, on the event loop's clock.
        expected: Expected duration in seconds, from the caller.
        running: Seconds after the start at which it was last seen running.
        due: When to poll next, on the event loop's clock.
        polling: A single poll of it is running.
        refusals: Single polls that AWS refused.
        nameless: Polls that returned a success without an identifier.
        named: Called with the resource's identifier as soon as an event shows it; `None` once that has happened.
        resumed: It was started by an earlier run, or its start is unknown.
        end: Completed with the last event.
    """

    __slots__ = (
        "due",
        "end",
        "event",
        "expected",
        "named",
        "nameless",
        "polling",
        "refusals",
        "resumed",
        "running",
        "started",
        "token",
    )

    def __init__(
        self,
        token: str,
        event: ProgressEvent,
        started: float,
        expected: float | None,
        named: Callable[[str], None] | None = None,
    ) -> None:
        self.token: str = token
        self.event: ProgressEvent = event
        self.started: float = started
        self.expected: float | None = expected
        self.running: float = 0.0
        self.due: float = 0.0
        self.polling: bool = False
        self.refusals: int = 0
        self.resumed: bool = False
        self.nameless: int = 0
        self.named: Callable[[str], None] | None = named
        self.end: asyncio.Future[ProgressEvent] = asyncio.get_running_loop().create_future()

    @property
    def kind(self) -> tuple[str, str]:
        """The key of learned durations."""
        return (self.event.type_name, self.event.operation or "")

    def report_name(self) -> None:
        """Call `named`, once, if the last event shows the identifier."""
        if self.named is not None and self.event.identifier:
            named, self.named = self.named, None
            named(self.event.identifier)


def oldest(watches: Iterable[FollowedRequest]) -> float | None:
    """When the oldest of these requests was initiated, by AWS's clock; `None` if one of them has no time."""
    times = [watch.event.event_time for watch in watches]
    return None if None in times else min((each for each in times if each is not None), default=None)
