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
from cloudwright.fleet.liveness import Heartbeats, LostTargets, alive
from cloudwright.fleet.model import TargetStatus
from cloudwright.fleet.queue import QUEUES, VERSION, Queue, queue_name, workflow_id
from cloudwright.fleet.schedule import AT_REST, newest, next_targets, run_status, stopped
from cloudwright.fleet.store import FleetStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.fleet.model import Attempt, FleetRun

ROUND = 0.5
"""Seconds between two rounds over the runs."""

AHEAD = 2
"""Queued attempts per attempt that all workers together can run: few, so that a pause takes effect soon."""

FORGOTTEN_AFTER = 86_400.0
"""Seconds for which a dead worker is remembered: as long as a lease may still name it as the holder."""

BEAT = 5.0
"""Seconds between two heartbeats."""

STOP_TIMEOUT = 7 * 86_400
"""Seconds that a stopping worker waits for its targets in progress: longer than any operation takes."""

LISTENED = 0.1
"""Seconds between two polls of DBOS for messages: none are sent, but stopping a worker waits for the next poll."""


@contextlib.contextmanager
def working(url: str, *, concurrency: int) -> Iterator[WorkerProcess]:
    """Run a worker while the block runs.

    Args:
        url: The fleet's database.
        concurrency: Concurrent targets in this process.
    """
    dbos_internals.check()
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    with contextlib.closing(FleetStore(url)) as store, contextlib.closing(Queue(url)) as queue:
        context = jobs.WorkerContext(store)
        jobs.use(context)
        store.write_heartbeat(name)
        _launch(url, name)
        queue.cancel_earlier_versions(alive(store.workers()))
        heart = _Heartbeat(store, name)
        heart.start()
        try:
            dbos_internals.limit_in_process(QUEUES, concurrency)
            dbos_internals.wait_for_database()
            yield WorkerProcess(name, context, queue, concurrency)
        finally:
            context.stopping = True
            DBOS.destroy(workflow_completion_timeout_sec=STOP_TIMEOUT if _may_have_targets(queue, name) else 0)
            heart.stop()
            # A worker with unfinished targets stays on the list, so that the others find it dead and take over.
            if not _may_have_targets(queue, name):
                store.remove_workers([name])


def _may_have_targets(queue: Queue, name: str) -> bool:
    """Whether a worker has targets in progress, as far as the database can be read."""
    try:
        return bool(queue.in_progress(name))
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
    """Advances the runs of one database."""

    def __init__(self, name: str, context: jobs.WorkerContext, queue: Queue, concurrency: int) -> None:
        """See `working`."""
        self.name: str = name
        self.store: FleetStore = context.store
        self.queue: Queue = queue
        self._context, self._concurrency = context, concurrency
        self._presence, self._lost = Heartbeats(name), LostTargets()
        self._queues: set[int] = set()

    def advance(self) -> bool:
        """Take over from dead workers and queue what may start; returns whether any run is unfinished."""
        known = {run.id: (run, newest(self.queue.attempts(run))) for run in self.store.active()}
        self._take_over(attempt for _, latest in known.values() for attempt in latest.values())
        self._requeue_lost(known.values())
        self._context.stopped = frozenset(name for name, (run, latest) in known.items() if stopped(run, latest))
        unfinished = [self._advance(run, latest) for run, latest in known.values()]
        return any(unfinished)

    def in_progress(self) -> list[str]:
        """The targets that this worker has in progress."""
        return self.queue.in_progress(self.name)

    def _take_over(self, attempts: Iterable[Attempt]) -> None:
        """Put the targets of dead or unknown workers back on the queue.

        The attempts were read before the list of workers, so every worker that had taken one is on the list.
        """
        workers = self.store.workers()
        dead = self._presence.dead(workers)
        alive = {worker.name: worker.holder for worker in workers if worker not in dead}
        # A restarted container has the host and the process number of the one that died.
        self._context.dead = frozenset(one.holder for one in dead) - frozenset(alive.values())
        holders = {one.worker for one in attempts if one.status is TargetStatus.RUNNING}
        dbos_internals.requeue_dead({one.name for one in dead} | (holders - set(alive)))
        self.store.remove_workers(one.name for one in dead if one.silence > FORGOTTEN_AFTER)

    def _requeue_lost(self, known: Iterable[tuple[FleetRun, Mapping[str, Attempt]]]) -> None:
        """Put targets that this worker has lost back on the queue; no other worker does it, since this one is alive."""
        ours = {
            workflow_id(run, attempt.target, attempt.number): run
            for run, latest in known
            for attempt in latest.values()
            if attempt.status is TargetStatus.RUNNING and attempt.worker == self.name
        }
        for workflow in self._lost.found(ours, self._context.in_progress):
            self.queue.requeue(ours[workflow], workflow)

    def _advance(self, run: FleetRun, latest: Mapping[str, Attempt]) -> bool:
        if run_status(run, latest) in AT_REST:
            self.store.set_inactive(run)
            return False
        self._listen(run.spec.per_account)
        queued = sum(attempt.status is TargetStatus.QUEUED for attempt in latest.values())
        space = AHEAD * self._concurrency * max(len(self.store.workers()), 1) - queued
        for target in next_targets(run, latest)[: max(space, 0)]:
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


class _Heartbeat(threading.Thread):
    """Writes heartbeats from a thread of its own, since the main one may be busy."""

    def __init__(self, store: FleetStore, name: str) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self._store, self._name = store, name
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(BEAT):
            # A database that is unreachable for a moment must not end the worker.
            with contextlib.suppress(Exception):
                self._store.write_heartbeat(self._name)

    def stop(self) -> None:
        self._stopped.set()
        self.join()
