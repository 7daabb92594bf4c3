"""One scheduler for all polls of an account and Region.

A few running requests are polled singly, each when its end is likely. From five on, pages of ListResourceRequests are
read as well; of hundreds, a few of each kind are polled singly until they show how long the others take. Nothing is
inferred from what a listing lacks: a listed non-terminal state means still running, SUCCESS with an identifier is
final, and everything else is polled singly, because only GetResourceRequestStatus returns hooks. Durations come from
`asyncio.sleep` and `loop.time()` alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import OperationStatus
from cloudwright.control.polling.durations import (
    CROWD_MARGIN,
    Durations,
    next_crowd_poll,
    next_fine_poll,
    next_poll,
    next_scout_poll,
    next_sparse_poll,
)
from cloudwright.control.polling.followed_request import FollowedRequest, oldest
from cloudwright.control.polling.listing import ListingScan
from cloudwright.control.polling.scouts import Scouts
from cloudwright.control.verdict import THROTTLES, UNCERTAIN_REFUSALS, throttled
from cloudwright.control.wire import PAGE_SIZE
from cloudwright.errors import NotAnswered, ServiceError, TransportError
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import ProgressEvent
    from cloudwright.target import Target

LISTING_FROM = 5
"""Number of running requests from which listing pays."""

CROWD = 2 * PAGE_SIZE
"""Number of running requests beyond which scouts find out how long they take, not pages about all of them."""

LONGEST_RETRY_AFTER = 30.0

_REFUSALS = 3

_ROUND_GAP = 0.02

_ROUND_SHARE = 15.0

_OVERLAPPING = 3

_OVERLAP_GAP = 0.15

_AFTER_FAILURE = 0.5
_FRESH = 5.0

_NAMELESS_WAIT = 0.1

_NAMELESS_LOOKS = 5

# What falls due within a microsecond is due: sleeping for a rounding error could repeat forever.
_TICK = 1e-6


def _rounds_at_once(waiting: Sequence[FollowedRequest]) -> int:
    # Reading many pages takes long, and each new walk starts at the newest requests: let walks overlap.
    return 1 if len(waiting) <= CROWD else _OVERLAPPING


def _passing(error: ServiceError | TransportError) -> bool:
    return isinstance(error, TransportError) or error.name in THROTTLES | UNCERTAIN_REFUSALS


def started(client: CloudControl, target: Target, event: ProgressEvent) -> float:
    """When a request was initiated, on the event loop's clock, as far as its event shows.

    Args:
        client: Knows AWS's clock.
        target: Where the request runs.
        event: Any event of the request.
    """
    now = asyncio.get_running_loop().time()
    age = client.now(target) - event.event_time if event.event_time is not None else 0.0
    # Dates have a resolution of a second; only an old request (a resumed one) is worth the correction.
    return now - age if age > _FRESH else now


class Poller:
    """All polls of one account and Region."""

    def __init__(self, client: CloudControl, durations: Durations, target: Target) -> None:
        """Build a poller; it runs only while something is followed.

        Args:
            client: Sends the polls.
            durations: Learned durations; updated here.
            target: The account and Region.
        """
        self._client = client
        self._durations = durations
        self._target = target
        self._watches: dict[int, FollowedRequest] = {}
        self._own: set[str] = set()
        self._scouts = Scouts()
        self._listing = True
        self._round_after = 0.0
        self._until = math.inf
        self._rounds: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._polls: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def add(self, watch: FollowedRequest) -> None:
        """Start to follow a request."""
        self._watches[id(watch)] = watch
        self._own.add(watch.token)
        now = asyncio.get_running_loop().time()
        ended = watch.event.status is not None and watch.event.status.terminal
        # The answer to a mutation carries its time; an event without one, or with an old one, is a resumed request.
        watch.resumed = watch.event.event_time is None or now - watch.started > _FRESH
        self._schedule(watch, now, at_once=ended or watch.resumed)
        if len(self._watches) == CROWD + 1:
            self._reschedule(self._watches.values())  # from now on the oldest ones are the scouts of their kinds
        if watch.due < self._until:
            self._wake.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())

    def drop(self, watch: FollowedRequest) -> None:
        """Stop following a request, ended or not."""
        self._watches.pop(id(watch), None)
        watch.end.cancel()
        self._retire_scout(watch)
        if not self._watches:
            self._wake.set()

    async def close(self) -> None:
        """Cancel all polls and all waits."""
        for watch in list(self._watches.values()):
            self.drop(watch)
        tasks = [task for task in (self._runner, *self._rounds, *self._polls) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- the scheduler

    async def _run(self) -> None:
        try:
            while self._watches:
                await self._step()
        except Exception as error:  # noqa: BLE001 - the waiting tasks must learn that polling has stopped
            self._give_all_up(error)
        except asyncio.CancelledError:
            self._give_all_up(NotAnswered("polling was stopped"))
            raise

    async def _step(self) -> None:
        self._wake.clear()
        now = asyncio.get_running_loop().time() + _TICK
        waiting = [watch for watch in self._watches.values() if not watch.polling and not watch.end.done()]
        singly, listed = self._divided(waiting)
        for watch in singly:
            if watch.due <= now:
                self._ask(watch)
        due = min((watch.due for watch in singly if not watch.polling), default=math.inf)
        page = max(min((watch.due for watch in listed), default=math.inf), self._round_after)
        if page > now:
            await self._sleep(min(due, page) - now)
        elif len(self._rounds) >= _rounds_at_once(waiting):
            await self._sleep(due - now)
        else:
            self._round_after = now + _OVERLAP_GAP
            self._start(self._round(waiting), self._rounds)

    def _divided(self, waiting: list[FollowedRequest]) -> tuple[list[FollowedRequest], list[FollowedRequest]]:
        """The requests that are polled singly, and those that pages are read for."""
        if not self._listing or len(self._watches) < LISTING_FROM:
            return waiting, []
        if len(self._watches) <= CROWD:
            return [], waiting
        scouts = [watch for watch in waiting if watch in self._scouts]
        return scouts, [watch for watch in waiting if watch not in scouts] if scouts else waiting

    async def _sleep(self, seconds: float) -> None:
        self._until = asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._wake.wait()

    def _schedule(self, watch: FollowedRequest, seen: float, *, at_once: bool = False) -> None:
        event = watch.event
        watch.due = seen if at_once else watch.started + self._next(watch, seen - watch.started)
        if event.retry_after is not None:
            # An absolute time (CC79), on AWS's clock.
            wait = event.retry_after - self._client.now(self._target)
            now = asyncio.get_running_loop().time()
            watch.due = max(watch.due, now + min(max(wait, 0.0), LONGEST_RETRY_AFTER))

    def _next(self, watch: FollowedRequest, elapsed: float) -> float:
        if watch.named is not None:
            return next_scout_poll(elapsed)
        expected = watch.expected
        if expected is None:
            expected = self._durations.expect(*watch.kind)
        if len(self._watches) < LISTING_FROM:
            return next_poll(elapsed, expected)
        if expected is not None:
            return next_poll(elapsed, expected, margin=1.0 if self._listing else CROWD_MARGIN)
        # Of many, some of each kind are polled to find out how long they take.
        scout = self._scouts.enlist(watch)
        if not self._listing:
            return next_scout_poll(elapsed) if scout else next_sparse_poll(elapsed)
        if len(self._watches) <= CROWD:
            return next_scout_poll(elapsed)
        return next_fine_poll(elapsed) if scout else next_crowd_poll(elapsed)

    def _retire_scout(self, watch: FollowedRequest) -> None:
        if self._scouts.dismiss(watch):
            self._reschedule(each for each in self._watches.values() if each.kind == watch.kind)

    def _reschedule(self, watches: Iterable[FollowedRequest]) -> None:
        for watch in watches:
            if not watch.polling and not watch.end.done():
                self._schedule(watch, watch.started + watch.running)

    # -- single polls

    def _ask(self, watch: FollowedRequest) -> None:
        watch.polling = True
        self._start(self._poll(watch), self._polls)

    def _start(self, asking: Coroutine[None, None, None], running: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(asking)
        running.add(task)
        task.add_done_callback(running.discard)
        task.add_done_callback(lambda _: self._wake.set())

    async def _poll(self, watch: FollowedRequest) -> None:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        try:
            event = await self._client.status(self._target, watch.token)
        except (ServiceError, TransportError) as error:
            self._poll_failed(watch, error)
        except Exception as error:  # noqa: BLE001 - an error that repeats immediately would be polled in a busy loop
            self._give_up(watch, error)
        else:
            watch.refusals, watch.due = 0, math.inf
            self._learn(watch, _merged(watch.event, event), sent_at, final=True)
            if watch.due == math.inf:
                self._schedule(watch, sent_at)
        finally:
            watch.polling = False

    def _poll_failed(self, watch: FollowedRequest, error: ServiceError | TransportError) -> None:
        watch.refusals += 0 if _passing(error) else 1
        if watch.refusals >= _REFUSALS:
            self._give_up(watch, error)
        else:
            now = asyncio.get_running_loop().time()
            self._schedule(watch, now)
            watch.due = max(watch.due, now + _AFTER_FAILURE)

    def _give_up(self, watch: FollowedRequest, error: Exception) -> None:
        if not watch.end.done():
            watch.end.set_exception(error)

    def _give_all_up(self, error: Exception) -> None:
        for watch in self._watches.values():
            self._give_up(watch, error)

    def _learn(self, watch: FollowedRequest, event: ProgressEvent, sent_at: float, *, final: bool) -> None:
        if watch.end.done():
            return
        if event.status is None or not event.status.terminal:
            if watch.event.event_time is None:
                watch.started = started(self._client, self._target, event)
            watch.event = event
            watch.report_name()
            watch.running = max(watch.running, sent_at - watch.started)
        elif final and self._still_nameless(watch, event):
            watch.due = sent_at + _NAMELESS_WAIT * 2**watch.nameless
        elif final:
            watch.event = event
            self._ended(watch, event, sent_at)
        else:
            self._ask(watch)

    def _still_nameless(self, watch: FollowedRequest, event: ProgressEvent) -> bool:
        # Service-made identifiers may appear late (CC66); without one the resource can't be recorded.
        late = event.status is OperationStatus.SUCCESS and event.identifier is None
        watch.nameless += late
        return late and watch.nameless <= _NAMELESS_LOOKS

    def _ended(self, watch: FollowedRequest, event: ProgressEvent, sent_at: float) -> None:
        watch.end.set_result(event)
        # A resumed request that ended before the first poll says nothing about its duration.
        timed = watch.running > 0 or not watch.resumed
        if event.status is OperationStatus.SUCCESS and event.operation is not None and timed:
            self._durations.observe(
                event.type_name, event.operation, running=watch.running, ended=max(sent_at - watch.started, 0.0)
            )
        slow = event.status is OperationStatus.FAILED and throttled(event.error_code, event.message)
        self._client.limiter.type_ended(self._target, event.type_name, started_at=watch.started, throttled=slow)

    # -- listing

    async def _round(self, waiting: Sequence[FollowedRequest]) -> None:
        try:
            listed = await self._walk({watch.token: watch for watch in waiting})
        except (ServiceError, TransportError) as error:
            self._round_failed(error)
            return
        except Exception:  # noqa: BLE001 - what can't be listed is polled singly, and that reports the error for each request
            self._list_no_more()
            return
        now = asyncio.get_running_loop().time()
        if _rounds_at_once(waiting) == 1:
            self._round_after = now + _ROUND_GAP
        # If calls are scarce, rounds use one of fifteen at most.
        self._round_after = max(self._round_after, now + _ROUND_SHARE / self._client.limiter.rate(self._target))
        # The round may have shown how long such operations take, or that listing does not pay here.
        concerned = [each for each in waiting if each.token in listed] if self._listing else self._watches.values()
        self._reschedule(concerned)
        for watch in waiting:
            if watch.token not in listed and watch.due <= now and not watch.polling:
                self._ask(watch)

    def _round_failed(self, error: ServiceError | TransportError) -> None:
        if _passing(error):
            self._round_after = asyncio.get_running_loop().time() + _AFTER_FAILURE
        else:
            self._list_no_more()

    def _list_no_more(self) -> None:
        self._listing = False
        self._reschedule(self._watches.values())

    async def _walk(self, ours: dict[str, FollowedRequest]) -> set[str]:
        walk = ListingScan(oldest(ours.values()))
        listed: set[str] = set()
        while True:
            sent_at = asyncio.get_running_loop().time()
            page = await self._client.requests(self._target, walk.next_token)
            walk.read(page)
            listed |= self._take(page.events, ours, sent_at)
            if walk.finished or len(listed) == len(ours):
                break
            # Accepted requests whose answers have not arrived yet look like other tools' requests in the list.
            if walk.busy(self._own, self._client.in_flight(self._target)):
                self._listing = False
                break
        self._listing = self._listing and not walk.disordered
        return listed

    def _take(self, events: Sequence[ProgressEvent], ours: dict[str, FollowedRequest], sent_at: float) -> set[str]:
        found = set()
        for event in events:
            watch = ours.get(event.request_token or "")
            if watch is None or watch.polling:
                continue
            found.add(watch.token)
            # A list is trusted only for a success with an identifier; hooks are returned only for a single request.
            sure = event.status is OperationStatus.SUCCESS and event.identifier is not None
            self._learn(watch, _merged(watch.event, event), sent_at, final=sure and not event.hooks_request_token)
        return found


_STEADY = ("type_name", "identifier", "request_token", "hooks_request_token", "operation")
"""Fields that a later event of a request may omit after an earlier one had them."""


def _merged(known: ProgressEvent, event: ProgressEvent) -> ProgressEvent:
    """An event completed from an earlier one. Written for speed: each round merges a page of a hundred requests."""
    missing = [name for name in _STEADY if not getattr(event, name)]
    left_out: dict[str, Any] = {name: value for name in missing if (value := getattr(known, name))}
    if event.event_time is None and known.event_time is not None:
        left_out["event_time"] = known.event_time
    return replace(event, **left_out) if left_out else event
