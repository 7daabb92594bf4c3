"""Which workers are dead, as one process sees it: by its own waiting time, never by a wall clock.

Clocks jump, also that of the database, and after a suspend all other workers seem silent for a long time.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.clock import boot_id

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from cloudwright.fleet.model import FleetWorker

DEAD_AFTER = 20.0
"""Seconds without a heartbeat after which a worker counts as dead."""

SEEN = 5.0
"""The most seconds that count between two reads of the list; in a longer gap, this process could not see heartbeats."""

LOST_AFTER = 60.0
"""Seconds for which the database may wrongly list a target as in progress here: it was just taken or has just ended."""


class Heartbeats:
    """Records the heartbeats that one process has seen."""

    def __init__(self, own: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no known worker.

        Args:
            own: The name of this worker, which never counts as dead.
            clock: A monotonic clock, in seconds, that stops while the machine sleeps.
        """
        self._own, self._clock = own, clock
        self._seen: dict[str, tuple[float, float]] = {}
        self._read_at = clock()

    def dead(self, workers: Iterable[FleetWorker]) -> list[FleetWorker]:
        """The workers that are dead.

        A worker is dead if it was silent too long while this process was awake, or if it was a process of this machine
        that no longer exists.

        Args:
            workers: All workers on the list.
        """
        listed = {worker.name: worker for worker in workers if worker.name != self._own}
        self._ignore_gap(self._clock() - self._read_at - SEEN)
        self._read_at = self._clock()
        self._seen = {name: self._heartbeat(worker) for name, worker in listed.items()}
        return [worker for name, worker in listed.items() if _ended(worker) or self._silence(name) > DEAD_AFTER]

    def _ignore_gap(self, seconds: float) -> None:
        """Ignore a gap in which this process read nothing, so that every worker gets time for another heartbeat."""
        if seconds > 0:
            self._seen = {name: (mark, since + seconds) for name, (mark, since) in self._seen.items()}

    def _heartbeat(self, worker: FleetWorker) -> tuple[float, float]:
        """A worker's latest heartbeat, and when this process first saw it."""
        known = self._seen.get(worker.name)
        return known if known and known[0] == worker.seen_at else (worker.seen_at, self._clock())

    def _silence(self, name: str) -> float:
        return self._clock() - self._seen[name][1]


def alive(workers: Iterable[FleetWorker]) -> set[str]:
    """Names of the workers that may be alive, from a single read; trusts the database's clock.

    Args:
        workers: All workers on the list.
    """
    return {worker.name for worker in workers if worker.silence <= DEAD_AFTER and not _ended(worker)}


class LostTargets:
    """Finds targets that the database lists as in progress here but that are not, as after an error in DBOS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing observed.

        Args:
            clock: Seconds.
        """
        self._clock = clock
        self._since: dict[str, float] = {}

    def found(self, recorded: Iterable[str], in_progress: Container[str]) -> list[str]:
        """The targets for which this has been the case for long enough.

        Args:
            recorded: The targets that the database records as in progress here.
            in_progress: The targets that really are in progress.
        """
        now = self._clock()
        self._since = {name: self._since.get(name, now) for name in recorded if name not in in_progress}
        return [name for name, since in self._since.items() if now - since > LOST_AFTER]


def here() -> str:
    """The scope in which this process's PID is unique: the machine, and on Linux its boot and its PID namespace.

    The host name alone is not enough: containers on the host network and cloned machines share it. It is the part
    before the first `/`.
    """
    machine, boot = socket.gethostname(), boot_id()
    if boot is None:
        return machine
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return machine
    return f"{machine}/{boot}.{namespace.strip('pid:[]')}"


def _ended(worker: FleetWorker) -> bool:
    return worker.host == here() and not _exists(worker.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
