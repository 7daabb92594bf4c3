"""Follows requests to their ends, with one poller for each account and Region."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.control.model import OperationStatus
from cloudwright.control.polling.durations import Durations
from cloudwright.control.polling.followed_request import FollowedRequest
from cloudwright.control.polling.poller import Poller, started
from cloudwright.errors import NotAnswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import ProgressEvent
    from cloudwright.target import Target


class Tracker:
    """Follows requests to their ends."""

    def __init__(self, client: CloudControl, durations: Durations | None = None) -> None:
        """Build a tracker; it runs only while something is followed.

        Args:
            client: Sends the polls.
            durations: Learned durations; updated here.
        """
        self.durations: Durations = durations if durations is not None else Durations()
        self._client = client
        self._pollers: dict[tuple[object, ...], Poller] = {}

    async def follow(
        self,
        target: Target,
        event: ProgressEvent,
        *,
        deadline: float,
        expected: float | None = None,
        named: Callable[[str], None] | None = None,
    ) -> ProgressEvent:
        """Wait for the end of a request. A failed poll never fails it (CC68, CC74).

        An error from here says nothing about the request itself: its end is unknown, and the journal entry stays.

        Args:
            target: Where the request runs.
            event: Its last known event; a terminal one is returned at once (a failure with its hooks).
            deadline: On the event loop's clock; when it passes, the wait ends.
            expected: Expected duration in seconds; by default what was learned for its type and operation.
            named: Called once with the resource's identifier while the request runs; until it is known, the request is
                polled more often than its duration asks for.

        Returns:
            The terminal event, or after the deadline the last one seen, whose status is not terminal.

        Raises:
            ServiceError: `RequestTokenNotFoundException` when the request has expired (7 days), or another refusal that
                AWS repeats.
            CredentialsError: No poll can be signed any more (CC83).
            NotAnswered: The event holds no request token to poll with.
        """
        if _nothing_to_poll(event):
            return event
        if event.request_token is None:
            raise NotAnswered("the answer contains no request token, so its request can't be followed")
        watch = FollowedRequest(event.request_token, event, self.started(target, event), expected, named)
        watch.report_name()
        poller = self._poller(target)
        poller.add(watch)
        try:
            async with asyncio.timeout_at(deadline):
                return await watch.end
        except TimeoutError:
            return watch.event
        finally:
            poller.drop(watch)

    def _poller(self, target: Target) -> Poller:
        place = (*target.place, target.source)
        if place not in self._pollers:
            self._pollers[place] = Poller(self._client, self.durations, target)
        return self._pollers[place]

    async def close(self) -> None:
        """Stop polling at once and cancel all waits."""
        for poller in self._pollers.values():
            await poller.close()
        self._pollers.clear()

    def started(self, target: Target, event: ProgressEvent) -> float:
        """When a request was initiated, on the event loop's clock, as far as its event shows."""
        return started(self._client, target, event)


def _nothing_to_poll(event: ProgressEvent) -> bool:
    """Whether a request has ended and polls add nothing: only they name the hooks that made it fail."""
    if event.status is OperationStatus.SUCCESS and event.identifier and not event.hooks_request_token:
        return True
    return event.request_token is None and event.status is not None and event.status.terminal
