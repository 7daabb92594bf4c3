"""A worker: takes attempts from the queue, keeps runs going, and takes over the targets of dead workers."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING
from uuid import uuid4

from dbos import DBOS, DBOSPortableJSONSerializer

from cloudwright.errors import StateUnavailable
from cloudwright.fleet import dbos_internals, jobs
from cloudwright.fleet.database import driver_url
from cloudwright.fleet.liveness import Adrift, Presence, alive
from cloudwright.fleet.model import TargetStatus
from cloudwright.fleet.queue import QUEUES, VERSION, Queue, queue_name, workflow_id
from cloudwright.fleet.schedule import AT_REST, newest, next_targets, run_status, stopped
from cloudwright.fleet.store import FleetStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.fleet.model import Attempt, FleetRun

LOOK = 0.5
"""Seconds between two looks at the runs."""

AHEAD = 2
"""Attempts on the queue for each one that all workers can run at a time: few, so that a pause takes effect soon."""

FORGOTTEN_AFTER = 86_400.0
"""Seconds for which a dead worker is remembered: as long as it may still be named as the holder of a lease."""

BEAT = 5.0
"""Seconds between two signs of life."""

TO_THE_END = 7 * 86_400
"""Seconds for which an ending worker waits for its targets in progress: more than any operation takes."""

LISTENED = 0.1
"""Seconds between two looks of DBOS for messages: none is ever sent, but a worker's end waits for the next look."""


@contextlib.contextmanager
def working(url: str, *, concurrency: int) -> Iterator[WorkerProcess]:
    """Be a worker while the block lasts.

    Args:
        url: The fleet's database.
        concurrency: Targets at once in this process.
    """
    dbos_internals.check()
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    with contextlib.closing(FleetStore(url)) as store, contextlib.closing(Queue(url)) as queue:
        context = jobs.WorkerContext(store)
        jobs.use(context)
        store.beat(name)
        _launch(url, name)
        queue.drop_former(alive(store.workers()))
        heart = _Heart(store, name)
        heart.start()
        try:
            dbos_internals.limit_here(QUEUES, concurrency)
            dbos_internals.wait_for_database()
            yield WorkerProcess(name, context, queue, concurrency)
        finally:
            context.ending = True
            DBOS.destroy(workflow_completion_timeout_sec=TO_THE_END if _may_hold(queue, name) else 0)
            heart.stop()
            # Somebody whose work is not at its end stays on the list, so that others find out and take over.
            if not _may_hold(queue, name):
                store.leave([name])


def _may_hold(queue: Queue, name: str) -> bool:
    """Whether a worker has targets in progress, as far as the database can be read."""
    try:
        return bool(queue.in_hand(name))
    except StateUnavailable:
        return True


def _launch(url: str, name: str) -> None:
    DBOS(
        config={
            "name": "cloudwright-fleet",
            "system_database_url": driver_url(url),
            "application_version": str(VERSION),
            "executor_id": name,
            "log_level": "CRITICAL",
            "serializer": DBOSPortableJSONSerializer(),
            "notification_listener_polling_interval_sec": LISTENED,
        }
    )
    DBOS.launch()


class WorkerProcess:
    """Keeps the runs of one database going."""

    def __init__(self, name: str, context: jobs.WorkerContext, queue: Queue, concurrency: int) -> None:
        """Take what it works with; see `working`."""
        self.name: str = name
        self.store: FleetStore = context.store
        self.queue: Queue = queue
        self._context, self._concurrency = context, concurrency
        self._presence, self._adrift = Presence(name), Adrift()
        self._queues: set[int] = set()

    def look(self) -> bool:
        """Take over, queue what may begin; whether any run still goes on."""
        known = {run.id: (run, newest(self.queue.attempts(run))) for run in self.store.active()}
        self._take_over(attempt for _, latest in known.values() for attempt in latest.values())
        self._take_up(known.values())
        self._context.stopped = frozenset(name for name, (run, latest) in known.items() if stopped(run, latest))
        goes_on = [self._advance(run, latest) for run, latest in known.values()]
        return any(goes_on)

    def in_hand(self) -> list[str]:
        """The targets that this worker has in progress."""
        return self.queue.in_hand(self.name)

    def _take_over(self, attempts: Iterable[Attempt]) -> None:
        """Put the targets of workers that are gone, or unknown, back on the queue.

        The attempts were read before the list of workers: whoever took one of them was on the list before.
        """
        workers = self.store.workers()
        gone = self._presence.gone(workers)
        alive = {worker.name: worker.holder for worker in workers if worker not in gone}
        # A container that was started again has the host and the process number of the one that died.
        self._context.gone = frozenset(one.holder for one in gone) - frozenset(alive.values())
        holders = {one.worker for one in attempts if one.status is TargetStatus.RUNNING}
        dbos_internals.put_back({one.name for one in gone} | (holders - set(alive)))
        self.store.leave(one.name for one in gone if one.silence > FORGOTTEN_AFTER)

    def _take_up(self, known: Iterable[tuple[FleetRun, Mapping[str, Attempt]]]) -> None:
        """Put the targets that this worker has released back on the queue; no other worker would, since it is alive."""
        said = {
            workflow_id(run, attempt.target, attempt.number): run
            for run, latest in known
            for attempt in latest.values()
            if attempt.status is TargetStatus.RUNNING and attempt.worker == self.name
        }
        for workflow in self._adrift.found(said, self._context.carried):
            self.queue.put_again(said[workflow], workflow)

    def _advance(self, run: FleetRun, latest: Mapping[str, Attempt]) -> bool:
        if run_status(run, latest) in AT_REST:
            self.store.rest(run)
            return False
        self._listen(run.spec.per_account)
        queued = sum(attempt.status is TargetStatus.QUEUED for attempt in latest.values())
        room = AHEAD * self._concurrency * max(len(self.store.workers()), 1) - queued
        for target in next_targets(run, latest)[: max(room, 0)]:
            attempt = latest.get(target.name)
            self.queue.put(run, target, attempt.number + 1 if attempt else 1)
        return True

    def _listen(self, per_account: int) -> None:
        if per_account not in self._queues:
            DBOS.register_queue(
                queue_name(per_account),
                worker_concurrency=self._concurrency,
                partition_concurrency=per_account,
                polling_interval_sec=0.2,
            )
            self._queues.add(per_account)


class _Heart(threading.Thread):
    """Gives signs of life from a thread of its own, since the main one may be busy."""

    def __init__(self, store: FleetStore, name: str) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self._store, self._name = store, name
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(BEAT):
            # A database that is away for a moment must not end the worker.
            with contextlib.suppress(Exception):
                self._store.beat(self._name)

    def stop(self) -> None:
        self._stopped.set()
        self.join()
